"""The figures of a summary, each with its 90% interval."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenband.analysis.pairs.scale import Scale, clusters_of, is_coarse, passes_of
from evenband.analysis.pairs.values import Summary
from evenband.stats import levels
from evenband.stats.dispersion import mad
from evenband.stats.figures import estimate_figures
from evenband.types import Estimate, PairsMeasurement

SPREAD = ("phi", "consistency", "t99", "r50")
ROUNDED = ("minimum", "median", *SPREAD)
ESTIMATED = (
    "minimum", "median", "phi", "consistency", "t99", "r50", "pass_rate", "uniformity", "r_at_1", "auc",
)  # fmt: skip

QUANTILES = {"q01": 0.01, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q99": 0.99}


def sum_up(measurement: PairsMeasurement, scale: Scale, rng: np.random.Generator) -> Summary:
    """Every figure of the measurement; what does not exist has no value.

    A blind probe has no spread, so no Phi, C, T99 or r50, and neither has an ORDER probe, whose
    distances are not those of one change; templates that are blind among others
    that see are left out of them. A single label has no neighbours, and a slot that leaves no other value to
    exchange has no r50. A band of a few rounded
    levels has figures without intervals, which would be those of the rounding.
    """
    s, details, noise = measurement.scores, measurement.details, measurement.noise
    n, t = s.shape
    used = scale.seeing if scale.seeing.any() else np.ones(t, dtype=np.bool_)
    swap = None if details.swap is None else details.swap[:, used]
    shares = {"r_at_1": details.hit, "auc": details.auc} if n > 1 else {}
    cells = {name: table[:, used] for name, table in shares.items() if table is not None}
    passes = passes_of(measurement)
    if passes is not None and (n > 1 or measurement.probe.type != "INV"):
        cells["pass_rate"] = passes[:, used]
    found = estimate_figures(
        s[:, used],
        rng,
        floor=scale.floor,
        swap=swap if swap is not None and np.isfinite(swap).all() else None,
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
        noise_floor=None if noise is None else noise.floor,
        score_noise=None if noise is None else noise.score,
        levels=levels.count_levels(s),
        grid=scale.grid,
        mad=float(mad(s).min()),
        blind=scale.blind,
    )
