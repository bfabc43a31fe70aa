"""A pair against the other labels: is text b nearest to text a, and how far are the others?

One pass over two n x n products in blocks of rows, in float32; every comparison that float32
cannot settle is repeated in float64. No n x n array is ever in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError, ModelError

Float = NDArray[np.float64]
Single = NDArray[np.float32]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]

BLOCK_BYTES = 8 << 20
"""Size of one block of products: larger leaves the processor's cache, smaller slows the product."""

SAMPLE = 512
"""Columns that bracket the row medians before the exact selection."""

CROWDED = 64
"""Open comparisons per row beyond which a float64 product is cheaper than single pairs."""

SMALLEST_TIE = 1e-12
"""Below it float64 itself cannot tell two distances apart."""


@dataclass(frozen=True)
class Neighbours:
    """One number per row i, in float64.

    Attributes:
        swap: (n,) median over j != i of d(a_i, a_j); NaN for one row.
        hit: (n,) 1 where b_i is nearest to a_i among all b_j, 1/2 where another is as near, else 0.
        auc: (n,) share of j != i with b_j farther from a_i than b_i, ties one half; NaN for one row.
    """

    swap: Float
    hit: Float
    auc: Float


def compare_neighbours(a: ArrayLike, b: ArrayLike, tie: float = 1e-9) -> Neighbours:
    """Each pair against all the other rows, by cosine distance.

    The vectors' common part is taken away before float32 sees them: it shifts all distances of
    a row alike, and would cost digits where all vectors point the same way.

    Shape: (n, d), (n, d) -> (n,) each.

    Args:
        a: vectors of the first texts; normalised here.
        b: vectors of the second texts.
        tie: distances this close are equal; a probe's noise floor, say.

    Raises:
        InputError: if the shapes differ or there is no row.
        ModelError: if a vector is zero.
    """
    left, right = _unit(a), _unit(b)
    if left.shape != right.shape or len(left) == 0:
        raise InputError(f"vectors of a and b: got {left.shape} and {right.shape}, expected equal, with rows")
    if len(left) == 1:
        return Neighbours(np.full(1, np.nan), np.ones(1), np.full(1, np.nan))
    return Neighbours(_swaps(left), *_Ranks(left, right, max(tie, SMALLEST_TIE)).count())


def _unit(vectors: ArrayLike) -> Float:
    wide = np.array(vectors, dtype=np.float64, ndmin=2)
    norms = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    if not np.all(norms > 0):
        raise ModelError(f"vector {int(np.argmin(norms))} is zero, so it has no cosine; expected a direction")
    wide /= norms[:, None]
    return wide


