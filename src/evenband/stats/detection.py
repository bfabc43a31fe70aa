"""Detection of cells that neither their label nor their template explains.

A cell is one label in one template. Each template's log-distances are predicted from the same labels'
log-distances in the other templates; the residual is what the cell has of its own. An odd word is odd in
every template, and so expected; a memorised pair is odd in one. So that a memorised pair does not spoil what
is expected of its label in the other templates, outlying cells are pulled in before they predict others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.dispersion import log_mad_z, mad, robust_scale
from evenband.stats.multiple_testing import adjust
from evenband.stats.regression import STEP_TOLERANCE, fit_huber
from evenband.stats.student import fit_student
from evenband.stats.studentised import studentise

Float = NDArray[np.float64]

FEWEST_LABELS_TO_CERTIFY = 200
"""Number of labels below which no cell is certified: the null's tail could not be fitted."""

FEWEST_TEMPLATES = 3
"""Number of templates that the detector needs, so that each is predicted from two others or more."""

LABELS_PER_COLUMN = 10
"""Number of labels that each column of a regression needs; with fewer the covariates are left out."""

RESTART_TOLERANCE = 1e-3
"""Tolerance of a regression that starts from the solution of nearly the same table."""

LARGEST_PREDICTING_RESIDUAL = 1.5
"""Robust standard deviations beyond which a cell is pulled in towards its expectation before it predicts."""

PULLS = 2
"""Number of times that outlying cells are pulled in, each time towards what the others then predict."""

SMALLEST_REMARKABLE_Z = 2.0
"""Studentised residual below which no cell is a discovery at any error rate in use."""

RESIDUAL_BODY = (0.002, 0.995)
"""Quantiles of the residuals between which the null is fitted.

A dozen memorised cells in a table of 1,500 x 8 are a thousandth of the residuals. Nothing of interest lies
at the lower end, which shows how heavy the tails are; only a few pairs with nearly no distance are left out.
"""

RESIDUAL_PRIOR = 2.0
"""Power of the prior on the null's degrees of freedom: of two that fit alike the heavier counts more."""

LARGEST_NORMAL_SHARE = 0.6
"""Largest share of a residual's squared width that counts as its prediction's error."""


@dataclass(frozen=True)
class Detection:
    """Every cell compared with what its row and its column predict, for n labels and t templates.

    Attributes:
        expected: (n, t) prediction of each cell.
        scale: (n, t) standard deviation of each cell's residual.
        z: (n, t) studentised residual; positive: farther apart than expected.
        p: (n, t) upper-tail probability under the fitted t; NaN where nothing could be fitted.
        q: (n, t) Benjamini-Hochberg adjusted p over all cells; NaN likewise.
        rank: (n, t) value to order the cells by: residual of the roots over its template's robust scale.
        coefficients: (t, k) of the regressions; a similar table can start from them.
        covariates: number of columns of covariates that were used.
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
    """Detect the cells of a table that lie farther out than the rest of their row and column predicts.

    Each template is Huber-regressed on the others, their outlying cells pulled in, and on the covariates.
    Residuals are studentised by median and MAD, then by a scale that grows with how badly the other templates
    predict the same label. A residual is the cell's own noise less the error of its prediction, a sum over
    several templates. The p-values come from a t for the own noise, plus a normal error of known size,
    fitted to the residuals' body.

    Shape: (n, t) with t at least 3, (n, c) or none, (n, t) or none.

    Args:
        y: log-distances, or differences between two models; effects of labels and templates add up.
        covariates: what else describes each label, such as token counts or the log distances of
            the label's texts to other labels' texts; standardised here.
        roots: sqrt(d), whose residuals order memorised cells better than those of log d, although
            they certify worse; y if not given.

    Raises:
        InputError: if there are fewer than three templates, or not n rows of finite covariates.
    """
    table = np.asarray(y, dtype=np.float64)
    extra = standardise(table, covariates)
    coefficients, expected = _predict(table, extra)
    residual = table - expected
    z, scale = studentise(residual, expected)
    p = _p_values(z, residual, coefficients)
    if roots is not None:
        root_table = np.asarray(roots, dtype=np.float64)
        residual = root_table - _predict(root_table, extra)[1]
    return Detection(expected, scale, z, p, adjust(p), log_mad_z(residual), coefficients, extra.shape[1])


def detect_again(table: Float, extra: Float, start: Detection, level: float) -> NDArray[np.bool_]:
    """Return which cells are discoveries in a table that differs in a few cells from an earlier one.

    Shape: (n, t), (n, c) -> (n, t).

    Args:
        table: log-distances.
        extra: covariates as :func:`standardise` returns them.
        start: detection of the earlier table with the same covariates.
        level: false discovery rate, in (0, 1).
    """
    coefficients, expected = _predict(table, extra, start.coefficients, RESTART_TOLERANCE)
    residual = table - expected
    z = studentise(residual, expected)[0]
    p = _p_values(z, residual, coefficients, SMALLEST_REMARKABLE_Z)
    return np.asarray(adjust(p) <= level)


def standardise(table: Float, covariates: ArrayLike | None) -> Float:
    """Scale the covariates of a table to mean 0 and standard deviation 1, without the constant ones.

    Shape: (n, t), (n, c) or none -> (n, up to c), or (n, 0) where there are too few labels for them.

    Raises:
        InputError: if there are fewer than three templates, or not n rows of finite covariates.
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
    table: Float, extra: Float, start: Float | None = None, tolerance: float = STEP_TOLERANCE
) -> tuple[Float, Float]:
    """Regress each column on the other columns, with outlying cells pulled in, and the extra covariates.

    A cell far out in one template raises what is expected of its label in the others, whose residuals then
    look wide, and so hide the cell itself. So each regression is repeated with predictors that lie within
    ``LARGEST_PREDICTING_RESIDUAL`` of their own expectation.

    Shape: (n, t), (n, c), (t, t + c) or none -> coefficients (t, t + c), predictions (n, t).
    """
    known, predictors = start, table
    for _ in range(PULLS):
        columns = _columns(predictors, extra)
        # The coefficients of a similar table tell well enough which cells to pull in.
        known = _regress(columns, table, known, tolerance) if start is None else start
        expected = _apply(columns, known)
        residual = table - expected
        predictors = expected + _pull_in(residual)
    columns = _columns(predictors, extra)
    coefficients = _regress(columns, table, known, tolerance)
    return coefficients, _apply(columns, coefficients)


