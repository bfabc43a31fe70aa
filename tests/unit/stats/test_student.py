"""The truncated t fit recovers planted parameters and ignores outliers."""

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import optimize, stats

from evenband.stats.blurred_student import BlurredStudent
from evenband.stats.student import Float, StudentFit, _gather, _Profile, fit_student


def test_parameters_are_recovered() -> None:
    """The degrees of freedom, location and scales of a t sample are recovered."""
    x = stats.t.rvs(5, -3.5, 0.3, size=40_000, random_state=np.random.default_rng(0))
    fit = fit_student(x)
    assert fit is not None
    likeliest = int(np.argmax(fit.weights))
    assert fit.degrees[likeliest] == pytest.approx(5, rel=0.35)
    assert fit.locations[likeliest] == pytest.approx(-3.5, abs=0.02)
    assert fit.left[likeliest] == pytest.approx(0.3, rel=0.05)
    assert fit.right[likeliest] == pytest.approx(0.3, rel=0.05)


def test_a_sample_that_leans_gets_two_scales() -> None:
    """A sample with halves of scale 0.2 and 0.5 gets both, and the tail of the wide half."""
    rng = np.random.default_rng(1)
    wide = rng.random(40_000) < 0.5 / 0.7
    size = np.abs(rng.standard_t(8, 40_000))
    fit = fit_student(np.where(wide, 0.5 * size, -0.2 * size))
    assert fit is not None
    assert fit.weights @ fit.left == pytest.approx(0.2, rel=0.15)
    assert fit.weights @ fit.right == pytest.approx(0.5, rel=0.1)
    assert fit.sf([2.0])[0] == pytest.approx(2 * 0.5 / 0.7 * stats.t.sf(4, 8), rel=0.25)


def test_equal_halves_are_scipys_t() -> None:
    """With equal scales the upper tail is that of scipy's t."""
    one = np.ones(1)
    fit = StudentFit(5 * one, 1 * one, 2 * one, 2 * one, one)
    x = np.array([-30.0, -3.0, 1.0, 3.0, 30.0])
    assert fit.sf(x) == pytest.approx(stats.t(5, 1, 2).sf(x), rel=1e-9)


def test_the_loss_is_the_truncated_likelihood() -> None:
    """The loss equals the truncated likelihood from scipy's density, for equal scales."""
    x = np.sort(np.random.default_rng(2).standard_t(4, 500))
    x = x[(x > -2) & (x < 3)]
    oracle = stats.t(4, 0.1, 1.2)
    expected = np.log(oracle.cdf(3) - oracle.cdf(-2)) - oracle.logpdf(x).mean()
    theta = np.array([0.1, np.log(1.2), np.log(1.2)])
    profile = _Profile(x, np.full(x.size, 1 / x.size), -2.0, 3.0)
    assert profile.loss(theta, BlurredStudent(4.0))[0] == pytest.approx(expected)


def test_bins_stand_for_a_large_sample() -> None:
    """The loss of a sample that is gathered in bins is that of its values, with far values or without."""
    for far in (0.0, -300.0):
        x = np.append(np.random.default_rng(6).standard_t(4, 5000), far)
        ends = float(x.min()), float(x.max())
        points, shares = _gather(x, *ends)
        assert points.size <= 256
        theta, shape = np.array([0.1, 0.0, 0.2]), BlurredStudent(5.0, 0.2)
        binned = _Profile(points, shares, *ends).loss(theta, shape)
        plain = _Profile(x, np.full(x.size, 1 / x.size), *ends).loss(theta, shape)
        assert binned[0] == pytest.approx(plain[0], abs=5e-4)
        assert binned[1] == pytest.approx(plain[1], abs=5e-4)


@pytest.mark.parametrize("theta", [(0.0, 0.0, 0.0), (0.3, -0.2, 0.4), (-2.0, -0.5, 0.9), (3.5, 0.1, 0.2)])
@pytest.mark.parametrize(("df", "share"), [(2.0, 0.0), (7.0, 0.0), (7.0, 0.3), (100.0, 0.5)])
def test_the_slopes_of_the_loss_are_those_of_differences(
    theta: tuple[float, ...], df: float, share: float
) -> None:
    """The gradient agrees with finite differences, with the location inside the body and outside it."""
    x = np.sort(np.random.default_rng(3).standard_t(4, 500))
    x = x[(x > -2) & (x < 3)]
    profile, shape = _Profile(x, np.full(x.size, 1 / x.size), -2.0, 3.0), BlurredStudent(df, share)

    def loss(at: Float) -> float:
        return profile.loss(at, shape)[0]

    slopes = optimize.approx_fprime(np.array(theta), loss, 1e-6)
    assert profile.loss(np.array(theta), shape)[1] == pytest.approx(slopes, abs=2e-5)


def test_outliers_hardly_move_the_fit() -> None:
    """One per cent of cells thrown far away leaves the fit where it was."""
    x = np.random.default_rng(2).normal(0, 1, 10_000)
    clean = fit_student(x)
    x[:100] = 1e6
    spoilt = fit_student(x)
    assert clean is not None
    assert spoilt is not None
    assert spoilt.sf([4.0])[0] == pytest.approx(clean.sf([4.0])[0], abs=3e-4)


@pytest.mark.parametrize("x", [[1.0, 2.0], np.ones(500)])
def test_no_fit_without_width(x: ArrayLike) -> None:
    """Too few values or no spread give no fit."""
    assert fit_student(x) is None


def test_a_larger_sample_is_surer_of_its_tail() -> None:
    """The probability of a far value falls as the sample grows."""
    rng = np.random.default_rng(5)
    small_sample, large_sample = (fit_student(rng.standard_normal(n)) for n in (300, 30_000))
    assert small_sample is not None
    assert large_sample is not None
    assert large_sample.sf([7.0])[0] < 0.5 * small_sample.sf([7.0])[0]


def test_a_normal_error_does_not_hide_a_heavy_tail() -> None:
    """Of t(5) noise and a normal error of a quarter of the squared width, the t is found, and the sum's tail.

    A plain t takes the sum for one of nearly twice the degrees of freedom.
    """
    rng = np.random.default_rng(8)
    shape = BlurredStudent(5.0, 0.25)
    error = stats.t(5).ppf(0.75) / stats.norm.ppf(0.75) / np.sqrt(3)
    x = rng.standard_t(5, 60_000) + error * rng.standard_normal(60_000)
    blurred, plain = fit_student(x, (0.005, 0.995), 0.25), fit_student(x, (0.005, 0.995))
    assert blurred is not None
    assert plain is not None
    assert blurred.weights @ blurred.degrees == pytest.approx(5, rel=0.2)
    assert plain.weights @ plain.degrees > 6.5
    far = np.array([12.0])
    assert blurred.sf(far) == pytest.approx(shape.sf(far), rel=0.4)
    assert plain.sf(far) < 0.6 * shape.sf(far)
