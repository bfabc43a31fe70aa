"""Adjustment of p-values for the many cells that were looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]


def adjust(p: ArrayLike) -> Float:
    """Return Benjamini-Hochberg adjusted p-values over all cells that have a p-value; NaN elsewhere.

    Shape: any -> the same.
    """
    from scipy.stats import false_discovery_control

    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    has_p = ~np.isnan(values)
    if has_p.any():
        adjusted[has_p] = false_discovery_control(values[has_p])
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
