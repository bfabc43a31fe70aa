"""Huber's robust regression, by iteratively reweighted least squares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.stats.dispersion import MAD_TO_SD

Float = NDArray[np.float64]

CORNER = 1.345
"""Residuals beyond so many standard deviations count linearly: 95 % efficiency at the normal."""

ITERATIONS = 50
RIDGE = 1e-10
TOLERANCE = 1e-6
"""Smallest step worth taking, in robust standard deviations of the residual."""


def fit_huber(x: Float, y: Float, start: Float | None = None, tolerance: float = TOLERANCE) -> Float:
    """Coefficients of y on the columns of x (add a column of ones for a constant).

    The scale is the median absolute residual of each step (Huber and Ronchetti 2009, section 7.8).
    Columns that repeat others share their coefficient.

    Shape: (n, k), (n,), (k,) or none -> (k,).
    """
    coefficients = _solve(x, x, y) if start is None else start
    for _ in range(ITERATIONS):
        residual = y - x @ coefficients
        scale = MAD_TO_SD * float(np.median(np.abs(residual)))
        if scale == 0:
            break
        weights = CORNER * scale / np.maximum(np.abs(residual), CORNER * scale)
        step = _solve(x * weights[:, None], x, residual)
        coefficients = coefficients + step
        if np.abs(x @ step).max() < tolerance * scale:
            break
    return coefficients


def _solve(weighted: Float, x: Float, y: Float) -> Float:
    gram = weighted.T @ x
    gram[np.diag_indices_from(gram)] *= 1 + RIDGE
    gram[np.diag_indices_from(gram)] += np.finfo(np.float64).tiny
    return np.asarray(np.linalg.lstsq(gram, weighted.T @ y, rcond=1e-14)[0])
