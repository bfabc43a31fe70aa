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
        design = _design(predictors, extra)
        # The coefficients of a similar table tell well enough which cells to pull in.
        known = _regress(design, table, known, tolerance) if start is None else start
        expected = _apply(design, known)
        predictors = expected + pull_in(table - expected)
    design = _design(predictors, extra)
    coefficients = _regress(design, table, known, tolerance)
    return coefficients, _apply(design, coefficients)


def _design(predictors: Float, extra: Float) -> Float:
    """Return a constant, the templates about their medians, and the covariates.

    Shape: (n, t), (n, c) -> (n, 1 + t + c).
    """
    middle = np.median(predictors, axis=0)
    return np.concatenate([np.ones((len(predictors), 1)), predictors - middle, extra], axis=1)


def _regress(design: Float, table: Float, start: Float | None, tolerance: float) -> Float:
    """Regress each template on all columns but its own, and return the coefficients.

    Shape: (n, 1 + t + c), (n, t), (t, t + c) or none -> (t, t + c).
    """
    starts = [None] * table.shape[1] if start is None else list(start)
    others = (np.delete(design, j + 1, axis=1) for j in range(table.shape[1]))
    return np.array(
        [fit_huber(x, table[:, j], starts[j], tolerance) for j, x in enumerate(others)], dtype=np.float64
    )


def _apply(design: Float, coefficients: Float) -> Float:
    """Return the predictions of each template. Shape: (n, 1 + t + c), (t, t + c) -> (n, t)."""
    with_own = [np.insert(row, j + 1, 0.0) for j, row in enumerate(coefficients)]
    return np.asarray(design @ np.array(with_own).T)


def pull_in(residual: Float) -> Float:
    """Clip each template's residuals to what may predict others. Shape: (n, t) -> (n, t)."""
    middle = np.median(residual, axis=0)
    reach = LARGEST_PREDICTING_RESIDUAL * robust_scale(residual)
    return np.clip(residual, middle - reach, middle + reach)
