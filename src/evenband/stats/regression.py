"""Huber's robust regression, by iteratively reweighted least squares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.stats.dispersion import MAD_TO_SD, median_of

Float = NDArray[np.float64]

HUBER_CORNER = 1.345
"""Standard deviations beyond which a residual counts linearly; 95% efficient for normal errors."""

MOST_REWEIGHTINGS = 50
"""Largest number of iterations."""

RELATIVE_RIDGE = 1e-10
"""Share of itself that is added to the diagonal of the normal equations, so that they stay solvable."""

SMALLEST_NORMAL = float(np.finfo(np.float64).tiny)
"""Added to the diagonal, too, so that a column of zeros has a solution."""

STEP_TOLERANCE = 1e-6
"""Change of a prediction below which the iteration ends, in robust standard deviations of the residual."""


def fit_huber(x: Float, y: Float, start: Float | None = None, tolerance: float = STEP_TOLERANCE) -> Float:
    """Regress y on the columns of x with Huber's loss, and return the coefficients.

    The scale is the median absolute residual of each step (Huber and Ronchetti 2009, section 7.8).
    Equal columns share their common coefficient.

    Shape: (n, k), (n,), (k,) or none -> (k,).

    Args:
        x: columns; a constant needs a column of ones.
        y: number to predict.
        start: coefficients to start from; least squares if not given.
        tolerance: change of a prediction below which to stop, in robust standard deviations.
    """
    coefficients = _solve(x, x, y) if start is None else start
    for _ in range(MOST_REWEIGHTINGS):
        residual = y - x @ coefficients
        size = np.abs(residual)
        scale = MAD_TO_SD * median_of(size)
        if scale == 0:
            break
        weights = HUBER_CORNER * scale / np.maximum(size, HUBER_CORNER * scale)
        step = _solve(x * weights[:, None], x, residual)
        coefficients = coefficients + step
        if np.abs(x @ step).max() < tolerance * scale:
            break
    return coefficients


def _solve(weighted: Float, x: Float, y: Float) -> Float:
    """Solve the weighted normal equations by least squares, which also accepts repeated columns."""
    gram = weighted.T @ x
    diagonal = np.einsum("ii->i", gram)
    diagonal *= 1 + RELATIVE_RIDGE
    diagonal += SMALLEST_NORMAL
    return np.asarray(np.linalg.lstsq(gram, weighted.T @ y, rcond=1e-14)[0])
