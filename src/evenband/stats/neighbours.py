"""Comparison of each pair with the other labels.

It answers two questions: is text b the nearest to its text a among all texts b, and does the change from a
to b move the text less than another label does? Two n x n products are computed in blocks of rows in
float32, and every comparison that float32 cannot settle is repeated in float64. No n x n array is ever in
memory, nor a float64 copy of the vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.medians import row_medians
from evenband.stats.products import (
    BLOCK_ROWS,
    Counts,
    Distances,
    Float,
    Shifted,
    Single,
    Units,
    block_room,
    distance,
    slices,
    strips,
)

OPEN_PAIRS_PER_ROW = 64
"""Number of unsettled comparisons per row beyond which a float64 product is cheaper than single pairs."""

OPPONENTS = 149
"""Number of other labels that a change is compared with.

It is the same for probes of any size, so that their pass rates compare; the published figures of the
method are of 150 labels each.
"""

SMALLEST_TIE = 1e-12
"""Difference below which float64 itself cannot tell two distances apart."""


@dataclass(frozen=True)
class Neighbours:
    """Position of each of n pairs among the other rows, with distances d, in float64.

    Attributes:
        swap: (n,) median over j != i of d(a_i, a_j); NaN for one row.
        hit: (n,) 1 where b_i is nearest to a_i among all b_j, 1/2 where another is as near, else 0.
        auc: (n,) share of j != i with b_j farther from a_i than b_i, ties one half; NaN for one row.
        least: (n,) probability that the change moves the text less than any of 149 random other labels (all,
            if there are fewer) would: no a_j is nearer to a_i than b_i, ties one half; NaN for one row.
    """

    swap: Float
    hit: Float
    auc: Float
    least: Float


def compare_neighbours(a: ArrayLike, b: ArrayLike, tie: float = 1e-9) -> Neighbours:
    """Compare each pair with all other rows by cosine distance.

    The mean of the first texts is subtracted from all vectors before they are rounded to float32. It
    changes no distance, and would cost digits where all vectors point the same way.

    Shape: (n, d), (n, d) -> (n,) each.

    Args:
        a: vectors of the first texts; normalised here.
        b: vectors of the second texts; normalised here.
        tie: difference up to which two distances are equal, such as the probe's noise floor.

    Raises:
        InputError: if the shapes differ or there is no row.
        ModelError: if a vector is zero.
    """
    first, second = Units(a), Units(b)
    if first.shape != second.shape or len(first) == 0:
        raise InputError(
            f"vectors of a and b: got {first.shape} and {second.shape}, expected equal, with rows"
        )
    n = len(first)
    if n == 1:
        no_value = np.full(1, np.nan)
        return Neighbours(no_value, np.ones(1), no_value.copy(), no_value.copy())
    own = np.concatenate([distance(first[part], second[part]) for part in slices(n, BLOCK_ROWS)])
    tie, room = max(tie, SMALLEST_TIE), block_room(n)
    left = Shifted(first, first.mean)
    partners, _ = _compare(Distances(left, Shifted(second, first.mean)), own, tie, room, medians=False)
    others, swap = _compare(Distances(left, left), own, tie, room, medians=True)
    hit = np.where(partners.nearer > 0, 0.0, np.where(partners.tied > 0, 0.5, 1.0))
    farther = n - 1 - partners.nearer - partners.tied
    return Neighbours(
        swap=swap,
        hit=hit,
        auc=(farther + 0.5 * partners.tied) / (n - 1),
        least=0.5 * (_undefeated(others.nearer, n) + _undefeated(others.nearer + others.tied, n)),
    )


def _compare(
    distances: Distances, own: Float, tie: float, room: Single, *, medians: bool
) -> tuple[_Ranks, Float]:
    """Rank the partners in one pass over all distances and, if asked for, return the rows' medians.

    Args:
        distances: of every row i to every column j.
        own: (n,) distance of each row to its partner.
        tie: difference up to which two distances are equal.
        room: memory for one block of distances.
        medians: whether the medians are wanted; otherwise zeros are returned.
    """
    ranks = _Ranks(own, tie, distances.error)
    middle = np.zeros(len(own))
    for block, product in distances.blocks(room):
        for strip in strips(product):
            cells, rows = product[strip], slice(block.start + strip.start, block.start + strip.stop)
            np.fill_diagonal(cells[:, rows], np.inf)
            ranks.add(rows, cells)
            if medians:
                np.fill_diagonal(cells[:, rows], -np.inf)
                middle[rows] = row_medians(cells)
        ranks.settle(block, distances)
    return ranks, np.maximum(middle, 0.0)


def _undefeated(nearer: Counts, n: int) -> Float:
    """Return the probability that no nearer label is among the opponents, drawn without replacement.

    Shape: (n,) numbers of nearer labels among n - 1 -> (n,).
    """
    from scipy.special import gammaln

    drawn = min(OPPONENTS, n - 1)
    left = n - 1 - nearer
    possible = left >= drawn
    rest = np.where(possible, left, drawn)
    log = gammaln(rest + 1) - gammaln(rest - drawn + 1) - gammaln(n) + gammaln(n - drawn)
    return np.asarray(np.where(possible, np.exp(np.minimum(log, 0.0)), 0.0))


class _Ranks:
    """Number of columns that are nearer to each row than its partner, and of those that are as near.

    A row's own column does not count: its distance is infinite.

    Attributes:
        nearer: (n,) columns nearer than the partner by more than a tie.
        tied: (n,) columns as near as the partner.
    """

    def __init__(self, own: Float, tie: float, error: Float) -> None:
        n, self._own, self._tie = len(own), own, tie
        # A float32 distance between these two bounds is too near to the partner's to be trusted.
        margin = tie + error + 2.0**-23 * tie
        self._low, self._high = (own - margin).astype(np.float32), (own + margin).astype(np.float32)
        self.nearer = np.zeros(n, dtype=np.int64)
        self.tied = np.zeros(n, dtype=np.int64)
        self._open: list[tuple[Counts, Counts]] = []

    def add(self, rows: slice, distances: Single) -> None:
        """Count the columns of some rows of a block, and note the comparisons that float32 leaves open."""
        # In most rows nothing is as near as the partner, so the smallest distance settles the row.
        for row in np.flatnonzero(distances.min(axis=1) <= self._high[rows]):
            i = rows.start + row
            below, within = distances[row] < self._low[i], distances[row] <= self._high[i]
            self.nearer[i] = np.count_nonzero(below)
            if self.nearer[i] < np.count_nonzero(within):
                unsure = np.flatnonzero(within ^ below)
                self._open.append((np.full(len(unsure), i), unsure))

    def settle(self, block: slice, distances: Distances) -> None:
        """Repeat the open comparisons in float64, and add them to the counts."""
        if not self._open:
            return
        i, j = (np.concatenate(side) for side in zip(*self._open, strict=True))
        self._open.clear()
        n = len(self._own)
        if len(i) > OPEN_PAIRS_PER_ROW * (block.stop - block.start):
            gap = distances.exact(block)[i - block.start, j] - self._own[i]
        else:
            gap = distances.pairs(i, j) - self._own[i]
        self.nearer += np.bincount(i[gap < -self._tie], minlength=n)
        self.tied += np.bincount(i[np.abs(gap) <= self._tie], minlength=n)
