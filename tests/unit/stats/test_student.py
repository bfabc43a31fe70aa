"""The truncated t fit: planted parameters, and deaf to outliers."""

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import stats

from evenband.stats.student import fit_student


def test_parameters_are_recovered() -> None:
    x = stats.t.rvs(5, -3.5, 0.3, size=40_000, random_state=np.random.default_rng(0))
    fit = fit_student(x)
    assert fit is not None
    assert fit.df == pytest.approx(5, rel=0.2)
    assert fit.location == pytest.approx(-3.5, abs=0.01)
    assert fit.scale == pytest.approx(0.3, rel=0.02)


def test_survival_function_and_quantile_are_scipys() -> None:
    fit = fit_student(np.random.default_rng(1).standard_t(6, 5000))
    assert fit is not None
    oracle = stats.t(fit.df, fit.location, fit.scale)
    assert fit.sf([0.0, 3.0, 30.0]) == pytest.approx(oracle.sf([0.0, 3.0, 30.0]), rel=1e-9)
    assert fit.quantile(0.99) == pytest.approx(oracle.ppf(0.99))


def test_outliers_hardly_move_the_fit() -> None:
    """One per cent of cells thrown far away: the central likelihood stays where it was."""
    x = np.random.default_rng(2).normal(0, 1, 10_000)
    clean = fit_student(x)
    x[:100] = 1e6
    spoilt = fit_student(x)
    assert clean is not None
    assert spoilt is not None
    assert spoilt.scale == pytest.approx(clean.scale, rel=0.05)
    assert spoilt.sf([4.0])[0] == pytest.approx(clean.sf([4.0])[0], abs=3e-4)


@pytest.mark.parametrize("x", [[1.0, 2.0], np.ones(500)])
def test_no_fit_without_width(x: ArrayLike) -> None:
    assert fit_student(x) is None
