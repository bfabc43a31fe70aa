"""The vectors of texts whose cosines are wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.encoders.contract import checked_vectors
from evenband.errors import ModelError
from evenband.types import Encoder, Role, Vectors


def encode(encoder: Encoder, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
    """What the encoder answers, if it is what it must be and every vector has a direction.

    Shape: n texts -> (n, d) float32, finite, no row all zero.

    Raises:
        ModelError: naming the model, what came back and what was expected.
    """
    vectors = checked_vectors(encoder.encode(texts, role), texts, encoder.spec)
    nothing = ~vectors.any(axis=1)
    if nothing.any():
        text = texts[int(np.flatnonzero(nothing)[0])]
        raise ModelError(
            f"model {encoder.spec.ref!r} answered {text!r} with a zero vector, expected one with a direction"
        )
    return vectors
