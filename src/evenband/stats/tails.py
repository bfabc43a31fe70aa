"""Outlier p-values from one template alone: a fitted heavy tail, and control of the false discovery rate.

A raw z-score calls the tail of every skewed sample outliers. Here a cell is an outlier only if it lies
too far out for a heavy tail that is fitted to the other cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.stats.dispersion import SMALLEST_SCALE, mad
from evenband.stats.student import fit_student

Float = NDArray[np.float64]
Null: TypeAlias = Literal["pareto", "student"]

FEWEST_LABELS_FOR_TAIL = 200
"""Number of labels below which no tail is fitted."""

TAIL_QUANTILE = 0.90
"""Quantile above which the generalised Pareto tail is fitted."""

CENSORING_QUANTILE = 0.995
"""Quantile beyond which the fit ignores how far out a value lies, so outliers do not stretch the tail."""

SHAPE_PRIOR_SD = 0.25
"""Standard deviation of the normal prior on the generalised Pareto shape xi."""

SMALLEST_STRATUM = 50
"""Number of labels that a stratum needs for a median of its own; smaller ones are merged with neighbours."""


@dataclass(frozen=True)
class ParetoTail:
    """Posterior of a generalised Pareto tail above a threshold, on a grid of scales and shapes.

    Probabilities are averaged over the posterior. A single best fit would be too certain far beyond the
    sample, which is where outliers are.

    Attributes:
        threshold: value of y above which the tail holds.
        rate: share of the sample above the threshold, in (0, 1).
        scales: (g,) scale sigma of each grid point.
        shapes: (g,) shape xi of each grid point; above 0.
        weights: (g,) posterior probabilities; they add up to 1.
    """

    threshold: float
    rate: float
    scales: Float
    shapes: Float
    weights: Float

    @property
    def shape(self) -> float:
        """Posterior mean of the shape xi."""
        return float(self.weights @ self.shapes)

    @property
    def scale(self) -> float:
        """Posterior mean of the scale sigma."""
        return float(self.weights @ self.scales)

    def sf(self, y: ArrayLike) -> Float:
        """Return the probability of a value above y: the mean of rate (1 + xi e / sigma)^(-1/xi).

        e is the excess of y over the threshold; below the threshold it counts as 0.

        Shape: (n,) -> (n,), in (0, 1].
        """
        excess = np.maximum(np.asarray(y, dtype=np.float64) - self.threshold, 0.0)
        ratio = np.log1p(np.multiply.outer(excess, self.shapes / self.scales)) / self.shapes
        return self.rate * (np.exp(-ratio) @ self.weights)


def fit_pareto(y: ArrayLike) -> ParetoTail | None:
    """Fit a generalised Pareto tail above q90, right-censored at q99.5 so that outliers do not stretch it.

    The shape xi has a normal prior about 0, cut off below 0. A negative shape would mean a tail that ends,
    so that any value beyond the end is impossible, which a sample cannot prove. The scale's prior is
    flat in its logarithm.

    Shape: (n,) -> a tail; ``None`` for fewer than 200 values, or where the tail has no width.
    """
    values = np.asarray(y, dtype=np.float64)
    if values.size < FEWEST_LABELS_FOR_TAIL:
        return None
    threshold, censor = np.quantile(values, [TAIL_QUANTILE, CENSORING_QUANTILE])
    excess = values[values > threshold] - threshold
    limit = float(censor - threshold)
    if limit <= SMALLEST_SCALE or np.count_nonzero(excess < limit) < 2:
        return None
    inside = excess[excess < limit] / limit
    scales, shapes, weights = _posterior(inside, excess.size - inside.size)
    return ParetoTail(float(threshold), excess.size / values.size, scales * limit, shapes, weights)


def tail_p(y: ArrayLike, null: Null = "pareto") -> Float:
    """Return the probability of a value at least as large, under a heavy tail fitted to each template.

    Shape: (n,) or (n, t) -> the same, in (0, 1]; NaN where nothing could be fitted: fewer than
    200 labels, or a template without width (more than half of its scores rounded to one level).

    Args:
        y: log-distances.
        null: ``pareto``, a generalised Pareto tail above q90 and the empirical distribution below; or
            ``student``, a t distribution fitted between q02 and q99.
    """
    values = np.asarray(y, dtype=np.float64)
    columns = values.reshape(len(values), -1)
    column_p = _pareto_p if null == "pareto" else _student_p
    p = np.full(columns.shape, np.nan)
    for j in np.flatnonzero(mad(columns) > 0) if len(values) >= FEWEST_LABELS_FOR_TAIL else ():
        p[:, j] = column_p(columns[:, j])
    return p.reshape(values.shape)


def centre_by(y: ArrayLike, strata: ArrayLike) -> Float:
    """Shift each stratum's log-distances so that its median is the overall one, within each template.

    Neighbouring strata are merged until each has 50 labels. Otherwise the few labels at the ends of the
    range would be centred on themselves.

    Shape: (n,) or (n, t), (n,) -> as y.

    Args:
        y: log-distances.
        strata: ordered number of each label, such as its token count.
    """
    values = np.array(y, dtype=np.float64)
    groups = _merge_strata(np.asarray(strata))
    middle = np.median(values, axis=0)
    for group in range(int(groups.max(initial=-1)) + 1):
        members = groups == group
        values[members] += middle - np.median(values[members], axis=0)
    return values


def _merge_strata(strata: NDArray[np.generic]) -> NDArray[np.intp]:
    """Merge neighbouring strata into groups 0, 1, ... of 50 labels or more, as far as there are as many.

    Shape: (n,) -> (n,).
    """
    _, index, counts = np.unique(strata, return_inverse=True, return_counts=True)
    group = np.zeros(counts.size, dtype=np.intp)
    size = 0
    for k in range(1, counts.size):
        size += counts[k - 1]
        is_full = size >= SMALLEST_STRATUM and counts[k:].sum() >= SMALLEST_STRATUM
        group[k] = group[k - 1] + is_full
        size = 0 if is_full else size
    return group[index]


def _pareto_p(y: Float) -> Float:
    """Return p-values of one template under its Pareto tail, with ranks below the threshold."""
    tail = fit_pareto(y)
    if tail is None:
        return np.full(y.shape, np.nan)
    ordered = np.sort(y)
    p = (y.size - np.searchsorted(ordered, y, side="left")) / y.size
    above = y > tail.threshold
    p[above] = tail.sf(y[above])
    return np.asarray(p, dtype=np.float64)


def _student_p(y: Float) -> Float:
    """Return p-values of one template under the t distribution of its body."""
    fit = fit_student(y)
    return np.full(y.shape, np.nan) if fit is None else fit.sf(y)


def _posterior(inside: Float, censored: int) -> tuple[Float, Float, Float]:
    """Return the likely scales and shapes of a tail with their posterior weights.

    A coarse grid finds the likely region and a second, finer grid covers it.

    Shape: (m,) -> (g,) each.

    Args:
        inside: excesses below the censoring limit, in units of it.
        censored: number of excesses beyond it.
    """
    log_scales, shapes = np.linspace(-4.0, 3.0, 71), np.linspace(1e-4, 4 * SHAPE_PRIOR_SD, 21)
    for points in (41, 0):
        log_posterior = _log_posterior(inside, censored, log_scales, shapes)
        # Beyond a factor of exp(12) below the mode nothing adds to a probability.
        likely = log_posterior > log_posterior.max() - 12
        if points:
            log_scales = _around(log_scales, likely.any(axis=1), points)
            shapes = _around(shapes, likely.any(axis=0), points)
    weights = np.exp(log_posterior[likely] - log_posterior.max())
    scale, shape = np.meshgrid(np.exp(log_scales), shapes, indexing="ij")
    return scale[likely], shape[likely], weights / weights.sum()


def _around(axis: Float, likely: NDArray[np.bool_], points: int) -> Float:
    """Return a grid of points from one step before the first likely value to one step after the last."""
    first, last = np.flatnonzero(likely)[[0, -1]]
    return np.linspace(axis[max(first - 1, 0)], axis[min(last + 1, axis.size - 1)], points)


def _log_posterior(inside: Float, censored: int, log_scales: Float, shapes: Float) -> Float:
    """Return the logarithm of the posterior density at each scale and shape, up to a constant.

    Shape: (m,), -, (a,), (b,) -> (a, b).
    """
    rate = np.exp(-log_scales)[:, None] * shapes
    logs = np.array([[float(np.log1p(cell * inside).sum()) for cell in row] for row in rate])
    log_density = -inside.size * log_scales[:, None] - (1 + 1 / shapes) * logs
    return np.asarray(log_density - censored * np.log1p(rate) / shapes - 0.5 * (shapes / SHAPE_PRIOR_SD) ** 2)
