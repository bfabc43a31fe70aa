"""The paired change of a share at any coverage, from many draws of the share alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evenband.stats.bootstrap import cluster_codes
from evenband.stats.intervals import INTERVAL_LEVEL, Draws
from evenband.stats.shares import weighted_share
from evenband.types import Estimate


def share_change(
    before: ArrayLike,
    after: ArrayLike,
    rng: np.random.Generator,
    clusters: ArrayLike | None = None,
    *,
    replicates: int = 1000,
    level: float = INTERVAL_LEVEL,
) -> Estimate:
    """Return the share after minus that before, with the two-way interval over labels and templates.

    Shape: (n, t), (n, t), the same labels and templates; cells in [0, 1], NaN in both where there is none.

    Args:
        before: cells to compare with.
        after: cells compared.
        rng: generator of the resampling.
        clusters: one number per label; labels with the same one are drawn together.
        replicates: number of bootstrap replicates.
        level: coverage, in (0, 1).

    Returns:
        The change in [-1, 1]; without an interval where all labels are one cluster.
    """
    tables = [np.asarray(cells, dtype=np.float64) for cells in (before, after)]
    n, t = tables[0].shape
    codes = cluster_codes(n, clusters)
    count = int(codes.max()) + 1
    subsets = np.ones((1, 1)) if t == 1 else np.vstack([np.ones((1, t)), 1 - np.eye(t)])
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=replicates)[:, codes].astype(np.int32)
    seen, draws = (
        weighted_share(weights, tables[1], subsets) - weighted_share(weights, tables[0], subsets)
        for weights in (np.ones((1, n), dtype=np.int32), drawn)
    )
    value = float(seen[0, 0])
    if count < 2:
        return Estimate(value, n=n)
    if t == 1:
        found = Draws(value, draws[:, 0], seen[0], draws)
    else:
        parts, part_draws = (t * one[:, :1] - (t - 1) * one[:, 1:] for one in (seen, draws))
        found = Draws(value, draws[:, 0], parts[0], part_draws)
    low, high = found.interval(rng, level)
    return Estimate(value, max(-1.0, low), min(1.0, high), n)
