"""Prediction of a number for every item from a few known ones, by a ridge regression on curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.stats.splines import design_curves

Float = NDArray[np.float64]
Rows = NDArray[np.intp]

RIDGE_PENALTIES = 10.0 ** np.arange(-2.0, 5.0, 0.5)
"""Penalties to choose from."""


class CurvePredictor:
    """A sum of curves over covariates, and of a plane over further features, as a ridge regression.

    Args:
        table: covariates, each of which gets a piecewise linear curve. Shape: (n, k).
        features: vectors of the items from elsewhere, such as of another model. Shape: (n, m).
    """

    def __init__(self, table: Float, features: Float | None = None) -> None:
        columns = [design_curves(table).columns]
        if features is not None and features.size:
            centred = features - features.mean(axis=0)
            columns.append(centred / max(float(np.sqrt((centred**2).sum(axis=1).mean())), 1e-12))
        self._columns = np.hstack(columns)

    def predict(self, known: Rows, values: Float) -> Float:
        """Predict all n numbers from those at some rows.

        The penalty is chosen by generalised cross-validation (Golub, Heath and Wahba 1979).

        Shape: (m,), (m,) -> (n,).
        """
        base, some = float(values.mean()), self._columns[known]
        eigenvalues, basis = np.linalg.eigh(some @ some.T)
        eigenvalues = np.maximum(eigenvalues, 0.0)
        rotated = basis.T @ (values - base)
        kept = eigenvalues / (eigenvalues + RIDGE_PENALTIES[:, None])
        errors = (((1 - kept) * rotated) ** 2).sum(axis=1)
        freedom = np.maximum(len(known) - 1 - kept.sum(axis=1), 1e-9)
        penalty = RIDGE_PENALTIES[int(np.argmin(errors / freedom**2))]
        coefficients = some.T @ (basis @ (rotated / (eigenvalues + penalty)))
        return np.asarray(base + self._columns @ coefficients)
