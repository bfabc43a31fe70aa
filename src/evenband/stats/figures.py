"""Summary figures of one probe on one model, each with its interval.

Phi is the factor by which two random labels' distances differ, consistency C is 1 / Phi, T99 says how many
times the median distance the worst 1% exceeds, and r50 is the median of a pair's distance relative to the
distance between two labels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.stats.bootstrap import cluster_codes, resample
from evenband.stats.dispersion import log_distance
from evenband.stats.intervals import INTERVAL_LEVEL, Draws
from evenband.stats.shares import mean_of_cells, shared_variance
from evenband.stats.weighted import weighted_quantile
from evenband.types import Estimate

Float = NDArray[np.float64]

REPLICATES = 1000
"""Bootstrap replicates of an interval."""


@dataclass(frozen=True)
class Figures:
    """Estimates by name, with the number of replicates behind their intervals.

    Attributes:
        estimates: ``minimum``, ``median``, ``phi``, ``consistency``, ``t99``, ``r50`` if swap
            distances were given, each share by its name, ``uniformity`` beside ``pass_rate``.
        replicates: number of bootstrap replicates.
    """

    estimates: Mapping[str, Estimate]
    replicates: int


def estimate_figures(
    scores: ArrayLike,
    rng: np.random.Generator,
    floor: float = 1e-9,
    swap: ArrayLike | None = None,
    shares: Mapping[str, ArrayLike] | None = None,
    clusters: ArrayLike | None = None,
    replicates: int = REPLICATES,
    level: float = INTERVAL_LEVEL,
    shared: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Figures:
    """Estimate every figure with its interval over resampled slots (in clusters) and templates.

    The minimum's interval says where it lies in a resampled set; its lower end is the minimum itself.
    A single label has no spread; its minimum and median have no interval. Nor have any figures but shares
    where all labels are one cluster.

    Shape: scores, swap and each share (n, t), one per cell.

    Args:
        scores: similarities s.
        rng: generator of the resampling.
        floor: smallest distance that the measurement resolves; above 0.
        swap: median distance of text a to the other labels' text a.
        shares: cells in [0, 1], some of them NaN, whose mean is a figure, such as ``auc``, ``pass_rate``.
        clusters: one number per label; labels with the same one are drawn together.
        replicates: number of bootstrap replicates; with 0, figures have no intervals.
        level: coverage of the intervals, in (0, 1).
        shared: one number per label; labels with the same one share a text and are one trial of a share.
        weights: number of labels that each one stands for, where not all were measured with equal chances;
            without swap distances and shares.

    Raises:
        InputError: if the floor is not above 0, or there is not one cluster per label.
    """
    s = np.asarray(scores, dtype=np.float64)
    y = log_distance(s, floor)
    log_r = None if swap is None else y - log_swap(swap, floor)
    cells = {name: np.asarray(share, dtype=np.float64) for name, share in (shares or {}).items()}
    draws = resample(y, rng, log_r, cells, clusters, replicates, weights)
    n = len(s)
    if not replicates:
        return Figures(_values(draws, s, cells, weights), replicates)
    count = int(cluster_codes(n, clusters).max()) + 1
    estimates = _score_estimates(draws, s, rng, level, weights) | _log_estimates(draws, n, rng, level)
    if count < 2:
        estimates = {name: without_interval(estimate) for name, estimate in estimates.items()}
    for name in cells:
        low, high = draws[name].share_interval(count, level, shared_variance(cells[name], shared))
        estimates[name] = Estimate(mean_of_cells(cells[name]), low, high, n)
    if "pass_rate" in estimates:
        estimates["uniformity"] = _uniformity(estimates["pass_rate"])
    return Figures(estimates, replicates)


def _values(
    draws: Mapping[str, Draws], s: Float, cells: Mapping[str, Float], weights: ArrayLike | None
) -> dict[str, Estimate]:
    """Return the figures without intervals: the same values as with them."""
    n = len(s)
    minimum, median = _lowest_and_median(s, weights)
    values: dict[str, float | None] = {"minimum": minimum, "median": median}
    names = {"phi": "gmd", "t99": "tail", "r50": "log_r"}
    logs = {name: draws[drawn].value if n > 1 else None for name, drawn in names.items() if drawn in draws}
    values |= {name: None if log is None else math.exp(log) for name, log in logs.items()}
    values |= {name: mean_of_cells(table) for name, table in cells.items()}
    estimates = {name: Estimate(value, n=n) for name, value in values.items()}
    estimates["consistency"] = _inverse(estimates["phi"])
    if "pass_rate" in estimates:
        estimates["uniformity"] = _uniformity(estimates["pass_rate"])
    return estimates


def without_interval(estimate: Estimate) -> Estimate:
    """Return an estimate whose labels are a single draw, so that nothing says how it would vary."""
    return replace(estimate, low=None, high=None)


def log_swap(swap: ArrayLike, floor: float) -> Float:
    """Return the log of the distances to another label's text, none below the floor."""
    return np.log(np.maximum(np.asarray(swap, dtype=np.float64), floor))


