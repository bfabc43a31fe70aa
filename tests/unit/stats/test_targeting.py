"""A search beside a random sample: the estimates of the whole stay without bias, whatever it is told."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.stats.prediction import CurvePredictor
from evenband.stats.targeting import Rows, Targeted, search
from evenband.stats.weighted import weighted_gmd, weighted_quantile

N, SAMPLE, TOTAL, DESIGNS = 1200, 120, 300, 150


def population(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A skewed number, and two covariates that explain a good half of it."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(N, 2))
    return np.exp(0.5 * table[:, 0]) + 0.4 * np.abs(table[:, 1]) + 0.3 * rng.gamma(2, 1, N), table


Y, TABLE = population()
CURVES = CurvePredictor(TABLE)


def drawn(seed: int, predict: object = None) -> Targeted:
    chosen = CURVES.predict if predict is None else predict
    return search(N, SAMPLE, TOTAL, lambda rows: Y[rows], chosen, np.random.default_rng(seed))  # type: ignore[arg-type]


def memorise(known: Rows, values: np.ndarray) -> np.ndarray:
    """The worst predictor: it looks for the neighbours, by number, of what was far by chance."""
    predicted = np.zeros(N)
    for row, value in zip(known.tolist(), values.tolist(), strict=True):
        predicted[max(0, row - 2) : row + 3] += value
    return predicted


@pytest.fixture(scope="module")
def designs() -> list[Targeted]:
    return [drawn(seed) for seed in range(DESIGNS)]


def figures(y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean, median, 95% quantile, Gini mean difference, share above 2."""
    low, high = weighted_quantile(y, weights, [0.5, 0.95])
    mean = float(np.average(y, weights=weights))
    return np.array([mean, low, high, weighted_gmd(y, weights), np.average(y > 2, weights=weights)])


def test_totals_are_without_bias_for_a_good_and_for_a_memorising_prediction(designs: list[Targeted]) -> None:
    """Horvitz-Thompson: the mean over seeded designs is the truth, within its own standard error.

    Of the same items, equal weights are off by many times as much.
    """
    worst = [drawn(seed, memorise) for seed in range(DESIGNS)]
    for many in (designs, worst):
        totals = np.array([(one.weight * Y).sum() for one in many])
        error = totals.std(ddof=1) / np.sqrt(DESIGNS)
        assert abs(totals.mean() - Y.sum()) < 3.5 * error
        counts = np.array([one.weight.sum() for one in many])
        np.testing.assert_allclose(counts, N)
    plain = np.mean([Y[one.found].mean() for one in designs])
    assert plain > 1.15 * Y.mean()


def test_band_and_gini_difference_are_those_of_the_whole(designs: list[Targeted]) -> None:
    """Mean over designs against the truth: within a fifth of one design's own standard deviation."""
    truth = figures(Y, np.ones(N))
    found = np.array([figures(Y[one.found], one.weight[one.found]) for one in designs])
    spread = found.std(axis=0, ddof=1)
    assert (np.abs(found.mean(axis=0) - truth) < 0.2 * spread).all()


def test_the_tail_is_known_better_than_from_the_sample_alone(designs: list[Targeted]) -> None:
    """The finds count once each, so that a far quantile varies about half as much."""
    whole = [weighted_quantile(Y[one.found], one.weight[one.found], 0.97) for one in designs]
    alone = [np.quantile(Y[one.random], 0.97) for one in designs]
    assert np.std(whole) < 0.6 * np.std(alone)


def test_the_search_finds_the_far_items(designs: list[Targeted]) -> None:
    """Three times as many of the 30 farthest as a random choice of as many items."""
    top = np.argsort(-Y)[:30]
    shares = np.mean([one.found[top].mean() for one in designs])
    assert shares > 3 * TOTAL / N * 0.8
    assert shares > 0.6


def test_a_design_keeps_its_budget_and_its_probabilities_are_what_they_say(designs: list[Targeted]) -> None:
    for one in designs[:20]:
        assert TOTAL - 4 <= one.found.sum() <= TOTAL
        assert one.random.sum() == SAMPLE
        assert (one.found | (one.weight == 0)).all()
        for half in one.inclusion:
            rest = half < 1
            stand_ins = rest & (half > 0)
            assert (half[stand_ins] == stand_ins.sum() / rest.sum()).all()


def test_nothing_is_looked_at_twice_and_the_seed_decides() -> None:
    seen: list[int] = []

    def look(rows: Rows) -> np.ndarray:
        seen.extend(rows.tolist())
        return Y[rows]

    one = search(N, SAMPLE, TOTAL, look, CURVES.predict, np.random.default_rng(1))
    assert len(seen) == len(set(seen)) == one.found.sum()
    assert set(seen[:SAMPLE]) == set(np.flatnonzero(one.random).tolist())
    np.testing.assert_array_equal(one.weight, drawn(1).weight)


@pytest.mark.parametrize(("sample", "total"), [(3, 10), (20, 10), (20, 2000)])
def test_sizes_that_do_not_fit_are_refused(sample: int, total: int) -> None:
    with pytest.raises(InputError, match="expected 4 <= sample"):
        search(N, sample, total, lambda rows: Y[rows], CURVES.predict, np.random.default_rng(0))
