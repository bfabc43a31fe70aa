"""Cells that their own label and their own template do not explain: leave one template out.

For each template the log-distances are predicted from the same labels' log-distances in the other
templates; what a cell has beyond its prediction is its own. An odd word is odd everywhere and so
expected; a memorised pair is odd once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.dispersion import log_mad_z, mad, robust_scale
from evenband.stats.regression import TOLERANCE, fit_huber
from evenband.stats.student import fit_student
from evenband.stats.tails import adjust

Float = NDArray[np.float64]

ENOUGH = 200
"""Labels below which nothing is certified."""

FEWEST_TEMPLATES = 3
LABELS_PER_COLUMN = 10
"""Covariates are left out where there are fewer labels than this for each column of a regression."""

CAPPED = 3.0
"""Residuals of the other templates count at most so much in a label's scale."""

COARSE = 1e-3
"""Tolerance of a regression that starts from a solution."""

REMARKABLE = 2.0
"""Residuals below it are never discoveries at any level of use."""

NARROWEST = 0.3
"""A cell's scale is at least this share of its template's."""

BODY = (0.02, 0.995)
"""Quantiles of the residuals that the null is fitted to; a dozen memorised cells are a thousandth of them."""


@dataclass(frozen=True)
class Detection:
    """Every cell against what its row and its column lead one to expect.

    Attributes:
        expected: (n, t) prediction of the table.
        scale: (n, t) standard deviation of a residual, by cell.
        z: (n, t) studentised residual; positive: farther apart than expected.
        p: (n, t) upper-tail probability under the fitted t; NaN where nothing could be fitted.
        q: (n, t) Benjamini-Hochberg adjusted over all cells; NaN likewise.
        rank: (n, t) residual of the roots over its template's robust scale, to order cells by.
        coefficients: (t, k) of the regressions, to start the next ones from.
        covariates: how many columns of covariates were used.
    """

    expected: Float
    scale: Float
    z: Float
    p: Float
    q: Float
    rank: Float
    coefficients: Float
    covariates: int


def detect(y: ArrayLike, covariates: ArrayLike | None = None, roots: ArrayLike | None = None) -> Detection:
    """Leave-one-template-out detector on a table to which labels and templates add.

    Each template is Huber-regressed on the others and the covariates; residuals are studentised by
    median and MAD, then by a scale that grows with how badly the other templates predict the same
    label; p-values come from a t distribution fitted to the residuals' body.

    Shape: (n, t) with t at least 3, (n, c), (n, t).

    Args:
        y: log-distances, or differences between two models.
        covariates: what else is known of each label, such as token counts or the log distances of
            the label's texts to other labels' texts; standardised here.
        roots: sqrt(d), whose residuals order memorised cells better than those of log d, although
            they certify worse; y if not given.

    Raises:
        InputError: if there are fewer than three templates, or covariates of other labels.
    """
    table = np.asarray(y, dtype=np.float64)
    extra = standardise(table, covariates)
    coefficients, expected = _predict(table, extra)
    residual = table - expected
    z, scale = _studentise(residual, expected)
    p = _p_values(z, mad(residual) > 0)
    if roots is not None:
        other = np.asarray(roots, dtype=np.float64)
        residual = other - _predict(other, extra)[1]
    return Detection(expected, scale, z, p, adjust(p), log_mad_z(residual), coefficients, extra.shape[1])


def detect_again(table: Float, extra: Float, start: Detection, level: float) -> NDArray[np.bool_]:
    """Which cells are discoveries, in a table that differs in a few cells from the one of ``start``.

    Shape: (n, t), (n, c) as :func:`standardise` returns them -> (n, t).
    """
    expected = _predict(table, extra, start.coefficients, COARSE)[1]
    residual = table - expected
    p = _p_values(_studentise(residual, expected)[0], mad(residual) > 0, least=REMARKABLE)
    return np.asarray(adjust(p) <= level)


