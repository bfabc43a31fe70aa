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
from evenband.stats.dispersion import log_mad_z, mad
from evenband.stats.leave_one_out import predict
from evenband.stats.multiple_testing import adjust
from evenband.stats.prediction_error import LARGEST_NORMAL_SHARE, UNCOUNTED_SHARE, normal_shares
from evenband.stats.student import fit_student
from evenband.stats.studentised import studentise

Float = NDArray[np.float64]

FEWEST_LABELS_TO_CERTIFY = 200
"""Number of labels below which no cell is certified: the null's tail could not be fitted."""

FEWEST_TEMPLATES = 3
"""Number of templates that the detector needs, so that each is predicted from two others or more."""

LABELS_PER_COLUMN = 10
"""Number of labels that each column of a regression needs; with fewer the covariates are left out."""

RESTART_TOLERANCE = 1e-2
"""Tolerance of a regression that starts from the solution of nearly the same table.

Predictions are then within .002 standard deviations of the exact ones (10,153 x 8, a dozen cells planted).
"""

SMALLEST_DISCOVERED_Z = 3.0
"""Studentised residual below which no cell is a discovery, unless about one cell in a hundred is."""

RESIDUAL_BODY = (0.002, 0.995)
"""Quantiles of the residuals between which the null is fitted.

A dozen memorised cells in a table of 1,500 x 8 are a thousandth of the residuals. Nothing of interest lies
at the lower end, which shows how heavy the tails are; only a few pairs with nearly no distance are left out.
"""

RESIDUAL_PRIOR = 2.0
"""Power of the prior on the null's degrees of freedom: of two that fit alike the heavier counts more."""


@dataclass(frozen=True)
class Detection:
    """Every cell compared with what its row and its column predict, for n labels and t templates.

    Attributes:
        expected: (n, t) prediction of each cell.
        scale: (n, t) standard deviation of each cell's residual.
        z: (n, t) studentised residual; positive: farther apart than expected.
        p: (n, t) upper-tail probability under the fitted t; NaN where nothing could be fitted.
        q: (n, t) Benjamini-Hochberg adjusted p over all cells, by the labels' prior weights; NaN likewise.
        rank: (n, t) value to order the cells by: residual of the roots over its template's robust scale.
        coefficients: (t, k) of the regressions; a similar table can start from them.
        covariates: number of columns of covariates that were used.
        weights: (n,) prior weights of the labels in the adjustment; ``None`` where all count alike.
    """

    expected: Float
    scale: Float
    z: Float
    p: Float
    q: Float
    rank: Float
    coefficients: Float
    covariates: int
    weights: Float | None = None


