"""Prediction from a few known items."""

from __future__ import annotations

import numpy as np

from evenband.stats.prediction import CurvePredictor

RNG = np.random.default_rng(2)
TABLE = RNG.uniform(-2, 2, (800, 2))
VECTORS = RNG.normal(size=(800, 20))


def fit(y: np.ndarray, vectors: np.ndarray | None = None) -> float:
    """Correlation of what is predicted for unknown items with what they are, from 150 known ones."""
    known = np.arange(150)
    predicted = CurvePredictor(TABLE, vectors).predict(known, y[known])
    return float(np.corrcoef(predicted[150:], y[150:])[0, 1])


def test_curves_that_are_no_lines_are_learned() -> None:
    y = np.abs(TABLE[:, 0]) + np.sin(2 * TABLE[:, 1]) + 0.1 * RNG.normal(size=800)
    assert fit(y) > 0.95


def test_vectors_from_elsewhere_help_where_covariates_do_not() -> None:
    y = VECTORS @ RNG.normal(size=20) + 0.1 * RNG.normal(size=800)
    assert fit(y) < 0.3
    assert fit(y, VECTORS) > 0.9


def test_noise_is_predicted_to_be_the_mean() -> None:
    """The penalty that predicts best flattens everything."""
    y = RNG.normal(size=800)
    predicted = CurvePredictor(TABLE).predict(np.arange(150), y[:150])
    assert predicted.std() < 0.4 * y.std()
