"""The truncated t fit: planted parameters, and deaf to outliers."""

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import stats

from evenband.stats.student import _Profile, fit_student


def test_parameters_are_recovered() -> None:
    x = stats.t.rvs(5, -3.5, 0.3, size=40_000, random_state=np.random.default_rng(0))
    fit = fit_student(x)
    assert fit is not None
    assert fit.df == pytest.approx(5, rel=0.2)
    assert fit.location == pytest.approx(-3.5, abs=0.01)
    assert fit.scale == pytest.approx(0.3, rel=0.02)


def test_survival_function_is_scipys_averaged() -> None:
    fit = fit_student(np.random.default_rng(1).standard_t(6, 5000))
    assert fit is not None
    x = np.array([0.0, 3.0, 30.0])
    each = [stats.t(*theta).sf(x) for theta in zip(fit.degrees, fit.locations, fit.scales, strict=True)]
    assert fit.sf(x) == pytest.approx(fit.weights @ np.array(each), rel=1e-9)
    assert fit.weights.sum() == pytest.approx(1)


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


def test_gradient_is_the_losses_own() -> None:
    x = np.sort(np.random.default_rng(4).standard_t(4, 500))
    profile = _Profile(x[(x > -2) & (x < 3)], -2.0, 3.0)
    for theta in ([0.1, 0.2], [-0.5, -0.3]):
        value = np.array(theta)
        steps = 1e-6 * np.eye(2)
        numeric = [(profile.loss(value + h, 4.0)[0] - profile.loss(value - h, 4.0)[0]) / 2e-6 for h in steps]
        assert profile.loss(value, 4.0)[1] == pytest.approx(numeric, abs=1e-5)


def test_a_larger_sample_is_surer_of_its_tail() -> None:
    """The probability of a far value falls as the sample that leaves it open grows."""
    rng = np.random.default_rng(5)
    few, many = (fit_student(rng.standard_normal(n)) for n in (300, 30_000))
    assert few is not None
    assert many is not None
    assert many.sf([7.0])[0] < 0.5 * few.sf([7.0])[0]
