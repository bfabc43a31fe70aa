"""Row medians of some rows of distances, by bracketing them before anything is sorted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evenband.stats.products import Counts, Float, Single

Mask = NDArray[np.bool_]

SAMPLE = 384
"""Columns that give the first guess; rows this short are sorted whole."""


def row_medians(rows: Single) -> Float:
    """Row medians of all entries but the smallest, which stands for the row itself.

    Two bounds bracket the median of each row; only the entries between them are sorted, or the
    whole row where they miss it.

    Shape: (b, n) -> (b,).
    """
    b, n = rows.shape
    lower, upper = n // 2, (n + 1) // 2
    if n <= SAMPLE:
        return _middle(np.sort(rows, axis=1), lower, upper)
    below, rank, bound = _bracket(rows)
    where = np.flatnonzero(np.logical_xor(below, rows < bound, out=below))
    cells = rows.ravel().take(where)
    ends = np.searchsorted(where, n * np.arange(b + 1))
    for start, stop in pairwise(ends.tolist()):
        cells[start:stop].sort()
    skipped = rank - np.where(rank > 0.5 * n, np.diff(ends), 0)
    first, last = ends[:-1] + lower - skipped, ends[:-1] + upper - skipped
    missed = (first < ends[:-1]) | (last >= ends[1:])
    medians = np.empty(b)
    medians[~missed] = _middle(cells, first[~missed], last[~missed])
    medians[missed] = _middle(np.sort(rows[missed], axis=1), lower, upper)
    return medians


def _middle(ordered: Single, lower: int | Counts, upper: int | Counts) -> Float:
    """Between the lower and the upper median."""
    return np.asarray(0.5 * (ordered[..., lower].astype(np.float64) + ordered[..., upper]))


def _bracket(rows: Single) -> tuple[Mask, Counts, Single]:
    """What lies below a first bound, how much that is, and a second bound beyond the median.

    The median of an even sample of the columns is off by some ranks, which one count over the row
    tells; the sample's entry so many ranks on is the first bound, and counted too. About these two
    the entries are evenly spaced, so that the median lies on their line; the second bound is three
    standard errors farther.

    Shape: (b, n) -> (b, n), (b,), (b, 1).
    """
    b, n = rows.shape
    sample = np.sort(rows[:, :: n // SAMPLE], axis=1)
    m = sample.shape[1]
    guess = sample[:, m // 2]
    guessed = _count(rows < guess[:, None])
    steps = np.rint((0.5 * n - guessed) * m / n).astype(np.intp)
    steps[steps == 0] = 1
    bound = sample[np.arange(b), np.clip(m // 2 + steps, 1, m - 1)]
    below = rows < bound[:, None]
    rank = _count(below)
    span = np.maximum(np.abs(rank - guessed), 1)
    left = 0.5 * n - rank
    error = 3 * np.sqrt(np.abs(left) * (1 + np.abs(left) / span)) + 4
    beyond = bound + np.abs(bound - guess) / span * (left + np.copysign(error, left))
    return below, rank, beyond.astype(np.float32)[:, None]


def _count(mask: Mask) -> Counts:
    """True cells of each row; numpy's own count along an axis takes four times as long."""
    return np.array([np.count_nonzero(row) for row in mask])
