"""How far scores spread: log-distance, Gini mean difference, robust scale, log-MAD z."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]

MAD_TO_SD = 1.4826
"""Makes the median absolute deviation estimate a normal distribution's standard deviation."""

GMD_TO_SD = math.sqrt(math.pi) / 2
"""Does the same for the Gini mean difference, which is 2 / sqrt(pi) standard deviations."""

SMALLEST_SCALE = 1e-12
"""A scale below it is rounding error of float64 log-distances, not spread."""


def log_distance(scores: ArrayLike, floor: float) -> Float:
    """Log-distance y = log(max(1 - s, floor)).

    Shape: any -> the same.

    Args:
        scores: similarities s.
        floor: smallest distance that the measurement resolves; above 0.

    Raises:
        InputError: if the floor is not above 0, since log 0 does not exist.
    """
    if not floor > 0:
        raise InputError(f"floor of the log-distance: got {floor}, expected a number above 0, such as 1e-9")
    return np.log(np.maximum(1.0 - np.asarray(scores, dtype=np.float64), floor))


def gmd(x: ArrayLike, axis: int = 0) -> Float:
    """Gini mean difference: the mean of |x_i - x_j| over pairs; NaN for fewer than two numbers.

    ``2 / (n (n - 1)) sum_k (2k - n - 1) x_(k)`` over the order statistics (David 1968).

    Shape: (n, ...) -> (...), along ``axis``.
    """
    ordered = np.sort(np.moveaxis(np.asarray(x, dtype=np.float64), axis, 0), axis=0)
    n = len(ordered)
    if n < 2:
        return np.full(ordered.shape[1:], np.nan)
    weights = 2.0 * np.arange(1, n + 1) - n - 1
    # Spacings, not values, are summed: identical numbers then give exactly 0.
    spacings = np.diff(ordered, axis=0)
    return np.tensordot(-np.cumsum(weights)[:-1], spacings, axes=(0, 0)) * (2.0 / (n * (n - 1)))


def phi(y: ArrayLike) -> float | None:
    """Disparity exp(GMD(y)): two random labels' distances differ by this factor; at least 1.

    Several templates are averaged on the log scale, each within itself, so that templates
    which differ from each other do not count as labels that do.

    Shape: (n,) or (n, t) -> a number, ``None`` for fewer than two labels.
    """
    spread = np.mean(gmd(y))
    return None if np.isnan(spread) else float(np.exp(spread))


def tail(y: ArrayLike, share: float = 0.99) -> float | None:
    """T99 = exp(q99(y) - q50(y)): how far beyond the median the worst 1 % goes; at least 1.

    Several templates are averaged on the log scale, each within itself, as for :func:`phi`. The
    quantile is the median-unbiased one (Hyndman and Fan 1996, number 8): the common one is biased
    towards the middle, by a tenth of a standard deviation at 300 labels.

    Shape: (n,) or (n, t) -> a number, ``None`` for no labels.
    """
    values = np.asarray(y, dtype=np.float64)
    if len(values) == 0:
        return None
    reach = np.quantile(values, share, axis=0, method="median_unbiased") - np.median(values, axis=0)
    return float(np.exp(np.mean(reach)))


def mad(x: ArrayLike, axis: int = 0) -> Float:
    """1.4826 times the median absolute deviation from the median; can be 0.

    Shape: (n, ...) -> (...), along ``axis``.
    """
    values = np.asarray(x, dtype=np.float64)
    gap = np.abs(values - np.median(values, axis=axis, keepdims=True))
    return np.asarray(MAD_TO_SD * np.median(gap, axis=axis))


def robust_scale(x: ArrayLike, floor: float = SMALLEST_SCALE) -> Float:
    """max(MAD, GMD sqrt(pi) / 2, floor): positive even where rounding makes the MAD 0.

    Shape: (n, ...) -> (...).
    """
    spread = np.nan_to_num(gmd(x) * GMD_TO_SD, nan=0.0)
    return np.maximum(np.maximum(mad(x), spread), floor)


def log_mad_z(y: ArrayLike, floor: float = SMALLEST_SCALE) -> Float:
    """(y - median) / robust scale within each template; positive: farther apart than usual.

    Shape: (n,) or (n, t) -> the same, finite.
    """
    values = np.asarray(y, dtype=np.float64)
    return (values - np.median(values, axis=0)) / robust_scale(values, floor)
