"""Columns of piecewise linear curves agree with numpy's interpolation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.stats.splines import (
    EVEN_KNOTS,
    QUANTILE_KNOTS,
    design_curves,
    interpolation_weights,
    place_knots,
)


@given(st.integers(1, 12), st.integers(0, 99))
def test_weights_interpolate_as_numpy_does(m: int, seed: int) -> None:
    """Weights times the heights at the knots equal numpy's interpolation, also outside the knots."""
    rng = np.random.default_rng(seed)
    knots, heights = np.unique(rng.normal(size=m)), rng.normal(size=m)
    x = rng.normal(0, 3, 50)
    weights = interpolation_weights(x, knots)
    assert weights.sum(axis=1) == pytest.approx(1)
    assert weights @ heights == pytest.approx(np.interp(x, knots, heights))


def test_a_covariate_with_few_values_has_a_knot_at_each() -> None:
    """Few distinct values are all knots; many get knots at quantiles and at equal steps over the range."""
    assert place_knots(np.array([3.0, 1.0, 3.0]), QUANTILE_KNOTS, EVEN_KNOTS).tolist() == [1, 3]
    x = np.random.default_rng(0).exponential(size=1000)
    knots = place_knots(x, QUANTILE_KNOTS, EVEN_KNOTS)
    assert (knots[0], knots[-1]) == (x.min(), x.max())
    assert len(knots) == QUANTILE_KNOTS + EVEN_KNOTS - 2


def test_the_roughness_is_the_sum_of_squared_steps_of_each_curve() -> None:
    """The roughness adds up the squared steps between the knots of a curve, and none between curves."""
    design = design_curves(np.column_stack([np.arange(6.0) % 3, np.arange(6.0) % 2]))
    heights = np.array([1.0, 4.0, 2.0, 7.0, 9.0])
    assert design.starts == (0, 3)
    assert heights @ design.roughness @ heights == 9 + 4 + 4
    assert design.columns.mean(axis=0) == pytest.approx(0)
