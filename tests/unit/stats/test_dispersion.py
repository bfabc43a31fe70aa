"""Measures of spread agree with direct sums, with scipy and with planted truths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats

from evenband.errors import InputError
from evenband.stats.dispersion import gmd, log_distance, log_mad_z, mad, median_of, phi, robust_scale, tail
from evenband.stats.tails import tail_p

Float = NDArray[np.float64]
samples = arrays(np.float64, st.integers(2, 40), elements=st.floats(-50, 50))


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-50, 50) | st.just(np.nan)))
def test_the_quick_median_is_numpys_to_the_bit(x: Float) -> None:
    """For odd and even numbers of values, equal ones and NaN among them."""
    np.testing.assert_array_equal(median_of(x), np.median(x))


@given(samples)
def test_gmd_is_the_mean_absolute_difference_over_pairs(x: Float) -> None:
    """The GMD equals the mean absolute difference over all pairs."""
    n = len(x)
    direct = np.abs(x[:, None] - x).sum() / (n * (n - 1))
    assert gmd(x) == pytest.approx(direct, abs=1e-9)


@given(samples, st.floats(-20, 20), st.floats(0.1, 10))
def test_gmd_ignores_a_shift_and_follows_a_stretch(x: Float, shift: float, stretch: float) -> None:
    """The GMD ignores a shift and scales with a stretch."""
    assert gmd(shift + stretch * x) == pytest.approx(stretch * gmd(x), abs=1e-7)


@given(samples)
def test_gmd_of_identical_numbers_is_exactly_zero(x: Float) -> None:
    """The GMD of identical numbers is exactly 0."""
    assert gmd(np.full_like(x, x[0])) == 0


def test_gmd_of_one_number_does_not_exist() -> None:
    """A single number has no GMD and no Phi."""
    assert np.isnan(gmd([1.0]))
    assert phi([1.0]) is None


@given(samples)
def test_mad_is_scipys(x: Float) -> None:
    """The MAD equals scipy's, times 1.4826."""
    assert mad(x) == pytest.approx(1.4826 * stats.median_abs_deviation(x))


def test_scales_estimate_a_normal_standard_deviation() -> None:
    """The robust scale estimates the standard deviation of a normal sample."""
    x = np.random.default_rng(0).normal(5, 3, (100_000, 2))
    assert np.allclose(robust_scale(x), 3, rtol=0.02)


def test_log_distance_stops_at_the_floor() -> None:
    """The log-distance is bounded by its floor, which must be above 0."""
    assert log_distance([1.0, 0.0, 0.9], 1e-6) == pytest.approx(np.log([1e-6, 1.0, 0.1]))
    with pytest.raises(InputError, match=r"got 0, expected a number above 0"):
        log_distance([0.5], 0)


def test_template_effects_are_not_label_inconsistency() -> None:
    """Moving whole templates apart changes neither Phi nor T99."""
    y = np.random.default_rng(1).normal(0, 0.3, (500, 4))
    moved = y + np.array([0.0, 1.0, -2.0, 5.0])
    assert phi(moved) == pytest.approx(phi(y))
    assert tail(moved) == pytest.approx(tail(y))


def test_phi_of_normal_log_distances_has_its_closed_form() -> None:
    """Phi and T99 of normal log-distances have their closed forms."""
    y = np.random.default_rng(2).normal(-3, 0.4, 200_000)
    assert phi(y) == pytest.approx(np.exp(2 * 0.4 / np.sqrt(np.pi)), rel=0.005)
    assert tail(y) == pytest.approx(np.exp(0.4 * stats.norm.ppf(0.99)), rel=0.01)


def test_rounding_to_bfloat16_leaves_nothing_to_divide_by_zero() -> None:
    """Scores on the bfloat16 grid, with three levels and a MAD of 0, give finite z and no p-value."""
    s = np.round(np.random.default_rng(0).normal(0.9766, 0.0015, 10_153) * 256) / 256
    assert np.unique(s).size == 3
    assert mad(s) == 0
    y = log_distance(s, 1e-9)
    assert np.isfinite(log_mad_z(y)).all()
    assert np.isnan(tail_p(y)).all()


def test_z_of_a_band_without_width_is_zero() -> None:
    """Scores without any spread have z = 0."""
    assert (log_mad_z(np.full((10, 2), -3.0)) == 0).all()