def detect(
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    roots: ArrayLike | None = None,
    before: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Detection:
    """Detect the cells of a table that lie farther out than the rest of their row and column predicts.

    Each template is Huber-regressed on the others, their outlying cells pulled in, and on the covariates.
    Residuals are studentised by median and MAD, then by a scale that grows with how badly the other templates
    predict the same label. A residual is the cell's own noise less the error of its prediction, a sum over
    several templates. The p-values come from a t for the own noise, plus a normal error of known size,
    fitted to the residuals' body.

    Shape: (n, t) with t at least 3, (n, c) or none, (n, t) or none, (n, t) or none, (n,) or none.

    Args:
        y: log-distances, or differences between two models; effects of labels and templates add up.
        covariates: what else describes each label, such as token counts or the log distances of
            the label's texts to other labels' texts; standardised here.
        roots: sqrt(d), whose residuals order memorised cells better than those of log d, although
            they certify worse; y if not given.
        before: values that y is the change of. Where there are labels enough for as many columns, they
            are covariates as well, the error of the prediction counts for more, and a cell's scale depends
            on where it is expected to end, not on how far it is expected to move.
        weights: prior weights: how likely each label is to hold a discovery, above 0 and chosen without y;
            alike if not given. Labels of one weight are a group, and each group has a width of its own.

    Raises:
        InputError: if there are fewer than three templates, not n rows of finite covariates, or not n
            weights above 0.
    """
    table = np.asarray(y, dtype=np.float64)
    extra, start = _covariates(table, covariates, before)
    coefficients, expected = predict(table, extra)
    residual = table - expected
    prior = _prior_weights(table, weights)
    z, scale = studentise(residual, expected if start is None else expected + start, prior)
    p = _p_values(z, residual, coefficients, 0.0 if start is None else UNCOUNTED_SHARE)
    if roots is not None:
        root_table = np.asarray(roots, dtype=np.float64)
        residual = root_table - predict(root_table, extra)[1]
    q, rank = _adjust(p, prior), log_mad_z(residual)
    return Detection(expected, scale, z, p, q, rank, coefficients, extra.shape[1], prior)


def detect_again(table: Float, extra: Float, start: Detection, level: float) -> NDArray[np.bool_]:
    """Return which cells are discoveries in a table that differs in a few cells from an earlier one.

    Shape: (n, t), (n, c) -> (n, t).

    Args:
        table: log-distances.
        extra: covariates as :func:`standardise` returns them.
        start: detection of the earlier table with the same covariates, whose weights count here as well.
        level: false discovery rate, in (0, 1).
    """
    coefficients, expected = predict(table, extra, start.coefficients, RESTART_TOLERANCE)
    residual = table - expected
    z = studentise(residual, expected, start.weights)[0]
    p = _p_values(z, residual, coefficients, smallest_z=SMALLEST_DISCOVERED_Z)
    return np.asarray(_adjust(p, start.weights) <= level)


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


def _covariates(
    table: Float, covariates: ArrayLike | None, before: ArrayLike | None
) -> tuple[Float, Float | None]:
    """Return the standardised covariates, the values before the change last, and these values if they fit.

    Shape: (n, t), (n, c) or none, (n, t) or none -> (n, k), (n, t) or none.
    """
    if before is None:
        return standardise(table, covariates), None
    start = np.asarray(before, dtype=np.float64)
    given = np.empty((len(table), 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    joined = standardise(table, np.column_stack([given, start])) if len(given) == len(start) else None
    if joined is None or joined.shape[1] == 0 or not (start.std(axis=0) > 0).all():
        return standardise(table, covariates), None
    return joined, start


def _prior_weights(table: Float, weights: ArrayLike | None) -> Float | None:
    """Return the labels' weights, checked. Shape: (n, t), (n,) or none -> (n,) or none.

    Raises:
        InputError: if there are not n weights above 0.
    """
    if weights is None:
        return None
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (len(table),) or not (np.isfinite(given) & (given > 0)).all():
        raise InputError(f"detector: got weights of shape {given.shape}, expected {len(table)} above 0")
    return given


def _adjust(p: Float, weights: Float | None) -> Float:
    """Adjust p-values by the weights of their labels. Shape: (n, t), (n,) or none -> (n, t)."""
    return adjust(p, None if weights is None else weights[:, None])


def _p_values(
    z: Float,
    residual: Float,
    coefficients: Float,
    uncounted: float = 0.0,
    smallest_z: float = -np.inf,
) -> Float:
    """Return upper-tail probabilities under one null for all templates.

    Residuals below ``smallest_z`` get 1: they are no discoveries, and their probability takes time.

    Shape: (n, t), (n, t), (t, k) -> (n, t), NaN for too few labels and for a template without width.

    Args:
        z: studentised residuals.
        residual: of the regressions.
        coefficients: of the regressions.
        uncounted: share of the prediction's error that the predictors' noise does not explain.
        smallest_z: residual from which probabilities are computed.
    """
    p = np.full(z.shape, np.nan)
    wide = mad(residual) > 0
    if len(z) < FEWEST_LABELS_TO_CERTIFY or not wide.any():
        return p
    share = float(normal_shares(coefficients, residual)[wide].mean()) + uncounted
    fit = fit_student(z[:, wide], RESIDUAL_BODY, min(share, LARGEST_NORMAL_SHARE), RESIDUAL_PRIOR)
    if fit is not None:
        p[:, wide] = 1.0
        candidates = wide & (z >= smallest_z)
        p[candidates] = fit.sf(z[candidates])
    return p
