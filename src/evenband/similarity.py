"""Cosine similarity s and distance d = 1 - s in float64, from float32 vectors.

The distance is computed as half the squared chord between the unit vectors,
``1 - <a, b> = |a - b|^2 / 2``. That keeps its digits where two vectors are nearly equal and ``1 - s`` would
cancel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.errors import ModelError
from evenband.types import Vectors

Float = NDArray[np.float64]


def normalise(vectors: Vectors | Float) -> Float:
    """Scale each vector to length one, in float64.

    Shape: (n, d) -> (n, d).

    Raises:
        ModelError: if a vector is zero, since its direction, and so any cosine, is undefined.
    """
    wide = np.asarray(vectors, dtype=np.float64)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    if not np.all(norms > 0):
        row = int(np.flatnonzero(norms.ravel() == 0)[0])
        raise ModelError(f"vector {row} is zero, so no cosine similarity exists; expected a non-zero vector")
    unit: Float = wide / norms
    return unit


def paired_distance(a: Vectors | Float, b: Vectors | Float) -> Float:
    """Return the cosine distance of row i of ``a`` and row i of ``b``, in [0, 2].

    Shape: (n, d), (n, d) -> (n,).

    Raises:
        ModelError: if a vector is zero.
    """
    chord = normalise(a) - normalise(b)
    half: Float = 0.5 * np.einsum("ij,ij->i", chord, chord)
    return np.clip(half, 0.0, 2.0)


def paired_similarity(a: Vectors | Float, b: Vectors | Float) -> Float:
    """Return the cosine similarity of row i of ``a`` and row i of ``b``, in [-1, 1].

    Shape: (n, d), (n, d) -> (n,).

    Raises:
        ModelError: if a vector is zero.
    """
    return 1.0 - paired_distance(a, b)
