"""Types of arrays, by element."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""Vectors of n texts: float32, C-contiguous, finite, in input order. Shape: (n, d); (0, d) for no texts."""

Scores: TypeAlias = NDArray[np.float64]
"""Numbers in float64."""

Texts: TypeAlias = NDArray[np.object_]
"""Strings."""
