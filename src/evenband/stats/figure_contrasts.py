"""Summary figures of two models on one probe: differences and ratios, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.stats.bootstrap import cluster_codes, resample
from evenband.stats.dispersion import log_distance
from evenband.stats.figures import REPLICATES, exponential, log_swap, without_interval
from evenband.stats.intervals import INTERVAL_LEVEL, Draws
from evenband.types import Estimate

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """Second model against the first on one probe.

    Attributes:
        median: difference of the median similarities, in [-2, 2].
        phi_ratio: ratio of the Phi, above 0.
        t99_ratio: ratio of the T99, above 0.
        share: difference of a share, such as the pass rate, in [-1, 1].
        r50_ratio: ratio of the r50, above 0; no value without swap distances.
    """

    median: Estimate
    phi_ratio: Estimate
    t99_ratio: Estimate
    share: Estimate
    r50_ratio: Estimate


def contrast_figures(
    left: ArrayLike,
    right: ArrayLike,
    rng: np.random.Generator,
    floor: float = 1e-9,
    clusters: ArrayLike | None = None,
    replicates: int = REPLICATES,
    level: float = INTERVAL_LEVEL,
    shares: tuple[ArrayLike, ArrayLike] | None = None,
    swaps: tuple[ArrayLike, ArrayLike] | None = None,
) -> Contrast:
    """Compare right with left, both resampled with the same slots and templates.

    Shape: (n, t), (n, t), same labels and templates in the same order.

    Args:
        left: similarities s of the first model.
        right: similarities s of the second model.
        rng: generator of the resampling.
        floor: smallest distance that both measurements resolve; above 0.
        clusters: one number per label; labels with the same one are drawn together.
        replicates: number of bootstrap replicates.
        level: coverage of the intervals, in (0, 1).
        shares: cells in [0, 1] of both, such as whether they pass, (n, t) each.
        swaps: median distance of text a to the other labels' text a in both, (n, t) each.

    Raises:
        InputError: if the floor is not above 0, or there is not one cluster per label.
    """
    tables = [np.asarray(scores, dtype=np.float64) for scores in (left, right)]
    cells = [None, None] if shares is None else [{"share": np.asarray(one, np.float64)} for one in shares]
    ys = [log_distance(s, floor) for s in tables]
    log_rs = [None if swaps is None else y - log_swap(swaps[k], floor) for k, y in enumerate(ys)]
    # The same seed draws the same labels for both models, so their draws can be subtracted.
    seed = int(rng.integers(2**63))
    first, second = (
        resample(y, np.random.default_rng(seed), log_r, share, clusters, replicates)
        for y, log_r, share in zip(ys, log_rs, cells, strict=True)
    )
    result = _contrast(first, second, tables, rng, level)
    if int(cluster_codes(len(tables[0]), clusters).max()) > 0:
        return result
    return Contrast(**{one.name: without_interval(getattr(result, one.name)) for one in fields(result)})


def _contrast(
    first: Mapping[str, Draws],
    second: Mapping[str, Draws],
    tables: Sequence[Float],
    rng: np.random.Generator,
    level: float,
) -> Contrast:
    """Subtract the draws of two models; without a share, or with a single label, there is no value."""
    n = len(tables[0])
    no_value = Estimate(None, n=n)
    shift = _on_similarity(second["median"]) - _on_similarity(first["median"])
    low, high = shift.interval(rng, level)
    median = float(np.median(tables[1]) - np.median(tables[0]))
    if n < 2:
        return Contrast(Estimate(median, n=n), no_value, no_value, no_value, no_value)
    return Contrast(
        Estimate(median, low, high, n),
        exponential(second["gmd"] - first["gmd"], n, rng, level),
        exponential(second["tail"] - first["tail"], n, rng, level),
        _share_difference(second["share"] - first["share"], n, rng, level) if "share" in first else no_value,
        exponential(second["log_r"] - first["log_r"], n, rng, level) if "log_r" in first else no_value,
    )


def _share_difference(draws: Draws, n: int, rng: np.random.Generator, level: float) -> Estimate:
    """Return the difference of two shares with its interval, which stays in [-1, 1]."""
    low, high = draws.interval(rng, level)
    return Estimate(draws.value, max(-1.0, low), min(1.0, high), n)


def _on_similarity(draws: Draws) -> Draws:
    """Turn draws of y into draws of s = 1 - exp(y); the templates' parts to first order."""
    distance = math.exp(draws.value)
    return Draws(
        1 - distance,
        1 - np.exp(draws.slots),
        1 - distance * (1 + draws.parts - draws.value),
        1 - distance * (1 + draws.part_slots - draws.value),
    )