def _blocks(n: int) -> Iterator[slice]:
    rows = max(1, min(n, BLOCK_BYTES // (4 * n)))
    return (slice(start, min(start + rows, n)) for start in range(0, n, rows))


def _factors(left: Float, right: Float) -> tuple[Float, Float, Float]:
    """Factors whose product is ``d(i, j) - offset_i``.

    ``d(u, v) = |u - v|^2 / 2 = |u|^2 / 2 + |v|^2 / 2 - <u, v>``, whatever both are shifted by.

    Shape: (n, d), (n, d) -> (n, d + 1), (d + 1, n), (n,).
    """
    shift = right.mean(axis=0)
    n, d = left.shape
    rows, columns = np.ones((n, d + 1)), np.empty((d + 1, n))
    np.subtract(shift, left, out=rows[:, :d])
    np.subtract(right.T, shift[:, None], out=columns[:d])
    columns[d] = 0.5 * np.einsum("ij,ij->j", columns[:d], columns[:d])
    return rows, columns, 0.5 * np.einsum("ij,ij->i", rows[:, :d], rows[:, :d])


def _distance(u: Float, v: Float) -> Float:
    gap = u - v
    return np.asarray(0.5 * np.einsum("ij,ij->i", gap, gap))


def _count(mask: Mask) -> Counts:
    """True cells of each row; numpy's own count along an axis takes four times as long."""
    return np.fromiter((np.count_nonzero(row) for row in mask), dtype=np.int64, count=len(mask))


class _Ranks:
    """How many b_j are nearer to a_i than b_i is, and how many are as near."""

    def __init__(self, left: Float, right: Float, tie: float) -> None:
        self.left, self.right, self.tie = left, right, tie
        self.rows, self.columns, self.offset = _factors(left, right)
        self.own = _distance(left, right)
        self.nearer = np.zeros(len(left), dtype=np.int64)
        self.tied = np.zeros(len(left), dtype=np.int64)

    def count(self) -> tuple[Float, Float]:
        """Hit and AUC of every row."""
        n = len(self.left)
        rows, columns = self.rows.astype(np.float32), self.columns.astype(np.float32)
        low, high = self._brackets()
        for block in _blocks(n):
            product = rows[block] @ columns
            below = product < low[block]
            self.nearer[block] = _count(below)
            self._settle(np.logical_xor(product <= high[block], below), block)
        farther = n - 1 - self.nearer - self.tied
        hit = np.where(self.nearer > 0, 0.0, np.where(self.tied > 0, 0.5, 1.0))
        return hit, (farther + 0.5 * self.tied) / (n - 1)

    def _brackets(self) -> tuple[Single, Single]:
        """What float32 products must lie outside of to be trusted.

        The bound is the classical one: dimensions x unit roundoff x the norms of the factors.
        """
        reach = np.linalg.norm(self.rows, axis=1) * np.linalg.norm(self.columns, axis=0).max()
        margin = self.tie + (self.rows.shape[1] + 4) * 2.0**-24 * reach
        middle = self.own - self.offset
        return (middle - margin).astype(np.float32)[:, None], (middle + margin).astype(np.float32)[:, None]

    def _settle(self, close: Mask, block: slice) -> None:
        """Repeat in float64 the comparisons that float32 left open, and add them to the counts."""
        n = len(self.left)
        cells = np.flatnonzero(close)
        i, j = cells // n + block.start, cells % n
        if cells.size > CROWDED * len(close):
            product = self.rows[block] @ self.columns
            gap = product.ravel()[cells] + self.offset[i] - self.own[i]
        else:
            gap = _distance(self.left[i], self.right[j]) - self.own[i]
        gap[i == j] = np.inf
        self.nearer += np.bincount(i[gap < -self.tie], minlength=n)
        self.tied += np.bincount(i[np.abs(gap) <= self.tie], minlength=n)


def _swaps(vectors: Float) -> Float:
    """Median over j != i of the distances from row i, to the float32 accuracy of the centred vectors."""
    n = len(vectors)
    rows, columns, offset = _factors(vectors, vectors)
    narrow, wide = rows.astype(np.float32), columns.astype(np.float32)
    medians = np.empty(n)
    for block in _blocks(n):
        product = narrow[block] @ wide
        here = np.arange(block.start, block.stop)
        product[here - block.start, here] = -np.inf
        medians[block] = _medians(product)
    return np.maximum(medians + offset, 0.0)


def _medians(product: Single) -> Float:
    """Row medians of all entries but the smallest, which stands for the row itself.

    An even sample of the columns brackets the median; only the entries inside are sorted.
    """
    n = product.shape[1]
    lower, upper = n // 2, (n + 1) // 2
    low, high = _bracket(product)
    below = product < low
    inside = np.logical_xor(product <= high, below)
    values = np.compress(inside.ravel(), product.ravel())
    medians = np.empty(len(product))
    end = 0
    for row, (count, skipped) in enumerate(zip(_count(inside), _count(below), strict=True)):
        start, end = end, end + count
        first, last = lower - skipped, upper - skipped
        if first >= 0 and last < count:
            cells = np.sort(values[start:end])
        else:
            cells, first, last = np.sort(product[row]), lower, upper
        medians[row] = 0.5 * (float(cells[first]) + float(cells[last]))
    return medians


def _bracket(product: Single) -> tuple[Single, Single]:
    """Two entries of each row that its median almost surely lies between.

    Four standard errors of a sample's median, in ranks, to either side.

    Shape: (b, n) -> (b, 1), (b, 1).
    """
    sample = np.sort(product[:, :: max(1, product.shape[1] // SAMPLE)], axis=1)
    m = sample.shape[1]
    reach = int(2 * np.sqrt(m)) + 1
    low, high = max(0, m // 2 - reach), min(m - 1, m // 2 + reach)
    return sample[:, low, None], sample[:, high, None]
