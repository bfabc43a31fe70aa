"""Outlier p-values find planted outliers and leave tails alone."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

from evenband.stats.multiple_testing import adjust
from evenband.stats.tails import Null, centre_by, fit_pareto, tail_p

Float = NDArray[np.float64]


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 1)))
def test_adjusted_p_values_are_statsmodels(p: Float) -> None:
    """Adjusted p-values equal those of statsmodels."""
    assert adjust(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_cells_without_a_p_value_do_not_count_in_the_family() -> None:
    """Cells without a p-value do not count in the adjustment."""
    p = np.array([0.01, np.nan, 0.04])
    assert adjust(p) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert np.isnan(adjust([np.nan])).all()


@given(
    arrays(np.float64, 30, elements=st.floats(1e-9, 1)), arrays(np.float64, 30, elements=st.floats(0.1, 10))
)
def test_weighted_p_values_are_adjusted_as_statsmodels_does(p: Float, weights: Float) -> None:
    """Weights of mean 1 divide the p-values, which are then adjusted as any others."""
    shares = weights / weights.mean()
    expected = multipletests(np.minimum(p / shares, 1.0), method="fdr_bh")[1]
    assert adjust(p, weights) == pytest.approx(expected)


def test_weights_that_do_not_know_the_outcome_keep_the_error_rate() -> None:
    """With weights drawn apart from the p-values one table of twenty has a discovery, and plants cost 5%."""
    rng = np.random.default_rng(3)
    weights = np.where(np.arange(500) < 70, 5.0, 1.0)
    found, false = [], []
    for _ in range(400):
        p = rng.random(500)
        found.append(bool((adjust(p, weights) <= 0.05).any()))
        p[:10] = stats.norm.sf(rng.normal(4.0, 1.0, 10))
        hits = adjust(p, weights) <= 0.05
        false.append(hits[10:].sum() / max(hits.sum(), 1))
    assert np.mean(found) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)
    assert np.mean(false) <= 0.05 + 2 * np.std(false) / 20


def test_only_the_proportions_of_weights_count() -> None:
    """Equal weights change nothing, and neither does a factor of all; a row's weight holds for its cells."""
    p = np.array([[0.001, np.nan, 0.2], [0.03, 0.01, 0.5]])
    assert adjust(p, np.full((2, 1), 7.0)) == pytest.approx(adjust(p), nan_ok=True)
    weights = np.array([[1.0], [5.0]])
    assert adjust(p, 3 * weights) == pytest.approx(adjust(p, weights), nan_ok=True)
    assert adjust(p, np.repeat(weights, 3, axis=1)) == pytest.approx(adjust(p, weights), nan_ok=True)
    assert adjust(p, weights)[1, 1] < adjust(p)[1, 1]


def test_pareto_tail_recovers_its_parameters() -> None:
    """The parameters of a generalised Pareto tail are recovered, the shape within two standard errors."""
    rng = np.random.default_rng(0)
    y = np.where(rng.random(40_000) < 0.1, stats.genpareto.rvs(0.2, size=40_000, random_state=rng), -1.0)
    tail = fit_pareto(y)
    assert tail is not None
    assert tail.shape == pytest.approx(0.2, abs=0.06)
    assert tail.scale == pytest.approx(1.0, rel=0.06)
    far = stats.genpareto.ppf(1 - 1e-3, 0.2)
    assert tail.sf([far])[0] == pytest.approx(1e-4, rel=0.25)


@pytest.mark.parametrize("null", ["pareto", "student"])
@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.standard_normal(1000),
        lambda rng: np.log(rng.gamma(3, size=1000)),
        lambda rng: rng.gamma(3, size=1000),
        lambda rng: stats.skewnorm.rvs(4, size=1000, random_state=rng),
    ],
    ids=["normal", "log-gamma", "gamma", "skew-normal"],
)
def test_a_tail_alone_yields_no_discoveries(draw: Callable[[np.random.Generator], Float], null: Null) -> None:
    """At q = .05 at most 4 of 40 samples without outliers show a discovery."""
    rng = np.random.default_rng(5)
    runs = [(adjust(tail_p(draw(rng), null)) <= 0.05).any() for _ in range(40)]
    assert sum(runs) <= 4


@pytest.mark.parametrize("null", ["pareto", "student"])
def test_a_planted_outlier_is_found_alone(null: Null) -> None:
    """A planted outlier is the only discovery."""
    y = np.random.default_rng(6).normal(-3.5, 0.3, 5000)
    y[123] = np.log(1 - 0.4)
    assert np.flatnonzero(adjust(tail_p(y, null)) <= 0.05).tolist() == [123]


@pytest.mark.parametrize("null", ["pareto", "student"])
def test_no_p_value_where_nothing_can_be_fitted(null: Null) -> None:
    """Too few labels or no width give NaN, never a number from a division by zero."""
    rng = np.random.default_rng(7)
    assert np.isnan(tail_p(rng.normal(size=199), null)).all()
    assert np.isnan(tail_p(np.full(500, -3.0), null)).all()
    assert not np.isnan(tail_p(rng.normal(size=(200, 2)), null)).any()


def test_p_values_keep_the_order_of_the_scores() -> None:
    """Larger values have smaller p-values, all in (0, 1]."""
    y = np.random.default_rng(8).normal(size=2000)
    nulls: tuple[Null, ...] = ("pareto", "student")
    for null in nulls:
        p = tail_p(y, null)[np.argsort(y)]
        assert (np.diff(p) <= 1e-15).all()
        assert ((p > 0) & (p <= 1)).all()


def test_templates_are_fitted_one_by_one() -> None:
    """Each template has its own fit."""
    y = np.random.default_rng(9).normal(size=(400, 3)) * [1, 2, 3]
    assert tail_p(y)[:, 1] == pytest.approx(tail_p(y[:, 1]))


def test_strata_take_their_own_level_away() -> None:
    """A pure effect of token count leaves nothing, and sparse counts share their neighbours' level."""
    tokens = np.repeat([1, 2, 3, 9], [300, 300, 60, 2])
    y = np.where(tokens >= 3, 3, tokens).astype(float)[:, None] * [1.0, 2.0]
    assert np.ptp(centre_by(y, tokens), axis=0) == pytest.approx(0)
    assert np.median(centre_by(y, tokens), axis=0) == pytest.approx(np.median(y, axis=0))
