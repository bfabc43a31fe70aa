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
