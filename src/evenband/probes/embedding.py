"""The vectors of texts whose cosines are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.contract import checked_vectors
from evenband.types import Encoder, Role, Vectors


@dataclass(frozen=True)
class Embedded:
    """Vectors of n texts.

    Attributes:
        vectors: (n, d); a row without a vector means nothing.
        present: (n,) which texts have a vector.
    """

    vectors: Vectors
    present: NDArray[np.bool_]


def embed(encoder: Encoder, texts: Sequence[str], role: Role = Role.NONE) -> Embedded:
    """Embed texts; one that the encoder has no vector for, or a zero vector, counts as missing."""
    vectors = checked_vectors(encoder.encode(texts, role), texts, encoder.spec)
    return Embedded(vectors, np.asarray(vectors.any(axis=1)))
