"""Adjustment of p-values for the many cells that were looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]


def adjust(p: ArrayLike, weights: ArrayLike | None = None) -> Float:
    """Return Benjamini-Hochberg adjusted p-values over all cells that have a p-value; NaN elsewhere.

    With weights each p-value is first divided by its weight over the mean weight. This keeps the false
    discovery rate if the weights were chosen without the p-values, and cells of every weight have p-values
    of one null (Genovese, Roeder and Wasserman 2006).

    Shape: any, one that broadcasts to it or none -> the first.

    Args:
        p: p-values, NaN where there is none.
        weights: how likely each cell is to be a discovery, above 0; alike if not given.
    """
    from scipy.stats import false_discovery_control

    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    has_p = ~np.isnan(values)
    if has_p.any():
        shares = np.ones(values.shape) if weights is None else np.broadcast_to(weights, values.shape)
        weighted = values[has_p] * (shares[has_p].mean() / shares[has_p])
        adjusted[has_p] = false_discovery_control(np.minimum(weighted, 1.0))
    return adjusted


def holm(p: ArrayLike) -> Float:
    """Return Holm-Bonferroni adjusted p-values (Holm 1979) over all tests that have a p-value; NaN elsewhere.

    They control the chance of a single false claim in the family, as suits a few planned comparisons.

    Shape: any -> the same.
    """
    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    has_p = ~np.isnan(values)
    known = values[has_p]
    if known.size:
        order = np.argsort(known, kind="stable")
        steps = np.minimum(1.0, known[order] * np.arange(known.size, 0, -1))
        stepped = np.empty(known.size)
        stepped[order] = np.maximum.accumulate(steps)
        adjusted[has_p] = stepped
    return adjusted