def standardise(table: Float, covariates: ArrayLike | None) -> Float:
    """Covariates with mean 0 and standard deviation 1, constant ones left out.

    Shape: (n, t), (n, c) or none -> (n, up to c), or (n, 0) where there are too few labels for them.

    Raises:
        InputError: if there are fewer than three templates, or covariates of other labels.
    """
    if table.ndim != 2 or table.shape[1] < FEWEST_TEMPLATES:
        raise InputError(
            f"detector: got a table of shape {table.shape}, expected (n, t) with t >= {FEWEST_TEMPLATES}"
        )
    n, t = table.shape
    if covariates is None:
        return np.empty((n, 0))
    extra = np.asarray(covariates, dtype=np.float64).reshape(len(np.asarray(covariates)), -1)
    if len(extra) != n:
        raise InputError(f"detector: got covariates of {len(extra)} labels, expected {n}")
    if not np.isfinite(extra).all():
        raise InputError("detector: got a covariate that is not a finite number, expected finite ones")
    spread = extra.std(axis=0)
    extra = ((extra - extra.mean(axis=0)) / np.where(spread > 0, spread, 1.0))[:, spread > 0]
    return extra if n >= LABELS_PER_COLUMN * (t + extra.shape[1]) else np.empty((n, 0))


def _predict(
    table: Float, extra: Float, start: Float | None = None, tolerance: float = TOLERANCE
) -> tuple[Float, Float]:
    """Coefficients (t, t + c) and predictions (n, t) of each column from the others and the extras."""
    n, t = table.shape
    rows, expected = [], np.empty_like(table)
    middle = np.median(table, axis=0)
    design = np.concatenate([np.ones((n, 1)), table - middle, extra], axis=1)
    for j in range(t):
        x = np.delete(design, j + 1, axis=1)
        rows.append(fit_huber(x, table[:, j], None if start is None else start[j], tolerance))
        expected[:, j] = x @ rows[-1]
    return np.array(rows), expected


def _studentise(residual: Float, expected: Float) -> tuple[Float, Float]:
    """Residuals over their scale, and the scale. Shape: (n, t) -> (n, t), (n, t)."""
    width = robust_scale(residual)
    z = (residual - np.median(residual, axis=0)) / width
    shape = _shape(z, expected)
    z = z / shape
    level = np.median(z, axis=0)
    again = robust_scale(z)
    return (z - level) / again, width * shape * again


def _shape(z: Float, expected: Float) -> Float:
    """Scale of |z| in each cell, relative to its template's, from the other templates' and the prediction.

    Least squares of min(|z|, 3) on the label's mean elsewhere and on the expected value and its square.
    """
    n, t = z.shape
    size = np.minimum(np.abs(z), CAPPED)
    elsewhere = (size.sum(axis=1, keepdims=True) - size) / (t - 1)
    shape = np.ones_like(z)
    for j in range(t):
        height = expected[:, j] - expected[:, j].mean()
        height = height / max(float(height.std()), 1e-12)
        x = np.column_stack([np.ones(n), elsewhere[:, j] - elsewhere[:, j].mean(), height, height**2])
        mean = float(size[:, j].mean())
        if mean > 0:
            fitted = x @ np.linalg.lstsq(x, size[:, j], rcond=None)[0]
            shape[:, j] = np.maximum(fitted / mean, NARROWEST)
    return shape


def _p_values(z: Float, wide: NDArray[np.bool_], least: float = -np.inf) -> Float:
    """Upper-tail p under one t for all templates; NaN for few labels or a template without width.

    Residuals below ``least`` get 1: they are no discoveries, and their p takes time.
    """
    p = np.full(z.shape, np.nan)
    fit = fit_student(z[:, wide], BODY) if len(z) >= ENOUGH and wide.any() else None
    if fit is not None:
        p[:, wide] = 1.0
        far = wide & (z >= least)
        p[far] = fit.sf(z[far])
    return p
