"""The numeric contract of an encoder, checked where its vectors come in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.errors import ModelError
from evenband.types import Encoder, Role, Vectors


def encode(encoder: Encoder, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
    """What the encoder answers, if it is what it must be.

    Shape: n texts -> (n, d) float32, finite.

    Raises:
        ModelError: naming the model, what came back and what was expected.
    """
    vectors = np.asarray(encoder.encode(texts, role))
    name, expected = encoder.spec.name, (len(texts), encoder.spec.dim)
    if vectors.shape != expected:
        raise ModelError(f"model {name!r} returned an array of shape {vectors.shape}, expected {expected}")
    if vectors.dtype != np.float32:
        raise ModelError(f"model {name!r} returned {vectors.dtype} vectors, expected float32")
    usable = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    if not usable.all():
        row = int(np.flatnonzero(~usable)[0])
        found = "a zero vector" if np.isfinite(vectors[row]).all() else "NaN or infinity"
        raise ModelError(f"model {name!r} returned {found} for {texts[row]!r}, expected a finite direction")
    return np.ascontiguousarray(vectors)
