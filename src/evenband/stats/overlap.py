"""Two sets of vectors of the same texts: do they give the same similarities and the same neighbours? Pure.

Similarities are taken in float64 and in blocks of rows, so that no n x n array is ever in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.interfaces import Float
from evenband.stats.medians import row_medians
from evenband.stats.products import BLOCK_ROWS, Units, slices

NEAREST_COMPARED = 10
"""Nearest neighbours of a text that are compared; fewer where there are fewer other texts."""

TIED = 1e-9
"""Similarities this close are equal: which of two equally near neighbours comes first means nothing."""

ROOM_BYTES = 32 << 20
"""Size of one block of similarities."""


@dataclass(frozen=True)
class Overlap:
    """One number per text i, over the other texts; NaN for a single text.

    Attributes:
        largest: (n,) largest difference of its similarity to another text.
        median: (n,) median difference of its similarity to another text.
        shared: (n,) share of its k nearest neighbours that are the same in both sets, in [0, 1].
        k: number of neighbours compared.
    """

    largest: Float
    median: Float
    shared: Float
    k: int


def compare_similarities(
    left: ArrayLike, right: ArrayLike, k: int = NEAREST_COMPARED, tie: float = TIED
) -> Overlap:
    """Return how far two sets of vectors agree on which texts are alike. Symmetric in the two sets.

    Shape: (n, d), (n, e) -> (n,) each.

    Args:
        left: vectors of the texts, not zero; normalised here.
        right: vectors of the same texts.
        k: number of nearest neighbours to compare.
        tie: neighbours whose similarities differ by no more are equally near.

    Raises:
        InputError: if the numbers of vectors differ or there are none.
        ModelError: if a vector is zero.
    """
    sides = Units(left), Units(right)
    n = len(sides[0])
    if n != len(sides[1]) or n == 0:
        raise InputError(f"got {n} and {len(sides[1])} vectors, expected equally many, one or more")
    k = min(k, n - 1)
    largest, median, shared = np.full((3, n), np.nan)
    if k == 0:
        return Overlap(largest, median, shared, k)
    for block in slices(n, max(1, min(n, ROOM_BYTES // (8 * n)))):
        first, second = (_similarities(units, block) for units in sides)
        own = np.arange(block.stop - block.start), np.arange(block.start, block.stop)
        difference = np.abs(first - second)
        difference[own] = -1.0  # the smallest of its row, which row_medians leaves out
        largest[block] = difference.max(axis=1)
        median[block] = row_medians(difference.astype(np.float32))
        first[own] = second[own] = -np.inf
        shared[block] = _shared(first, second, k, tie)
    return Overlap(largest, median, shared, k)


def largest_components(left: ArrayLike, right: ArrayLike) -> Float:
    """Return the largest difference of a component of each text's two unit vectors, in [0, 2].

    Shape: (n, d), (n, d) -> (n,).

    Raises:
        InputError: if the shapes differ.
        ModelError: if a vector is zero.
    """
    first, second = Units(left), Units(right)
    if first.shape != second.shape:
        raise InputError(f"got vectors of shape {first.shape} and {second.shape}, expected equal shapes")
    largest = np.empty(len(first))
    for part in slices(len(first), BLOCK_ROWS):
        largest[part] = np.abs(first[part] - second[part]).max(axis=1)
    return largest


def _similarities(units: Units, block: slice) -> Float:
    """Return the cosines of some rows to all rows. Shape: (b, n)."""
    rows, n = units[block], len(units)
    found = np.empty((len(rows), n))
    for part in slices(n, BLOCK_ROWS):
        found[:, part] = rows @ units[part].T
    return found


def _shared(first: Float, second: Float, k: int, tie: float) -> Float:
    """Return the share of the k largest entries of each row that two tables have in common.

    A neighbour of one table counts if, in the other, it is as near as the k-th nearest: so the order
    of equally near neighbours does not count. Without ties both directions give the same.

    Shape: (b, n), (b, n) -> (b,).
    """
    nearest = [np.argpartition(table, -k, axis=1)[:, -k:] for table in (first, second)]
    near = [
        np.take_along_axis(table, ids, axis=1) for table, ids in zip((first, second), nearest, strict=True)
    ]
    there = np.take_along_axis(second, nearest[0], axis=1) >= near[1].min(axis=1, keepdims=True) - tie
    back = np.take_along_axis(first, nearest[1], axis=1) >= near[0].min(axis=1, keepdims=True) - tie
    return np.asarray(np.maximum(there.sum(axis=1), back.sum(axis=1)) / k)
