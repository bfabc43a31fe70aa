"""Summary figures of a measurement, each with its 90% interval.

Phi is the factor between two random labels' distances, consistency C is 1 / Phi, T99 says how far the
farthest 1% go beyond the median, and r50 is a pair's distance relative to that between two labels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenband import stages
from evenband.analysis.pairs.scale import (
    Scale,
    clusters_of,
    is_coarse,
    passes_of,
    scale_of,
    sharing_of,
)
from evenband.analysis.pairs.values import Summary
from evenband.analysis.pairs.violations import is_blind
from evenband.analysis.pairs.weighting import random_part, weights_of
from evenband.stats import levels
from evenband.stats.dispersion import mad
from evenband.stats.figures import REPLICATES, estimate_figures
from evenband.stats.weighted import weighted_quantile
from evenband.types import Estimate, PairsMeasurement, Scores

SPREAD_FIGURES = ("phi", "consistency", "t99", "r50")
"""Figures of the spread of distances, which a blind model and an ORDER probe do not have."""

ROUNDED_FIGURES = ("minimum", "median", *SPREAD_FIGURES)
"""Figures that have no interval where the scores are coarsely rounded."""

SHARE_FIGURES = ("pass_rate", "uniformity", "r_at_1", "auc")
"""Figures that are shares of cells, and the uniformity of one."""

QUANTILES = {"q01": 0.01, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q99": 0.99}
"""Quantiles of the scores that a summary lists, by name."""


def sum_up(
    measurement: PairsMeasurement, scale: Scale, rng: np.random.Generator, replicates: int = REPLICATES
) -> Summary:
    """Estimate every summary figure of a measurement; a figure that does not exist has no value.

    Args:
        measurement: n labels by t templates.
        scale: its distances.
        rng: generator for the bootstrap.
        replicates: of the bootstrap; 0 for figures without intervals.
    """
    if measurement.details.design is not None:
        return _sum_up_budget(measurement, scale, rng, replicates)
    stages.enter("bootstrap")
    s, noise = measurement.scores, measurement.noise
    n, t = s.shape
    return Summary(
        n=n,
        templates=t,
        quantiles={name: float(np.quantile(s, share)) for name, share in QUANTILES.items()},
        **_estimates(measurement, scale, rng, replicates),
        noise_floor=None if noise is None else noise.floor,
        score_noise=None if noise is None else noise.score,
        levels=levels.count_levels(s),
        grid=scale.grid,
        mad=float(mad(s).min()),
        blind=is_blind(measurement, scale),
    )


def _sum_up_budget(
    measurement: PairsMeasurement, scale: Scale, rng: np.random.Generator, replicates: int
) -> Summary:
    """Estimate the figures of a measurement under a budget: weighted, or those of its random part.

    The smallest score is the smallest that was found; nothing says how much smaller another one may be.
    """
    drawn_rng, whole_rng = rng.spawn(2)
    part = random_part(measurement)
    drawn = sum_up(part, scale_of(part), drawn_rng, replicates)
    weights = weights_of(measurement)
    assert weights is not None
    s, used = measurement.scores, scale.seeing if scale.seeing.any() else np.ones_like(scale.seeing)
    whole = estimate_figures(
        s[:, used],
        whole_rng,
        floor=scale.floor,
        clusters=clusters_of(measurement),
        replicates=replicates,
        weights=weights,
    ).estimates
    has_spread = drawn.phi.value is not None
    mass = np.repeat(weights, s.shape[1])
    return replace(
        drawn,
        n=len(s),
        quantiles={
            name: float(weighted_quantile(s.ravel(), mass, share)) for name, share in QUANTILES.items()
        },
        minimum=Estimate(float(s.min()), n=len(s)),
        median=whole["median"],
        levels=levels.count_levels(s),
        phi=whole["phi"] if has_spread else drawn.phi,
        consistency=whole["consistency"] if has_spread else drawn.consistency,
        t99=whole["t99"] if has_spread else drawn.t99,
    )


def _estimates(
    measurement: PairsMeasurement, scale: Scale, rng: np.random.Generator, replicates: int
) -> dict[str, Estimate]:
    """Estimate the figures that have an interval, by name.

    Templates that are blind are left out, unless all are. A blind probe has no spread, nor has an ORDER
    probe, whose distances are not those of one change. Where the scores are coarsely rounded there are
    no intervals, since those would be of the rounding.
    """
    n, t = measurement.scores.shape
    used = scale.seeing if scale.seeing.any() else np.ones(t, dtype=np.bool_)
    swap = measurement.details.swap
    # A slot that leaves no other value to exchange has no finite swap distance, and so no r50.
    has_swap = swap is not None and np.isfinite(swap[:, used]).all()
    estimates = estimate_figures(
        measurement.scores[:, used],
        rng,
        floor=scale.floor,
        swap=swap[:, used] if swap is not None and has_swap else None,
        shares=_shares(measurement, used),
        clusters=clusters_of(measurement),
        replicates=replicates,
        shared=sharing_of(measurement),
    ).estimates
    no_value = Estimate(None, n=n)
    estimates = {name: estimates.get(name, no_value) for name in (*ROUNDED_FIGURES, *SHARE_FIGURES)}
    if scale.blind or measurement.probe.type == "ORDER":
        estimates |= dict.fromkeys(SPREAD_FIGURES, no_value)
    if is_coarse(measurement, scale):
        estimates |= {name: replace(estimates[name], low=None, high=None) for name in ROUNDED_FIGURES}
    return estimates


def _shares(measurement: PairsMeasurement, used: NDArray[np.bool_]) -> dict[str, Scores]:
    """Return the tables of cells in [0, 1] whose means are figures, by name, for the templates in use.

    Where there is a single label, or one text for all, nothing else can be nearer than a label's own text.
    """
    details, has_others = measurement.details, len(measurement.items) > 1
    tables = {"r_at_1": details.hit, "auc": details.auc} if has_others else {}
    if has_others or measurement.probe.type != "INV":
        tables["pass_rate"] = passes_of(measurement)
    chosen = {name: table[:, used] for name, table in tables.items() if table is not None}
    return {name: table for name, table in chosen.items() if not np.isnan(table).all()}
