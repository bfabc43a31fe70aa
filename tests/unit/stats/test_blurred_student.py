"""The sum of a t and a normal error has the density and the tail of their convolution."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from evenband.stats.blurred_student import BlurredStudent


def test_without_an_error_it_is_scipys_t() -> None:
    """With no normal share, density and tail are those of the t."""
    x = np.array([-4.0, 0.0, 2.5, 30.0])
    shape = BlurredStudent(6.0)
    assert shape.sf(x) == pytest.approx(stats.t(6).sf(x), rel=1e-9)
    assert shape.log_density(x)[0] == pytest.approx(stats.t(6).logpdf(x), rel=1e-9)


@pytest.mark.parametrize(("df", "share"), [(2.0, 0.1), (5.0, 0.3), (17.0, 0.3), (100.0, 0.5)])
def test_density_and_tail_are_those_of_the_sum(df: float, share: float) -> None:
    """Density, tail and slope agree with numerical integration, as far out as p-values of a table reach."""
    width = stats.t(df).ppf(0.75) / stats.norm.ppf(0.75)
    error = stats.norm(0, width * math.sqrt(share / (1 - share)))
    shape = BlurredStudent(df, share)
    for x in (0.0, 1.0, 3.0, 7.0):
        density, tail = (
            integrate.quad(
                lambda e, of=of, x=x: of(x - e) * error.pdf(e), -40, 40, points=[0, x / 2, x], limit=200
            )[0]
            for of in (stats.t(df).pdf, stats.t(df).sf)
        )
        assert np.exp(shape.log_density(np.array([x]))[0]) == pytest.approx(density, rel=0.02)
        assert shape.sf(np.array([x])) == pytest.approx(tail, rel=0.02)
        ends = shape.log_density(np.array([x - 1e-5, x + 1e-5]))[0]
        assert shape.log_density(np.array([x]))[1] == pytest.approx(-np.diff(ends) / 2e-5, abs=1e-5)


def test_the_share_is_of_the_squared_width() -> None:
    """Two normal distributions, as a t of many degrees is one, have widths that add up by the share."""
    assert BlurredStudent(1e6, 0.75).sf(np.array([2.0])) == pytest.approx(stats.norm.sf(1.0), rel=1e-3)
