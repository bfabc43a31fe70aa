"""The figures of a Summary, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.values import Summary
from evenband.stats import levels
from evenband.stats.dispersion import log_distance, mad
from evenband.stats.figures import estimate_figures
from evenband.types import Estimate, Measurement, Scores

Clusters = NDArray[np.intp]

SMALLEST_FLOOR = 2.0**-50
"""Rounding of a float64 cosine: no measurement resolves less."""

FLOORS = 3
"""A median distance of fewer noise floors than this is no signal."""

SPREAD = ("phi", "consistency", "t99")
ESTIMATED = (
    "minimum", "median", "phi", "consistency", "t99", "r50", "pass_rate", "uniformity", "r_at_1", "auc",
)  # fmt: skip

QUANTILES = {"q01": 0.01, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q99": 0.99}


@dataclass(frozen=True)
class Scale:
    """The scores as distances.

    Attributes:
        d: (n, t) max(1 - s, floor).
        y: (n, t) log d.
        floor: the smallest distance that means anything: noise, or half a step of a coarse grid.
        grid: the coarse number format, if any.
        blind: the median d is below three floors.
    """

    d: Scores
    y: Scores
    floor: float
    grid: str | None
    blind: bool


def scale_of(measurement: Measurement) -> Scale:
    """Distances and log-distances, with the floor that noise and rounding set."""
    s = measurement.scores
    grid = levels.grid(s)
    rounding = 0.0 if grid is None else levels.step(float(np.median(s)), grid) / 2
    floor = max(measurement.noise.floor, rounding, SMALLEST_FLOOR)
    y = log_distance(s, floor)
    d = np.exp(y)
    return Scale(d, y, floor, grid, bool(np.median(1.0 - s) < FLOORS * floor))


def sum_up(measurement: Measurement, scale: Scale, rng: np.random.Generator) -> Summary:
    """Every figure of the measurement; what does not exist has no value.

    A blind probe has no spread, so no Phi, C or T99; a single label has no neighbours.
    """
    s, details = measurement.scores, measurement.details
    n, t = s.shape
    shares = {"r_at_1": details["hit"], "auc": details["auc"], "pass_rate": details["hit"]} if n > 1 else {}
    found = estimate_figures(
        s,
        rng,
        floor=scale.floor,
        swap=details["swap"] if n > 1 else None,
        shares=shares,
        clusters=clusters_of(measurement),
    ).estimates
    if scale.blind:
        found = {name: Estimate(None, n=n) if name in SPREAD else value for name, value in found.items()}
    nothing = Estimate(None, n=n)
    return Summary(
        n=n,
        templates=t,
        quantiles={name: float(np.quantile(s, share)) for name, share in QUANTILES.items()},
        **{name: found.get(name, nothing) for name in ESTIMATED},
        noise_floor=measurement.noise.floor,
        score_noise=measurement.noise.score,
        levels=levels.count_levels(s),
        grid=scale.grid,
        mad=float(mad(s.ravel())),
        blind=scale.blind,
    )


def clusters_of(measurement: Measurement) -> Clusters | None:
    """Labels that are not independent: the words of one synset."""
    synsets = measurement.columns.get("synset")
    if synsets is None:
        return None
    names = {name: code for code, name in enumerate(dict.fromkeys(synsets))}
    own = len(names) + np.arange(len(synsets))
    return np.array(
        [own[i] if name is None else names[name] for i, name in enumerate(synsets)], dtype=np.intp
    )
