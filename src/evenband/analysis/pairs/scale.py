"""The figures of a Summary, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.pairs.values import Summary
from evenband.stats import levels
from evenband.stats.dispersion import log_distance, mad
from evenband.stats.figures import estimate_figures
from evenband.types import Estimate, Measurement, Scores

Clusters = NDArray[np.intp]

SMALLEST_FLOOR = 2.0**-50
"""Rounding of a float64 cosine: no measurement resolves less."""

FLOORS = 3
"""A median distance of fewer noise floors than this is no signal."""

SPREAD = ("phi", "consistency", "t99", "r50")
ROUNDED = ("minimum", "median", *SPREAD)
SHARES = {"r_at_1": "hit", "auc": "auc"}
FEW_STEPS = 4
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
        seeing: (t,) templates whose median d is at least three floors.
    """

    d: Scores
    y: Scores
    floor: float
    grid: levels.Grid | None
    seeing: NDArray[np.bool_]

    @property
    def blind(self) -> bool:
        """No template sees the change."""
        return not self.seeing.any()


def scale_of(measurement: Measurement) -> Scale:
    """Distances and log-distances, with the floor that noise and rounding set."""
    s = measurement.scores
    grid = levels.grid(s)
    rounding = 0.0 if grid is None else levels.step(float(np.median(s)), grid) / 2
    floor = max(measurement.noise.floor, rounding, SMALLEST_FLOOR)
    y = log_distance(s, floor)
    d = np.exp(y)
    return Scale(d, y, floor, grid, np.median(1.0 - s, axis=0) >= FLOORS * floor)


def sum_up(measurement: Measurement, scale: Scale, rng: np.random.Generator) -> Summary:
    """Every figure of the measurement; what does not exist has no value.

    A blind probe has no spread, so no Phi, C, T99 or r50, and neither has an ORDER probe, whose
    distances are not those of one change; templates that are blind among others
    that see are left out of them. A single label has no neighbours, and a slot that leaves no other value to
    exchange has no r50. A band of a few rounded
    levels has figures without intervals, which would be those of the rounding.
    """
    s, details = measurement.scores, measurement.details
    n, t = s.shape
    used = scale.seeing if scale.seeing.any() else np.ones(t, dtype=np.bool_)
    swap = details["swap"][:, used]
    cells = {name: details[detail][:, used] for name, detail in SHARES.items()} if n > 1 else {}
    if n > 1 or measurement.probe.type != "INV":
        cells["pass_rate"] = passes_of(measurement)[:, used]
    found = estimate_figures(
        s[:, used],
        rng,
        floor=scale.floor,
        swap=swap if np.isfinite(swap).all() else None,
        shares=cells,
        clusters=clusters_of(measurement),
    ).estimates
    nothing = Estimate(None, n=n)
    found = {name: found.get(name, nothing) for name in ESTIMATED}
    if scale.blind or measurement.probe.type == "ORDER":
        found |= dict.fromkeys(SPREAD, nothing)
    if is_coarse(measurement, scale):
        found |= {name: replace(found[name], low=None, high=None) for name in ROUNDED}
    return Summary(
        n=n,
        templates=t,
        quantiles={name: float(np.quantile(s, share)) for name, share in QUANTILES.items()},
        **found,
        noise_floor=measurement.noise.floor,
        score_noise=measurement.noise.score,
        levels=levels.count_levels(s),
        grid=scale.grid,
        mad=float(mad(s).min()),
        blind=scale.blind,
    )


def passes_of(measurement: Measurement) -> Scores:
    """How far each cell behaves as the probe's type demands, in [0, 1]; ``hit`` where nothing else was kept.

    Shape: (n, t).
    """
    details = measurement.details
    return details["pass"] if "pass" in details else details["hit"]


def is_coarse(measurement: Measurement, scale: Scale) -> bool:
    """The middle half of the scores spans fewer than four steps of the grid they lie on."""
    if scale.grid is None:
        return False
    low, middle, high = np.quantile(measurement.scores, [0.25, 0.5, 0.75])
    return bool(high - low < FEW_STEPS * levels.step(float(middle), scale.grid))


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
