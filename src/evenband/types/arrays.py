"""Arrays by their element type."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""float32, C-contiguous, (n, d), finite, in input order; (0, d) for no texts."""

Scores: TypeAlias = NDArray[np.float64]
Texts: TypeAlias = NDArray[np.object_]
