"""The paired difference against scipy's bootstrap, a closed form and simulated truth."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from evenband.errors import InputError
from evenband.stats.paired import mean_difference
from evenband.types import Scores


def tables(n: int, t: int, rng: np.random.Generator, gain: float = 0.3) -> tuple[Scores, Scores]:
    """Two tables of n items whose scores go together; right gains as much on average, by item and cell."""
    easy = rng.normal(0, 2.0, (n, 1))
    left = easy + rng.normal(0, 0.5, (n, t))
    return left, easy + gain + rng.normal(0, 0.4, (n, 1)) + rng.normal(0, 0.5, (n, t))


def interval(left: Scores, right: Scores, seed: int = 0, median: bool = False) -> tuple[float, float]:
    found = mean_difference(left, right, np.random.default_rng(seed), median=median)
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def oracle(change: Scores, statistic: Callable[..., np.float64]) -> tuple[float, float]:
    """Of (n,) changes, with ten times as many replicates."""
    found = stats.bootstrap(
        (change,),
        statistic,
        n_resamples=10_000,
        confidence_level=0.9,
        method="percentile",
        rng=np.random.default_rng(9),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


@pytest.mark.parametrize("t", [1, 4])
def test_the_mean_difference_has_scipys_interval_over_items(t: int) -> None:
    """All conditions of an item are drawn together: the interval is that of the items' means."""
    left, right = tables(80, t, np.random.default_rng(1))
    found = mean_difference(left, right, np.random.default_rng(0))
    assert found.value == pytest.approx((right - left).mean(), abs=1e-12)
    assert found.n == 80
    expected = oracle((right - left).mean(axis=1), np.mean)
    width = expected[1] - expected[0]
    assert (found.low, found.high) == pytest.approx(expected, abs=0.06 * width)


def test_the_median_of_ranks_has_scipys_interval() -> None:
    """A rank has no mean; one condition, so that an item is one difference."""
    rng = np.random.default_rng(2)
    left, right = rng.geometric(0.1, (151, 1)).astype(float), rng.geometric(0.05, (151, 1)).astype(float)
    change = (right - left)[:, 0]
    found = mean_difference(left, right, np.random.default_rng(0), median=True)
    assert found.value == np.median(change)
    # Quantiles of a median of whole numbers are whole numbers or halves: one step apart at most.
    assert (found.low, found.high) == pytest.approx(oracle(change, np.median), abs=1.0)


def test_the_width_is_the_closed_form() -> None:
    """For a mean: 2 x 1.645 standard errors of the items' mean changes."""
    left, right = tables(500, 3, np.random.default_rng(3))
    low, high = interval(left, right)
    error = (right - left).mean(axis=1).std() / np.sqrt(500)
    assert high - low == pytest.approx(2 * stats.norm.ppf(0.95) * error, rel=0.08)


def test_what_both_sides_share_cancels() -> None:
    """Items differ ten times as much as the two sides do: paired, the gain is certain all the same."""
    left, right = tables(100, 2, np.random.default_rng(4))
    low, high = interval(left, right)
    apart = np.sqrt((left.mean(axis=1).var() + right.mean(axis=1).var()) / 100)
    assert 0 < low < high
    assert high - low < 0.5 * 2 * stats.norm.ppf(0.95) * apart


def test_conditions_of_an_item_do_not_count_as_items() -> None:
    """The same condition five times over tells nothing new."""
    left, right = tables(60, 1, np.random.default_rng(5))
    repeated = interval(np.repeat(left, 5, axis=1), np.repeat(right, 5, axis=1))
    assert repeated == pytest.approx(interval(left, right), abs=1e-12)


@pytest.mark.parametrize("median", [False, True])
def test_the_interval_covers_the_truth_nine_times_in_ten(median: bool) -> None:
    """120 simulated comparisons: 90% shows as 82% to 98%, three standard errors either way."""
    rng = np.random.default_rng(6)
    ends = [interval(*tables(60, 2, rng), seed=run, median=median) for run in range(120)]
    assert 0.82 <= np.mean([low <= 0.3 <= high for low, high in ends]) <= 0.98


def test_the_other_way_round_it_has_the_other_sign() -> None:
    """The same draws of items, mirrored."""
    left, right = tables(40, 2, np.random.default_rng(7))
    low, high = interval(left, right)
    assert interval(right, left) == pytest.approx((-high, -low), abs=1e-12)


def test_a_single_item_has_a_value_and_no_interval() -> None:
    """Nothing can be said of other items."""
    found = mean_difference([[0.5, 0.7]], [[0.6, 0.9]], np.random.default_rng(0))
    assert found.value == pytest.approx(0.15)
    assert (found.low, found.high, found.n) == (None, None, 1)


def test_no_difference_is_certain_where_nothing_differs() -> None:
    """Value and interval are exactly 0."""
    left = np.random.default_rng(8).random((20, 2))
    found = mean_difference(left, left, np.random.default_rng(0))
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("shapes", [((3, 2), (3, 1)), ((3,), (3,)), ((0, 2), (0, 2))])
def test_tables_that_cannot_be_paired_are_refused(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    """Another shape, no table, no item."""
    with pytest.raises(InputError, match="expected two equal tables"):
        mean_difference(np.zeros(shapes[0]), np.zeros(shapes[1]), np.random.default_rng(0))
