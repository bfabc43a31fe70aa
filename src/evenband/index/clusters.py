"""Clusters of vectors by k-means, as an inverted file needs them: many centres, few rounds.

The products are numpy's, in blocks: the BLAS that some builds of faiss bring with them is ten times slower.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.types import Vectors

ROUNDS = 10
"""Rounds of k-means; more change the recall of a search by less than one in a hundred."""

POINTS_PER_CENTRE = 48
"""Vectors per centre that the centres are found from."""

PRODUCTS_AT_ONCE = 1 << 20
"""Products of a block of vectors with the centres, 4 MB."""


def find_centres(sample: Vectors, count: int, rng: np.random.Generator, *, directions: bool) -> Vectors:
    """Find the centres of clusters.

    Shape: (n, d) -> (count, d).

    Args:
        sample: vectors to cluster, at least ``count``.
        count: number of clusters.
        rng: draws the first centres, and new ones for clusters that lose all their vectors.
        directions: whether centres have length one, as fits unit vectors that are compared by cosine.
    """
    centres = sample[np.sort(rng.choice(len(sample), count, replace=False))].copy()
    for _ in range(ROUNDS):
        owners = nearest_centres(sample, centres, 1)[:, 0]
        order = np.argsort(owners, kind="stable")
        sizes = np.bincount(owners, minlength=count)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        is_used = sizes > 0
        sums = np.add.reduceat(sample[order], starts[is_used], axis=0)
        centres[is_used] = sums / sizes[is_used, None]
        lost = np.flatnonzero(~is_used)
        centres[lost] = sample[rng.choice(len(sample), len(lost), replace=False)]
        if directions:
            lengths = np.linalg.norm(centres, axis=1, keepdims=True)
            centres /= np.where(lengths == 0, np.float32(1), lengths)
    return centres


def nearest_centres(
    vectors: Vectors, centres: Vectors, count: int, *, products: bool = False
) -> NDArray[np.int64]:
    """Return the nearest centres of each vector, in no order.

    Shape: (n, d), (c, d) -> (n, count).

    Args:
        vectors: whose centres are wanted.
        centres: of the clusters.
        count: number of centres for each, up to c.
        products: whether the nearest is the one with the largest product, and not by distance.
    """
    found = np.empty((len(vectors), count), dtype=np.int64)
    halves = np.float32(0.5) * np.einsum("ij,ij->i", centres, centres)
    size = max(1, PRODUCTS_AT_ONCE // len(centres))
    for start in range(0, len(vectors), size):
        scores = vectors[start : start + size] @ centres.T
        if not products:
            scores -= halves
        if count == 1:
            found[start : start + size, 0] = scores.argmax(axis=1)
        elif count < len(centres):
            found[start : start + size] = np.argpartition(scores, -count, axis=1)[:, -count:]
        else:
            found[start : start + size] = np.arange(len(centres))
    return found
