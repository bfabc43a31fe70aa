"""The difference of two paired tables of scores, whatever a score is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.types import Estimate

PAIRED_REPLICATES = 1000
"""Bootstrap replicates of a paired difference."""


def mean_difference(
    left: ArrayLike, right: ArrayLike, rng: np.random.Generator, *, median: bool = False
) -> Estimate:
    """Return the mean of right minus left with its 90% percentile bootstrap interval over items.

    Both scores of an item are drawn together, and all conditions of an item as well.

    Shape: (n, t), (n, t).

    Args:
        left: scores to compare with.
        right: scores compared.
        rng: draws the items.
        median: take the median of the differences in place of their mean, as for ranks.

    Raises:
        InputError: if the tables differ in shape or are empty.
    """
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2 or not a.size:
        raise InputError(f"paired scores: got shapes {a.shape} and {b.shape}, expected two equal tables")
    change = b - a
    centre = np.median if median else np.mean
    n = len(change)
    value = float(centre(change))
    if n < 2:
        return Estimate(value, n=n)
    draws = [float(centre(change[rng.integers(n, size=n)])) for _ in range(PAIRED_REPLICATES)]
    tail = (1 - INTERVAL_LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Estimate(value, float(min(low, value)), float(max(high, value)), n)
