"""Measures of spread: log-distance, Gini mean difference, Phi, T99, robust scale, log-MAD z."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]

MAD_TO_SD = 1.4826
"""Factor from the median absolute deviation to the standard deviation of a normal distribution."""

GMD_TO_SD = math.sqrt(math.pi) / 2
"""Factor from the Gini mean difference to the standard deviation of a normal distribution."""

SMALLEST_SCALE = 1e-12
"""Scale below which a spread is only the rounding error of float64 log-distances."""


def log_distance(scores: ArrayLike, floor: float) -> Float:
    """Return the log-distance y = log(max(1 - s, floor)).

    Shape: any -> the same.

    Args:
        scores: similarities s, at most 1.
        floor: smallest distance that the measurement resolves; above 0.

    Raises:
        InputError: if the floor is not above 0, since log 0 does not exist.
    """
    if not floor > 0:
        raise InputError(f"floor of the log-distance: got {floor}, expected a number above 0, such as 1e-9")
    return np.log(np.maximum(1.0 - np.asarray(scores, dtype=np.float64), floor))


def gmd(x: ArrayLike, axis: int = 0) -> Float:
    """Return the Gini mean difference: the mean of |x_i - x_j| over all pairs.

    ``2 / (n (n - 1)) sum_k (2k - n - 1) x_(k)`` over the order statistics (David 1968).

    Shape: (n, ...) -> (...), along ``axis``; NaN for fewer than two numbers.
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
    """Return the disparity Phi = exp(GMD(y)): the factor by which two random labels' distances differ.

    GMD is the Gini mean difference. It is taken within each template and then averaged over templates,
    so that differences between templates do not count as differences between labels. Phi is at least 1.

    Shape: (n,) or (n, t) -> a number, ``None`` for fewer than two labels.
    """
    spread = np.mean(gmd(y))
    return None if np.isnan(spread) else float(np.exp(spread))


def tail(y: ArrayLike, share: float = 0.99) -> float | None:
    """Return T99 = exp(q99(y) - q50(y)): how many times the median distance the worst 1% exceeds.

    Several templates are averaged on the log scale, as for :func:`phi`. The quantile is the
    median-unbiased one (Hyndman and Fan 1996, number 8): the usual one is biased towards the middle, by a
    tenth of a standard deviation at 300 labels. T99 is at least 1.

    Shape: (n,) or (n, t) -> a number, ``None`` for no labels.

    Args:
        y: log-distances.
        share: quantile that stands for the tail, in (0.5, 1).
    """
    values = np.asarray(y, dtype=np.float64)
    if len(values) == 0:
        return None
    reach = np.quantile(values, share, axis=0, method="median_unbiased") - np.median(values, axis=0)
    return float(np.exp(np.mean(reach)))


def median_of(values: Float) -> float:
    """Return the median of a few numbers in one dimension: that of numpy, in a quarter of the time.

    Shape: (n,) with n at least 1 -> a number, NaN if one of them is.
    """
    middle, is_odd = divmod(values.size, 2)
    ordered = np.partition(values, (middle - 1 + is_odd, middle, values.size - 1))
    if np.isnan(ordered[-1]):
        return math.nan
    return float(ordered[middle] if is_odd else (ordered[middle - 1] + ordered[middle]) / 2)


def mad(x: ArrayLike, axis: int = 0) -> Float:
    """Return 1.4826 times the median absolute deviation from the median; it can be 0.

    Shape: (n, ...) -> (...), along ``axis``.
    """
    values = np.asarray(x, dtype=np.float64)
    deviation = np.abs(values - np.median(values, axis=axis, keepdims=True))
    return np.asarray(MAD_TO_SD * np.median(deviation, axis=axis))


def robust_scale(x: ArrayLike, floor: float = SMALLEST_SCALE) -> Float:
    """Return max(MAD, GMD sqrt(pi) / 2, floor), which is positive even where rounding makes the MAD 0.

    Shape: (n, ...) -> (...).
    """
    spread = np.nan_to_num(gmd(x) * GMD_TO_SD, nan=0.0)
    return np.maximum(np.maximum(mad(x), spread), floor)


def log_mad_z(
    y: ArrayLike, floor: float = SMALLEST_SCALE, usual: NDArray[np.intp] | list[int] | None = None
) -> Float:
    """Return (y - median) / robust scale within each template; positive: farther apart than usual.

    Shape: (n,) or (n, t) -> the same, finite.

    Args:
        y: log-distances.
        floor: smallest scale.
        usual: rows that median and scale are taken from; all if not given.
    """
    values = np.asarray(y, dtype=np.float64)
    body = values if usual is None else values[usual]
    return (values - np.median(body, axis=0)) / robust_scale(body, floor)
