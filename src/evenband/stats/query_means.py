"""Means over queries with bootstrap intervals, and the paired randomisation test of a difference. Pure."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.interfaces import Float
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.stats.paired import PAIRED_REPLICATES
from evenband.types import Estimate

SIGN_FLIPS = 10_000
"""Random assignments of signs of a randomisation test: its smallest p-value is about 1 in 10,000."""

MOST_FLIPPED = 1_000
"""Differences that are not zero from which on the sum of the flipped ones is taken as normal."""

FLIPS_AT_ONCE = 500


def bootstrap_means(
    table: ArrayLike,
    rng: np.random.Generator,
    *,
    replicates: int = PAIRED_REPLICATES,
    level: float = INTERVAL_LEVEL,
) -> list[Estimate]:
    """Return each column's mean with its percentile bootstrap interval over rows, of 90% if not told.

    Every column is resampled with the same rows. NaN cells are left out of their column; a column of NaN has
    no value.

    Shape: (n, m) -> m estimates.

    Args:
        table: a row for each query.
        rng: draws the rows.
        replicates: number of bootstrap replicates.
        level: coverage, in (0, 1).

    Raises:
        InputError: if the table is not two-dimensional or has no row.
    """
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or not len(values):
        raise InputError(f"means: got a table of shape {values.shape}, expected one row or more")
    n = len(values)
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    stacked = np.concatenate([filled, known.astype(np.float64)], axis=1)
    draws = np.empty((replicates if n > 1 else 0, stacked.shape[1]))
    for row in draws:
        row[:] = np.bincount(rng.integers(n, size=n), minlength=n) @ stacked
    sums, counts = np.split(draws, 2, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        resampled = sums / counts
        means = filled.sum(axis=0) / known.sum(axis=0)
    columns = zip(means, resampled.T, known.sum(axis=0), strict=True)
    return [_estimate(*one, level) for one in columns]


def _estimate(mean: float, replicates: Float, count: int, level: float) -> Estimate:
    if not count:
        return Estimate(None)
    usable = replicates[np.isfinite(replicates)]
    if not len(usable):
        return Estimate(float(mean), n=int(count))
    tail = (1 - level) / 2
    low, high = np.quantile(usable, [tail, 1 - tail])
    return Estimate(float(mean), float(min(low, mean)), float(max(high, mean)), int(count))


def randomisation_p(differences: ArrayLike, rng: np.random.Generator) -> float:
    """Return the two-sided p-value of the paired randomisation test that the mean difference is zero.

    Under the hypothesis the sign of each difference is a coin's (Smucker, Allan and Carterette 2007). Of up
    to 1,000 differences other than zero, 10,000 assignments of signs are drawn; of more, the sum is normal.

    Shape: (n,) -> a number in (0, 1]; 1 where all differences are zero.

    Raises:
        InputError: if there is no difference, or one is not finite.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise InputError(f"paired test: got differences of shape {values.shape}, expected finite ones")
    values = values[values != 0]
    if not values.size:
        return 1.0
    observed = abs(float(values.sum()))
    if values.size > MOST_FLIPPED:
        spread = float(np.sqrt((values**2).sum()))
        return max(2 * NormalDist().cdf(-observed / spread), 1e-300)
    reached = 0
    for _ in range(0, SIGN_FLIPS, FLIPS_AT_ONCE):
        signs = rng.integers(0, 2, (FLIPS_AT_ONCE, values.size), dtype=np.int8) * 2 - 1
        reached += int((np.abs(signs @ values) >= observed * (1 - 1e-12)).sum())
    return (reached + 1) / (SIGN_FLIPS + 1)
