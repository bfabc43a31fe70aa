"""The figures that sum one probe on one model up, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.stats.bootstrap import cluster_codes, resample
from evenband.stats.dispersion import log_distance
from evenband.stats.intervals import LEVEL, Draws
from evenband.types import Estimate

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Estimates by name, and what their intervals take into account.

    Attributes:
        estimates: ``minimum``, ``median``, ``phi``, ``consistency``, ``t99``, ``r50`` if swap
            distances were given, each share by its name, ``uniformity`` beside ``pass_rate``.
        resampled: ``slots and templates``, or ``slots`` where one template leaves no choice: the
            intervals then say nothing of other templates.
        replicates: of the bootstrap.
    """

    estimates: Mapping[str, Estimate]
    resampled: Literal["slots", "slots and templates"]
    replicates: int


@dataclass(frozen=True)
class Contrast:
    """Two models on one probe: the differences of the median s and of a share, the ratios of Phi and T99."""

    median: Estimate
    phi_ratio: Estimate
    t99_ratio: Estimate
    share: Estimate


def estimate_figures(
    scores: ArrayLike,
    rng: np.random.Generator,
    floor: float = 1e-9,
    swap: ArrayLike | None = None,
    shares: Mapping[str, ArrayLike] | None = None,
    clusters: ArrayLike | None = None,
    replicates: int = 1000,
    level: float = LEVEL,
) -> Figures:
    """Every figure with its interval over resampled slots (in clusters) and templates.

    The minimum's interval says where it lies in a resampled set: its lower end is the minimum itself.
    A single label has no spread; its minimum and median have no interval.

    Shape: scores, swap and each share (n, t), one per cell.

    Args:
        scores: similarities s.
        rng: of the resampling.
        floor: smallest distance that the measurement resolves.
        swap: median distance of text a to the other labels' text a.
        shares: cells in [0, 1] whose mean is a figure, such as ``r_at_1``, ``auc``, ``pass_rate``.
        clusters: one number per label; labels with the same one are drawn together.
        replicates: of the bootstrap.
        level: of the intervals.
    """
    s = np.asarray(scores, dtype=np.float64)
    y = log_distance(s, floor)
    log_r = None if swap is None else y - np.log(np.maximum(np.asarray(swap, dtype=np.float64), floor))
    cells = {name: np.asarray(share, dtype=np.float64) for name, share in (shares or {}).items()}
    draws = resample(y, rng, log_r, cells, clusters, replicates)
    n, t = s.shape
    count = int(cluster_codes(n, clusters).max()) + 1
    estimates = _on_scores(draws, s, rng, level) | _on_logs(draws, n, rng, level)
    for name in cells:
        low, high = draws[name].share_interval(count, level)
        estimates[name] = Estimate(float(cells[name].mean()), low, high, n)
    if "pass_rate" in estimates:
        estimates["uniformity"] = _uniformity(estimates["pass_rate"])
    return Figures(estimates, "slots and templates" if t > 1 else "slots", replicates)


