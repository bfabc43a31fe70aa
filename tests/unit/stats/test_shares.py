"""Means of cells of which some have no value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.stats.figures import estimate_figures
from evenband.stats.shares import mean_of_cells, weighted_share


@given(st.integers(1, 8), st.integers(1, 4), st.integers(0, 99))
def test_the_mean_is_that_of_the_templates_with_values(n: int, t: int, seed: int) -> None:
    """Each template's mean over its known cells, then the mean of those that have any."""
    rng = np.random.default_rng(seed)
    cells = np.where(rng.random((n, t)) < 0.4, np.nan, rng.random((n, t)))
    known = [column[~np.isnan(column)] for column in cells.T]
    means = [column.mean() for column in known if len(column)]
    value = mean_of_cells(cells)
    assert value == pytest.approx(np.mean(means)) if means else np.isnan(value)


@given(st.integers(2, 8), st.integers(0, 99))
def test_weights_repeat_labels(n: int, seed: int) -> None:
    """A mean under weights is the mean over labels that are repeated as often."""
    rng = np.random.default_rng(seed)
    cells = rng.random((n, 2))
    cells[rng.random((n, 2)) < 0.2] = np.nan
    cells[0] = rng.random(2)
    weights = rng.integers(0, 4, n)
    weights[0] = 1
    share = weighted_share(weights[None].astype(np.int32), cells, np.ones((1, 2)))
    assert share[0, 0] == pytest.approx(mean_of_cells(np.repeat(cells, weights, axis=0)))


def test_a_template_without_values_leaves_a_pass_rate_as_it_is() -> None:
    """Value and interval are those of the other templates' labels, and stay in [0, 1]."""
    rng = np.random.default_rng(0)
    scores, cells = rng.uniform(0.5, 0.9, (60, 3)), (rng.random((60, 3)) < 0.7).astype(float)
    cells[:, 2] = np.nan
    figures = estimate_figures(scores, np.random.default_rng(1), shares={"pass_rate": cells})
    rate = figures.estimates["pass_rate"]
    assert rate.value is not None
    assert rate.value == pytest.approx(cells[:, :2].mean())
    assert rate.low is not None
    assert rate.high is not None
    assert 0 <= rate.low < rate.value < rate.high <= 1


def test_rows_that_share_a_text_count_as_one_trial() -> None:
    """One failure among 38 texts of four rows: as wide as 38 trials, not as 152."""
    cells = np.ones((152, 1))
    cells[7] = 0
    codes = np.arange(152) // 4
    scores = np.random.default_rng(0).uniform(0.5, 0.9, (152, 1))
    shares = {"pass_rate": cells}
    rate = estimate_figures(
        scores, np.random.default_rng(1), shares=shares, clusters=codes, shared=codes
    ).estimates["pass_rate"]
    p, z2 = 151 / 152, 1.6448536269514722**2
    half = np.sqrt(z2 * (p * (1 - p) / 38 + z2 / (4 * 38**2))) / (1 + z2 / 38)
    centre = (p + z2 / 76) / (1 + z2 / 38)
    assert (rate.low, rate.high) == pytest.approx((centre - half, centre + half), rel=1e-6)


def test_one_cluster_has_no_interval() -> None:
    """Where all labels are one draw, nothing says how a figure would vary."""
    scores = np.random.default_rng(0).uniform(0.5, 0.9, (30, 1))
    estimates = estimate_figures(scores, np.random.default_rng(1), clusters=np.zeros(30)).estimates
    assert all(one.low is None and one.high is None for one in estimates.values())
    assert estimates["phi"].value is not None
