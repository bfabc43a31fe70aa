"""Weighted figures against the ordinary ones of items that are repeated."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.stats.bootstrap import resample
from evenband.stats.dispersion import gmd
from evenband.stats.figures import estimate_figures
from evenband.stats.weighted import weighted_gmd, weighted_quantile

X = np.random.default_rng(4).normal(size=60)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_equal_weights_give_the_ordinary_quantile(share: float) -> None:
    """Number 5 of Hyndman and Fan."""
    found = weighted_quantile(X, np.full(60, 3.7), share)
    assert found == pytest.approx(np.quantile(X, share, method="hazen"))


def test_an_item_of_weight_zero_does_not_count() -> None:
    weights = np.ones(60)
    weights[X > 0] = 0
    assert weighted_quantile(X, weights, 0.5) == pytest.approx(np.quantile(X[X <= 0], 0.5, method="hazen"))
    assert weighted_gmd(X, weights) == pytest.approx(float(gmd(X[X <= 0])))


def test_equal_weights_give_the_ordinary_gini_difference() -> None:
    assert weighted_gmd(X, np.full(60, 2.5)) == pytest.approx(float(gmd(X)))
    assert weighted_gmd(X[:1], np.ones(1)) == 0.0


def test_the_gini_difference_is_that_of_its_definition() -> None:
    weights = np.random.default_rng(5).uniform(0.5, 3, 60)
    pairs = weights[:, None] * weights * (1 - np.eye(60))
    expected = (pairs * np.abs(X[:, None] - X)).sum() / pairs.sum()
    assert weighted_gmd(X, weights) == pytest.approx(expected)


def test_intervals_with_equal_weights_are_those_without() -> None:
    """The same labels are drawn, so that weights of 1 change a quantile's definition and nothing else."""
    y = np.random.default_rng(6).normal(size=(300, 2))
    plain = resample(y, np.random.default_rng(1), replicates=200)
    weighted = resample(y, np.random.default_rng(1), replicates=200, base=np.ones(300))
    for name in ("median", "gmd", "tail"):
        widths = [np.ptp(np.quantile(one[name].slots, [0.05, 0.95])) for one in (plain, weighted)]
        assert widths[0] == pytest.approx(widths[1], rel=1e-6)
        assert weighted[name].value == pytest.approx(plain[name].value, abs=0.05)


@pytest.mark.slow
def test_intervals_cover_the_whole_in_nine_designs_of_ten() -> None:
    """Median and Phi of a population of 2,000 from 100 searches of 500; 90% intervals cover 85% or more."""
    from evenband.stats.prediction import CurvePredictor
    from evenband.stats.targeting import search

    rng = np.random.default_rng(8)
    table = rng.normal(size=(2000, 2))
    y = -3.5 + 0.25 * table[:, 0] + 0.15 * table[:, 1] ** 2 + 0.25 * rng.standard_t(6, 2000)
    s, curves = 1 - np.exp(y), CurvePredictor(table)
    truth = {"median": float(np.median(s)), "phi": float(np.exp(gmd(y)))}
    covered = dict.fromkeys(truth, 0)
    for seed in range(100):
        one = search(2000, 250, 500, lambda rows: y[rows], curves.predict, np.random.default_rng(seed))
        rows = one.found
        figures = estimate_figures(
            s[rows, None], np.random.default_rng(seed), weights=one.weight[rows], replicates=300
        ).estimates
        for name, value in truth.items():
            low, high = figures[name].low, figures[name].high
            assert low is not None
            assert high is not None
            covered[name] += low <= value <= high
    assert all(count >= 85 for count in covered.values()), covered