def contrast_figures(
    left: ArrayLike,
    right: ArrayLike,
    rng: np.random.Generator,
    floor: float = 1e-9,
    clusters: ArrayLike | None = None,
    replicates: int = 1000,
    level: float = LEVEL,
    shares: tuple[ArrayLike, ArrayLike] | None = None,
) -> Contrast:
    """Right against left, both resampled with the same slots and templates.

    Shape: (n, t), (n, t), same labels and templates in the same order.

    Args:
        left: similarities s.
        right: likewise.
        rng: of the resampling.
        floor: smallest distance that both resolve.
        clusters: one number per label; labels with the same one are drawn together.
        replicates: of the bootstrap.
        level: of the intervals.
        shares: cells in [0, 1] of both, such as whether they pass, (n, t) each.
    """
    tables = [np.asarray(scores, dtype=np.float64) for scores in (left, right)]
    cells = [None, None] if shares is None else [{"share": np.asarray(one, np.float64)} for one in shares]
    seed = int(rng.integers(2**63))
    first, second = (
        resample(log_distance(s, floor), np.random.default_rng(seed), None, share, clusters, replicates)
        for s, share in zip(tables, cells, strict=True)
    )
    n = len(tables[0])
    shift = _on_similarity(second["median"]) - _on_similarity(first["median"])
    low, high = shift.interval(rng, level)
    median = float(np.median(tables[1]) - np.median(tables[0]))
    if n < 2:
        nothing = Estimate(None, n=n)
        return Contrast(Estimate(median, n=n), nothing, nothing, nothing)
    return Contrast(
        Estimate(median, low, high, n),
        _exponential(second["gmd"] - first["gmd"], n, rng, level),
        _exponential(second["tail"] - first["tail"], n, rng, level),
        Estimate(None, n=n) if shares is None else _gap(second["share"] - first["share"], n, rng, level),
    )


def _gap(draws: Draws, n: int, rng: np.random.Generator, level: float) -> Estimate:
    low, high = draws.interval(rng, level)
    return Estimate(draws.value, max(-1.0, low), min(1.0, high), n)


def _on_scores(
    draws: Mapping[str, Draws], s: Float, rng: np.random.Generator, level: float
) -> dict[str, Estimate]:
    least, middle = float(s.min()), float(np.median(s))
    if len(s) < 2:
        return {"minimum": Estimate(least, n=len(s)), "median": Estimate(middle, n=len(s))}
    low, high = draws["median"].interval(rng, level)
    nearest = float(np.quantile(draws["largest"].slots, (1 - level) / 2))
    return {
        "minimum": Estimate(least, least, max(least, 1 - math.exp(nearest)), len(s)),
        "median": Estimate(middle, min(middle, 1 - math.exp(high)), max(middle, 1 - math.exp(low)), len(s)),
    }


def _on_logs(
    draws: Mapping[str, Draws], n: int, rng: np.random.Generator, level: float
) -> dict[str, Estimate]:
    if n < 2:
        return dict.fromkeys(("phi", "consistency", "t99"), Estimate(None, n=n))
    phi = _exponential(draws["gmd"], n, rng, level, least=1.0)
    estimates = {
        "phi": phi,
        "consistency": _inverse(phi),
        "t99": _exponential(draws["tail"], n, rng, level, least=1.0),
    }
    if "log_r" in draws:
        estimates["r50"] = _exponential(draws["log_r"], n, rng, level)
    return estimates


def _exponential(
    draws: Draws, n: int, rng: np.random.Generator, level: float, least: float = 0.0
) -> Estimate:
    low, high = (max(least, math.exp(end)) for end in draws.interval(rng, level))
    return Estimate(math.exp(draws.value), low, high, n)


def _inverse(phi: Estimate) -> Estimate:
    if phi.value is None or phi.low is None or phi.high is None:
        return phi
    return Estimate(1 / phi.value, 1 / phi.high, 1 / phi.low, phi.n)


def _uniformity(share: Estimate) -> Estimate:
    """1 - 4 p (1 - p): smallest at p = 1/2, so the interval of p may hold its minimum inside."""
    if share.value is None or share.low is None or share.high is None:
        return share
    ends = [1 - 4 * p * (1 - p) for p in (share.low, share.high)]
    low = 0.0 if share.low <= 0.5 <= share.high else min(ends)
    return Estimate(1 - 4 * share.value * (1 - share.value), low, max(ends), share.n)


def _on_similarity(draws: Draws) -> Draws:
    """Draws of y as draws of s = 1 - exp(y); the templates' parts to first order."""
    distance = math.exp(draws.value)
    return Draws(
        1 - distance,
        1 - np.exp(draws.slots),
        1 - distance * (1 + draws.parts - draws.value),
        1 - distance * (1 + draws.part_slots - draws.value),
    )
