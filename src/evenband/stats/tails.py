"""Outlier p-values from one template alone: a fitted heavy tail, and the false discovery rate.

A raw z-score calls a skewed band's own tail outliers. Here a cell is called one only if it is
too far for the tail that the other cells draw.
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

ENOUGH = 200
"""Labels below which no tail is fitted."""

THRESHOLD = 0.90
CENSORED = 0.995
PRIOR_SD = 0.25
"""Standard deviation of the normal prior on the generalised Pareto shape xi."""

SMALLEST_STRATUM = 50


@dataclass(frozen=True)
class ParetoTail:
    """Generalised Pareto tail above a threshold, as its posterior: scales and shapes with their weights.

    Probabilities are posterior predictive, averaged over what the sample leaves open. A single best
    fit would be too sure of itself just where outliers are: far beyond the sample.

    Shape: ``scales``, ``shapes`` and ``weights`` are (g,); the weights add up to 1.
    """

    threshold: float
    rate: float
    scales: Float
    shapes: Float
    weights: Float

    @property
    def shape(self) -> float:
        """Posterior mean of xi."""
        return float(self.weights @ self.shapes)

    @property
    def scale(self) -> float:
        """Posterior mean of sigma."""
        return float(self.weights @ self.scales)

    def sf(self, y: ArrayLike) -> Float:
        """Upper-tail probability from the threshold on: the mean of rate (1 + xi e / sigma)^(-1/xi).

        Shape: (n,) -> (n,), in (0, 1].
        """
        excess = np.maximum(np.asarray(y, dtype=np.float64) - self.threshold, 0.0)
        ratio = np.log1p(np.multiply.outer(excess, self.shapes / self.scales)) / self.shapes
        return self.rate * (np.exp(-ratio) @ self.weights)


def fit_pareto(y: ArrayLike) -> ParetoTail | None:
    """Tail above q90, right-censored at q99.5 so that outliers do not stretch it.

    The shape xi has a normal prior about 0 cut off below 0: a tail that ends would call whatever
    lies beyond its end impossible, and a band's farthest labels are no such proof. The scale's
    prior is flat in its logarithm.

    Shape: (n,) -> a tail, ``None`` for fewer than 200 values or none with width.
    """
    values = np.asarray(y, dtype=np.float64)
    if values.size < ENOUGH:
        return None
    threshold, censor = np.quantile(values, [THRESHOLD, CENSORED])
    excess = values[values > threshold] - threshold
    limit = float(censor - threshold)
    if limit <= SMALLEST_SCALE or np.count_nonzero(excess < limit) < 2:
        return None
    inside = excess[excess < limit] / limit
    scales, shapes, weights = _posterior(inside, excess.size - inside.size)
    return ParetoTail(float(threshold), excess.size / values.size, scales * limit, shapes, weights)


def tail_p(y: ArrayLike, null: Null = "pareto") -> Float:
    """Probability of a value at least as large, under a heavy tail fitted to each template.

    ``pareto`` is empirical below its threshold; ``student`` is the t distribution of the body, q02 to q99.

    Shape: (n,) or (n, t) -> the same, in (0, 1], NaN where nothing could be fitted: fewer than
    200 labels, or a band without width (more than half the scores rounded to one level).
    """
    values = np.asarray(y, dtype=np.float64)
    columns = values.reshape(len(values), -1)
    one = _pareto_p if null == "pareto" else _student_p
    p = np.full(columns.shape, np.nan)
    for j in np.flatnonzero(mad(columns) > 0) if len(values) >= ENOUGH else ():
        p[:, j] = one(columns[:, j])
    return p.reshape(values.shape)


def adjust(p: ArrayLike) -> Float:
    """Benjamini-Hochberg adjusted p-values over all cells that have one; NaN elsewhere.

    Shape: any -> the same.
    """
    from scipy.stats import false_discovery_control

    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    known = ~np.isnan(values)
    if known.any():
        adjusted[known] = false_discovery_control(values[known])
    return adjusted


def centre_by(y: ArrayLike, strata: ArrayLike) -> Float:
    """Log-distances with each stratum's median moved to the overall median, within each template.

    Strata are ordered numbers, such as token counts: neighbours are merged until a stratum has 50
    labels, so that the sparse ends of the range do not explain themselves away.

    Shape: (n,) or (n, t), (n,) -> as y.
    """
    values = np.array(y, dtype=np.float64)
    groups = _merged(np.asarray(strata))
    middle = np.median(values, axis=0)
    for group in range(int(groups.max(initial=-1)) + 1):
        members = groups == group
        values[members] += middle - np.median(values[members], axis=0)
    return values


def _merged(strata: NDArray[np.generic]) -> NDArray[np.intp]:
    _, index, counts = np.unique(strata, return_inverse=True, return_counts=True)
    group = np.zeros(counts.size, dtype=np.intp)
    size = 0
    for k in range(1, counts.size):
        size += counts[k - 1]
        full = size >= SMALLEST_STRATUM and counts[k:].sum() >= SMALLEST_STRATUM
        group[k] = group[k - 1] + full
        size = 0 if full else size
    return group[index]


def _pareto_p(y: Float) -> Float:
    tail = fit_pareto(y)
    if tail is None:
        return np.full(y.shape, np.nan)
    ordered = np.sort(y)
    p = (y.size - np.searchsorted(ordered, y, side="left")) / y.size
    above = y > tail.threshold
    p[above] = tail.sf(y[above])
    return np.asarray(p, dtype=np.float64)


def _student_p(y: Float) -> Float:
    fit = fit_student(y)
    return np.full(y.shape, np.nan) if fit is None else fit.sf(y)


def _posterior(inside: Float, censored: int) -> tuple[Float, Float, Float]:
    """Grid over scale and shape of excesses in units of the censoring limit; some lie beyond it.

    The second grid covers what the first found likely.
    """
    log_scales, shapes = np.linspace(-4.0, 3.0, 71), np.linspace(1e-4, 4 * PRIOR_SD, 21)
    for points in (41, 0):
        log_posterior = _log_posterior(inside, censored, log_scales, shapes)
        likely = log_posterior > log_posterior.max() - 12
        if points:
            log_scales = _around(log_scales, likely.any(axis=1), points)
            shapes = _around(shapes, likely.any(axis=0), points)
    weights = np.exp(log_posterior[likely] - log_posterior.max())
    scale, shape = np.meshgrid(np.exp(log_scales), shapes, indexing="ij")
    return scale[likely], shape[likely], weights / weights.sum()


def _around(axis: Float, likely: NDArray[np.bool_], points: int) -> Float:
    first, last = np.flatnonzero(likely)[[0, -1]]
    return np.linspace(axis[max(first - 1, 0)], axis[min(last + 1, axis.size - 1)], points)


def _log_posterior(inside: Float, censored: int, log_scales: Float, shapes: Float) -> Float:
    """Shape: (m,), -, (a,), (b,) -> (a, b)."""
    rate = np.exp(-log_scales)[:, None] * shapes
    logs = np.array([[float(np.log1p(cell * inside).sum()) for cell in row] for row in rate])
    log_density = -inside.size * log_scales[:, None] - (1 + 1 / shapes) * logs
    return np.asarray(log_density - censored * np.log1p(rate) / shapes - 0.5 * (shapes / PRIOR_SD) ** 2)
