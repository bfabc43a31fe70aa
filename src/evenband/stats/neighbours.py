"""Comparison of each pair with the other labels.

It answers two questions: is text b the nearest to its text a among all texts b, and does the change from a
to b move the text less than another label does? Two products of n rows and all different texts are computed in
blocks of rows in float32, and every comparison that float32 cannot settle is repeated in float64. No n x n
array is ever in memory, nor a float64 copy of the vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.groups import Exclusions, Groups, exclude_linked, exclude_one, group
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
    """Position of each of n pairs among its rivals, with distances d, in float64.

    A rival is another text, however many rows have it. Twins, rows with the same text or with texts that the
    model cannot tell apart, are one rival to the others and none to each other. A row without any rival has
    no value: NaN.

    Attributes:
        swap: (n,) median of d(a_i, a_j) over the other texts a.
        hit: (n,) 1 where b_i is nearest to a_i among all texts b, 1/2 where another is as near, else 0. A
            text b that a twin of a_i has is no rival of b_i.
        auc: (n,) share of these rivals that are farther from a_i than b_i, ties one half.
        least: (n,) probability that the change moves the text less than any of 149 random other labels (all,
            if there are fewer) would: no other text a is nearer to a_i than b_i, ties one half.
        rivals: (n,) number of other texts a, of which ``least`` draws its opponents.
    """

    swap: Float
    hit: Float
    auc: Float
    least: Float
    rivals: Counts


def compare_neighbours(
    a: ArrayLike,
    b: ArrayLike,
    tie: float = 1e-9,
    *,
    same_a: ArrayLike | None = None,
    same_b: ArrayLike | None = None,
) -> Neighbours:
    """Compare each pair with all other rows by cosine distance.

    The mean of the first texts is subtracted from all vectors before they are rounded to float32. It
    changes no distance, and would cost digits where all vectors point the same way.

    Shape: (n, d), (n, d) -> (n,) each.

    Args:
        a: vectors of the first texts; normalised here.
        b: vectors of the second texts; normalised here.
        tie: difference up to which two distances are equal, such as the probe's noise floor.
        same_a: (n,) codes of the first texts; equal codes are one text. If not given, all texts differ.
        same_b: (n,) codes of the second texts, likewise.

    Raises:
        InputError: if the shapes differ, there is no row, or there is not one code per row.
        ModelError: if a vector is zero.
    """
    first, second = Units(a), Units(b)
    if first.shape != second.shape or len(first) == 0:
        raise InputError(
            f"vectors of a and b: got {first.shape} and {second.shape}, expected equal, with rows"
        )
    n = len(first)
    texts_a, texts_b = group(n, same_a), group(n, same_b)
    own = np.concatenate([distance(first[part], second[part]) for part in slices(n, BLOCK_ROWS)])
    tie, left = max(tie, SMALLEST_TIE), Shifted(first, first.mean)
    partners = Shifted(second, first.mean, _first_rows(texts_b))
    hit, auc = _compare_partners(Distances(left, partners), own, tie, exclude_linked(texts_a, texts_b))
    swap, least = _compare_originals(first, left, own, tie, texts_a)
    return Neighbours(swap, hit, auc, least, np.full(n, len(texts_a) - 1))


def _first_rows(texts: Groups) -> Counts | None:
    """Return the first row of each text; ``None`` for all rows."""
    return None if texts.are_single else texts.first


def _compare_partners(distances: Distances, own: Float, tie: float, twins: Exclusions) -> tuple[Float, Float]:
    """Return whether each partner is the nearest of all texts b, and the share that is farther.

    Args:
        distances: of every text a to every text b.
        own: (n,) distance of each row to its partner.
        tie: difference up to which two distances are equal.
        twins: the texts b that are no rivals of a row's own.

    Shape: -> (n,), (n,); NaN for a row without rivals.
    """
    rivals = distances.shape[1] - twins.counts
    if not rivals.any():
        return np.full(len(own), np.nan), np.full(len(own), np.nan)
    ranks, _ = _compare(distances, own, tie, twins, medians=False)
    hit = np.where(ranks.nearer > 0, 0.0, np.where(ranks.tied > 0, 0.5, 1.0))
    farther = rivals - ranks.nearer - ranks.tied
    auc = (farther + 0.5 * ranks.tied) / np.maximum(rivals, 1)
    return np.where(rivals > 0, hit, np.nan), np.where(rivals > 0, auc, np.nan)


def _compare_originals(
    first: Units, left: Shifted, own: Float, tie: float, texts: Groups
) -> tuple[Float, Float]:
    """Return the median distance to the other texts a, and the probability that none is nearer.

    The first row of each text is compared with all others, which is a symmetric table. Its twins have the
    same median, but each its own partner.

    Args:
        first: the texts a of all rows.
        left: the same, shifted.
        own: (n,) distance of each row to its partner.
        tie: difference up to which two distances are equal.
        texts: rows with the same text a.

    Shape: -> (n,), (n,); NaN where there is no other text.
    """
    rivals, swap, least = len(texts) - 1, np.full(len(own), np.nan), np.full(len(own), np.nan)
    if rivals == 0:
        return swap, least
    others = left if texts.are_single else Shifted(first, first.mean, texts.first)
    tables = [(texts.first, others)]
    if len(texts.repeats):
        tables.append((texts.repeats, Shifted(first, first.mean, texts.repeats)))
    for rows, originals in tables:
        itself = exclude_one(texts.of[rows])
        has_medians = originals is others
        ranks, medians = _compare(Distances(originals, others), own[rows], tie, itself, medians=has_medians)
        swap[rows] = medians
        within = _undefeated(ranks.nearer + ranks.tied, rivals)
        least[rows] = 0.5 * (_undefeated(ranks.nearer, rivals) + within)
    return swap[texts.first][texts.of], least


def _compare(
    distances: Distances, own: Float, tie: float, excluded: Exclusions, *, medians: bool
) -> tuple[_Ranks, Float]:
    """Rank the partners in one pass over all distances and, if asked for, return the rows' medians.

    Args:
        distances: of every row i to every column j.
        own: (n,) distance of each row to its partner.
        tie: difference up to which two distances are equal.
        excluded: columns that do not count; exactly one for each row if medians are asked for.
        medians: whether the medians are wanted; otherwise zeros are returned.
    """
    ranks = _Ranks(own, tie, distances.error)
    middle = np.zeros(len(own))
    for block, product in distances.blocks(block_room(distances.shape[1], len(own))):
        for strip in strips(product):
            cells, rows = product[strip], slice(block.start + strip.start, block.start + strip.stop)
            left_out = excluded.cells(rows)
            cells[left_out] = np.inf
            ranks.add(rows, cells)
            if medians:
                cells[left_out] = -np.inf
                middle[rows] = row_medians(cells)
        ranks.settle(block, distances)
    return ranks, np.maximum(middle, 0.0)


def _undefeated(nearer: Counts, rivals: int) -> Float:
    """Return the probability that no nearer label is among the opponents, drawn without replacement.

    Shape: (n,) numbers of nearer labels among the rivals -> (n,).
    """
    from scipy.special import gammaln

    drawn = min(OPPONENTS, rivals)
    left = rivals - nearer
    possible = left >= drawn
    rest = np.where(possible, left, drawn)
    log = gammaln(rest + 1) - gammaln(rest - drawn + 1) - gammaln(rivals + 1) + gammaln(rivals - drawn + 1)
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
