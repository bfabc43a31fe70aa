"""A pair against the other labels: is b nearest to a, and does the change move a less than another label?

One pass over two n x n products in blocks of rows, in float32; every comparison that float32
cannot settle is repeated in float64. No n x n array is ever in memory, nor a float64 copy of the
vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.medians import STRIP, count, row_medians
from evenband.stats.products import BLOCK_ROWS, Counts, Factors, Float, Single, Units, distance, slices

CROWDED = 64
"""Open comparisons per row beyond which a float64 product is cheaper than single pairs."""

OPPONENTS = 149
"""Other labels that a change is held against, so that pass rates of probes of any size compare; the
method's own figures are of 150 labels each."""

SMALLEST_TIE = 1e-12
"""Below it float64 itself cannot tell two distances apart."""


@dataclass(frozen=True)
class Neighbours:
    """One number per row i, in float64.

    Attributes:
        swap: (n,) median over j != i of d(a_i, a_j); NaN for one row.
        hit: (n,) 1 where b_i is nearest to a_i among all b_j, 1/2 where another is as near, else 0.
        auc: (n,) share of j != i with b_j farther from a_i than b_i, ties one half; NaN for one row.
        least: (n,) probability that of 149 random j != i (all, if there are fewer) no a_j is nearer to
            a_i than b_i, ties one half: the change moves the text less than another label; NaN for one row.
    """

    swap: Float
    hit: Float
    auc: Float
    least: Float


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
    left, right = Units(a), Units(b)
    if left.shape != right.shape or len(left) == 0:
        raise InputError(f"vectors of a and b: got {left.shape} and {right.shape}, expected equal, with rows")
    n = len(left)
    if n == 1:
        return Neighbours(np.full(1, np.nan), np.ones(1), np.full(1, np.nan), np.full(1, np.nan))
    own = np.concatenate([distance(left[part], right[part]) for part in slices(n, BLOCK_ROWS)])
    tie = max(tie, SMALLEST_TIE)
    partners, _ = _compare(left, right, own, tie, medians=False)
    others, swap = _compare(left, left, own, tie, medians=True)
    hit = np.where(partners.nearer > 0, 0.0, np.where(partners.tied > 0, 0.5, 1.0))
    farther = n - 1 - partners.nearer - partners.tied
    return Neighbours(
        swap=swap,
        hit=hit,
        auc=(farther + 0.5 * partners.tied) / (n - 1),
        least=0.5 * (_undefeated(others.nearer, n) + _undefeated(others.nearer + others.tied, n)),
    )


def _compare(left: Units, right: Units, own: Float, tie: float, *, medians: bool) -> tuple[_Ranks, Float]:
    """One pass over all distances: the ranks of the partners and, if asked for, the rows' medians."""
    factors = Factors(left, right)
    ranks = _Ranks(left, right, own, tie, factors)
    middle = np.zeros(len(own))
    for block, product in factors.products():
        here = np.arange(block.start, block.stop)
        product[here - block.start, here] = np.inf
        ranks.add(block, product)
        if medians:
            product[here - block.start, here] = -np.inf
            middle[block] = row_medians(product)
    return ranks, np.maximum(middle + factors.offset, 0.0)


def _undefeated(nearer: Counts, n: int) -> Float:
    """Probability that none of so many labels is among the opponents drawn without replacement."""
    from scipy.special import gammaln

    drawn = min(OPPONENTS, n - 1)
    left = n - 1 - nearer
    possible = left >= drawn
    rest = np.where(possible, left, drawn)
    log = gammaln(rest + 1) - gammaln(rest - drawn + 1) - gammaln(n) + gammaln(n - drawn)
    return np.asarray(np.where(possible, np.exp(np.minimum(log, 0.0)), 0.0))


class _Ranks:
    """How many columns are nearer to row i than its own partner is, and how many are as near.

    A row's own column does not count: its distance is infinite.
    """

    def __init__(self, left: Units, right: Units, own: Float, tie: float, factors: Factors) -> None:
        n = len(left)
        self.left, self.right, self.own, self.tie, self.factors = left, right, own, tie, factors
        self.low, self.high = self._brackets()
        self.nearer = np.zeros(n, dtype=np.int64)
        self.tied = np.zeros(n, dtype=np.int64)
        self._room = np.empty((STRIP, n), dtype=np.bool_)

    def _brackets(self) -> tuple[Single, Single]:
        """What float32 products must lie outside of to be trusted.

        The bound is the classical one: dimensions x unit roundoff x the norms of the factors.
        """
        margin = self.tie + (self.left.shape[1] + 5) * 2.0**-24 * self.factors.reach
        middle = self.own - self.factors.offset
        return (middle - margin).astype(np.float32)[:, None], (middle + margin).astype(np.float32)[:, None]

    def add(self, block: slice, product: Single) -> None:
        """Count the columns of a block of rows."""
        rows: list[Counts] = []
        columns: list[Counts] = []
        for strip in slices(len(product), STRIP):
            first = block.start + strip.start
            within = self._room[: strip.stop - strip.start]
            np.less_equal(product[strip], self.high[first : block.start + strip.stop], out=within)
            counts = count(within)
            # In most rows nothing is as near as the partner, so that one comparison tells all.
            for row in np.flatnonzero(counts):
                i = first + row
                below = np.less(product[strip][row], self.low[i])
                self.nearer[i] = np.count_nonzero(below)
                if self.nearer[i] < counts[row]:
                    columns.append(np.flatnonzero(within[row] ^ below))
                    rows.append(np.full(len(columns[-1]), i))
        if rows:
            self._settle(np.concatenate(rows), np.concatenate(columns), block)

    def _settle(self, i: Counts, j: Counts, block: slice) -> None:
        """Repeat in float64 the comparisons that float32 left open, and add them to the counts."""
        n = len(self.own)
        if len(i) > CROWDED * (block.stop - block.start):
            gap = self.factors.exact(block)[i - block.start, j] - self.own[i]
        else:
            gap = distance(self.left[i], self.right[j]) - self.own[i]
        self.nearer += np.bincount(i[gap < -self.tie], minlength=n)
        self.tied += np.bincount(i[np.abs(gap) <= self.tie], minlength=n)
