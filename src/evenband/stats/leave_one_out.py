"""Prediction of each template's values from the same labels' values in the other templates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.stats.dispersion import robust_scale
from evenband.stats.regression import STEP_TOLERANCE, fit_huber

Float = NDArray[np.float64]

LARGEST_PREDICTING_RESIDUAL = 1.5
"""Robust standard deviations beyond which a cell is pulled in towards its expectation before it predicts."""

PULLS = 2
"""Number of times that outlying cells are pulled in, each time towards what the others then predict."""


def predict(
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
        predictors = expected + pull_in(residual)
    columns = _columns(predictors, extra)
    coefficients = _regress(columns, table, known, tolerance)
    return coefficients, _apply(columns, coefficients)


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


def pull_in(residual: Float) -> Float:
    """Clip each template's residuals to what may predict others. Shape: (n, t) -> (n, t)."""
    middle = np.median(residual, axis=0)
    reach = LARGEST_PREDICTING_RESIDUAL * robust_scale(residual)
    return np.clip(residual, middle - reach, middle + reach)