def _pull_in(residual: Float) -> Float:
    """Clip each template's residuals to what may predict others. Shape: (n, t) -> (n, t)."""
    middle = np.median(residual, axis=0)
    reach = LARGEST_PREDICTING_RESIDUAL * robust_scale(residual)
    return np.clip(residual, middle - reach, middle + reach)


def _normal_shares(coefficients: Float, residual: Float) -> Float:
    """Return the shares of the residuals' squared widths that the errors of their predictors cause.

    The prediction of a cell adds up its predictors' own noise, each times its coefficient. That sum is nearly
    normal, since none of the predictors is far out, whatever the tail of a cell's own noise.

    Shape: (t, k), (n, t) -> (t,), in [0, LARGEST_NORMAL_SHARE].
    """
    t = residual.shape[1]
    variance = _pull_in(residual).var(axis=0)
    errors = [weights[1:t] ** 2 @ np.delete(variance, j) for j, weights in enumerate(coefficients)]
    return np.minimum(np.array(errors) / robust_scale(residual) ** 2, LARGEST_NORMAL_SHARE)


def _columns(predictors: Float, extra: Float) -> list[Float]:
    """Return for each template a constant, the other templates about their medians, and the covariates.

    Shape: (n, t), (n, c) -> t tables of (n, t + c).
    """
    middle = np.median(predictors, axis=0)
    design = np.concatenate([np.ones((len(predictors), 1)), predictors - middle, extra], axis=1)
    return [np.delete(design, j + 1, axis=1) for j in range(predictors.shape[1])]


def _regress(columns: list[Float], table: Float, start: Float | None, tolerance: float) -> Float:
    """Regress each template on its columns, and return the coefficients.

    Shape: t tables of (n, k), (n, t), (t, k) or none -> (t, k).
    """
    starts = [None] * len(columns) if start is None else list(start)
    return np.array(
        [fit_huber(x, table[:, j], starts[j], tolerance) for j, x in enumerate(columns)], dtype=np.float64
    )


def _apply(columns: list[Float], coefficients: Float) -> Float:
    """Return the predictions of each template. Shape: t tables of (n, k), (t, k) -> (n, t)."""
    return np.stack([x @ row for x, row in zip(columns, coefficients, strict=True)], axis=1)


def _p_values(z: Float, residual: Float, coefficients: Float, smallest_z: float = -np.inf) -> Float:
    """Return upper-tail probabilities under one null for all templates.

    Residuals below ``smallest_z`` get 1: they are no discoveries, and their probability takes time.

    Shape: (n, t), (n, t), (t, k) -> (n, t), NaN for too few labels and for a template without width.
    """
    p = np.full(z.shape, np.nan)
    wide = mad(residual) > 0
    if len(z) < FEWEST_LABELS_TO_CERTIFY or not wide.any():
        return p
    share = float(_normal_shares(coefficients, residual)[wide].mean())
    fit = fit_student(z[:, wide], RESIDUAL_BODY, share, RESIDUAL_PRIOR)
    if fit is not None:
        p[:, wide] = 1.0
        candidates = wide & (z >= smallest_z)
        p[candidates] = fit.sf(z[candidates])
    return p
