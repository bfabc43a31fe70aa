"""Huber regression agrees with statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm

from evenband.stats.regression import fit_huber


@pytest.mark.parametrize("seed", range(4))
def test_coefficients_are_statsmodels(seed: int) -> None:
    """The coefficients equal those of statsmodels."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(400), rng.normal(size=(400, 3))])
    y = x @ [1.0, 2.0, -1.0, 0.0] + 0.3 * rng.standard_t(3, 400)
    y[:8] += 20
    theirs = sm.RLM(y, x, M=sm.robust.norms.HuberT(1.345)).fit(tol=1e-10, maxiter=200, scale_est="mad").params
    assert fit_huber(x, y) == pytest.approx(theirs, abs=2e-3)


def test_outliers_hardly_move_the_line() -> None:
    """Outliers that move least squares hardly move the coefficients."""
    rng = np.random.default_rng(9)
    x = np.column_stack([np.ones(1000), rng.normal(size=1000)])
    y = x @ [0.5, 1.5] + 0.1 * rng.standard_normal(1000)
    y[:10] += 100
    assert fit_huber(x, y) == pytest.approx([0.5, 1.5], abs=0.02)
    assert np.abs(np.linalg.lstsq(x, y, rcond=None)[0] - [0.5, 1.5]).max() > 0.3


def test_repeated_and_exactly_fitting_columns_are_no_obstacle() -> None:
    """Repeated columns and an exact fit give the right prediction."""
    x = np.column_stack([np.ones(50), np.arange(50.0), np.arange(50.0)])
    y = 3 + 2 * np.arange(50.0)
    assert x @ fit_huber(x, y) == pytest.approx(y)


def test_a_start_changes_the_way_and_not_the_end() -> None:
    """The starting coefficients do not change the result."""
    rng = np.random.default_rng(10)
    x = np.column_stack([np.ones(500), rng.normal(size=(500, 2))])
    y = x @ [1.0, 1.0, 1.0] + rng.standard_t(2, 500)
    assert fit_huber(x, y, np.array([0.9, 1.2, 1.0])) == pytest.approx(fit_huber(x, y), abs=1e-5)