def _score_estimates(
    draws: Mapping[str, Draws],
    s: Float,
    rng: np.random.Generator,
    level: float,
    weights: ArrayLike | None = None,
) -> dict[str, Estimate]:
    """Estimate the minimum and the median of s, from draws of the largest and the median y."""
    minimum, median = _lowest_and_median(s, weights)
    if len(s) < 2:
        return {"minimum": Estimate(minimum, n=len(s)), "median": Estimate(median, n=len(s))}
    low, high = draws["median"].interval(rng, level)
    largest_y = float(np.quantile(draws["largest"].slots, (1 - level) / 2))
    return {
        "minimum": Estimate(minimum, minimum, max(minimum, 1 - math.exp(largest_y)), len(s)),
        "median": Estimate(median, min(median, 1 - math.exp(high)), max(median, 1 - math.exp(low)), len(s)),
    }


def _lowest_and_median(s: Float, weights: ArrayLike | None) -> tuple[float, float]:
    """Return the minimum and the median of s."""
    if weights is None:
        return float(s.min()), float(np.median(s))
    mass = np.repeat(np.asarray(weights), s.shape[1])
    return float(s.min()), float(weighted_quantile(s.ravel(), mass, 0.5))


def _log_estimates(
    draws: Mapping[str, Draws], n: int, rng: np.random.Generator, level: float
) -> dict[str, Estimate]:
    """Estimate Phi, C, T99 and r50, whose intervals are computed on the logarithm."""
    if n < 2:
        return dict.fromkeys(("phi", "consistency", "t99"), Estimate(None, n=n))
    phi = exponential(draws["gmd"], n, rng, level, lower_bound=1.0)
    estimates = {
        "phi": phi,
        "consistency": _inverse(phi),
        "t99": exponential(draws["tail"], n, rng, level, lower_bound=1.0),
    }
    if "log_r" in draws:
        estimates["r50"] = exponential(draws["log_r"], n, rng, level)
    return estimates


def exponential(
    draws: Draws, n: int, rng: np.random.Generator, level: float, lower_bound: float = 0.0
) -> Estimate:
    """Return exp of a figure with its interval, none of whose ends is below the bound."""
    low, high = (max(lower_bound, math.exp(end)) for end in draws.interval(rng, level))
    return Estimate(math.exp(draws.value), low, high, n)


def _inverse(phi: Estimate) -> Estimate:
    """Return C = 1 / Phi, whose interval is that of Phi turned round."""
    if phi.value is None:
        return phi
    if phi.low is None or phi.high is None:
        return Estimate(1 / phi.value, n=phi.n)
    return Estimate(1 / phi.value, 1 / phi.high, 1 / phi.low, phi.n)


def _uniformity(share: Estimate) -> Estimate:
    """Return U = 1 - 4 p (1 - p) of a pass rate p.

    U is smallest at p = 1/2, which may lie inside the interval of p; the lower end is then 0.
    """
    if share.value is None:
        return share
    value = 1 - 4 * share.value * (1 - share.value)
    if share.low is None or share.high is None:
        return Estimate(value, n=share.n)
    ends = [1 - 4 * p * (1 - p) for p in (share.low, share.high)]
    low = 0.0 if share.low <= 0.5 <= share.high else min(ends)
    return Estimate(value, low, max(ends), share.n)
