"""Cosine similarity s and distance d = 1 - s in float64, from float32 vectors.

The distance is computed as half the squared chord between the unit vectors,
``1 - <a, b> = |a - b|^2 / 2``. That keeps its digits where two vectors are nearly equal and ``1 - s`` would
cancel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.errors import ModelError
from evenband.types import Similarity, Vectors

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


def paired_own(similarity: Similarity, a: Vectors | Float, b: Vectors | Float) -> Float:
    """Return the similarity of row i of ``a`` and row i of ``b``; higher is nearer.

    Shape: (n, d), (n, d) -> (n,).

    Args:
        similarity: ``euclidean`` and ``manhattan`` are the negative distances, as in sentence-transformers.
        a: first vectors.
        b: second vectors.

    Raises:
        ModelError: if a vector is zero and so has no cosine.
    """
    if similarity == "cosine":
        return paired_similarity(a, b)
    u, v = (np.asarray(side, dtype=np.float64) for side in (a, b))
    if similarity == "dot":
        return np.asarray(np.einsum("ij,ij->i", u, v))
    return -np.asarray(np.linalg.norm(u - v, ord=1 if similarity == "manhattan" else 2, axis=1))


def largest_similarity(similarity: Similarity, *sides: Vectors | Float) -> float:
    """Return a bound of what two of the vectors can have in absolute value: what a difference compares with.

    Shape: (n, d) each.
    """
    if similarity == "cosine":
        return 1.0
    order = 1 if similarity == "manhattan" else 2
    longest = max(float(np.linalg.norm(np.float64(side), ord=order, axis=1).max()) for side in sides)
    return longest**2 if similarity == "dot" else 2 * longest
