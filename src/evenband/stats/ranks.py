"""Ranks of partners among rivals: how many are nearer, and the chance that none of some random ones is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evenband.stats.groups import Exclusions
from evenband.stats.interfaces import Counts, Float, Single, Table
from evenband.stats.medians import row_medians
from evenband.stats.products import block_room, strips

OPEN_PAIRS_PER_ROW = 64
"""Number of unsettled comparisons per row beyond which a float64 product is cheaper than single pairs."""

OPPONENTS = 149
"""Largest number of other labels that a change is compared with.

It is the same for all probes of 150 labels or more, so that their pass rates compare; the published figures
of the method are of 150 labels each.
"""


def rank(table: Table, own: Float, tie: Float, excluded: Exclusions, *, medians: bool) -> tuple[Ranks, Float]:
    """Rank the partners in one pass over all distances and, if asked for, return the rows' medians.

    Args:
        table: distances of every row i to every column j.
        own: (n,) distance of each row to its partner.
        tie: (2, n) how far below and above it another distance is equal to a row's.
        excluded: columns that do not count; exactly one for each row if medians are asked for.
        medians: whether the medians are wanted; otherwise zeros are returned.
    """
    ranks = Ranks(own, tie, table.error)
    middle = np.zeros(len(own))
    for block, product in table.blocks(block_room(table.shape[1], len(own))):
        for strip in strips(product):
            cells, rows = product[strip], slice(block.start + strip.start, block.start + strip.stop)
            left_out = excluded.cells(rows)
            cells[left_out] = np.inf
            ranks.add(rows, cells)
            if medians:
                cells[left_out] = -np.inf
                middle[rows] = row_medians(cells)
        ranks.settle(block, table)
    return ranks, np.maximum(middle, 0.0)


def undefeated(nearer: ArrayLike, tied: ArrayLike, rivals: ArrayLike, opponents: int = OPPONENTS) -> Float:
    """Return the probability that no nearer rival is among random opponents, ties one half.

    The opponents are drawn without replacement; where there are fewer rivals than that, all are drawn. So
    the mean over labels is an unbiased estimate of the same quantity for any number of rivals that is not
    below the number of opponents.

    Shape: counts of rivals, (n, ...) each or one number -> (n, ...); NaN where there is no rival.

    Args:
        nearer: rivals that are nearer than the partner.
        tied: rivals that are as near.
        rivals: all rivals.
        opponents: largest number of them to draw.
    """
    below, level, of = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in (nearer, tied, rivals)))
    chance = 0.5 * (_none_drawn(below, of, opponents) + _none_drawn(below + level, of, opponents))
    return np.where(of > 0, chance, np.nan)


def _none_drawn(nearer: Float, rivals: Float, opponents: int) -> Float:
    """Return the probability that none of the nearer rivals is drawn. Shape: any -> the same."""
    from scipy.special import gammaln

    drawn = np.minimum(opponents, rivals)
    left = rivals - nearer
    possible = left >= drawn
    rest = np.where(possible, left, drawn)
    log = gammaln(rest + 1) - gammaln(rest - drawn + 1) - gammaln(rivals + 1) + gammaln(rivals - drawn + 1)
    return np.asarray(np.where(possible, np.exp(np.minimum(log, 0.0)), 0.0))


class Ranks:
    """Number of columns that are nearer to each row than its partner, and of those that are as near.

    A row's own column does not count: its distance is infinite.

    Attributes:
        nearer: (n,) columns nearer than the partner by more than a tie.
        tied: (n,) columns as near as the partner.
    """

    def __init__(self, own: Float, tie: Float, error: Float) -> None:
        n, self._own, (self._below, self._above) = len(own), own, tie
        # A float32 distance between these two bounds is too near to the partner's to be trusted.
        below, above = tie + error + 2.0**-23 * tie
        self._low, self._high = (own - below).astype(np.float32), (own + above).astype(np.float32)
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

    def settle(self, block: slice, table: Table) -> None:
        """Repeat the open comparisons in float64, and add them to the counts."""
        if not self._open:
            return
        i, j = (np.concatenate(side) for side in zip(*self._open, strict=True))
        self._open.clear()
        n = len(self._own)
        if len(i) > OPEN_PAIRS_PER_ROW * (block.stop - block.start):
            gap = table.exact(block)[i - block.start, j] - self._own[i]
        else:
            gap = table.pairs(i, j) - self._own[i]
        is_nearer = gap < -self._below[i]
        self.nearer += np.bincount(i[is_nearer], minlength=n)
        self.tied += np.bincount(i[~is_nearer & (gap <= self._above[i])], minlength=n)
