"""Means over queries and paired tests against scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from evenband.errors import InputError
from evenband.stats.multiple_testing import holm
from evenband.stats.query_means import MOST_FLIPPED, bootstrap_means, randomisation_p


def test_a_mean_has_the_interval_of_a_percentile_bootstrap() -> None:
    """Against scipy's, on the same data; all columns are resampled together."""
    rng = np.random.default_rng(5)
    table = np.stack([rng.random(200), rng.random(200) < 0.3, np.full(200, 0.5)], axis=1)
    first, second, constant = bootstrap_means(table, np.random.default_rng(0))
    for one, column in ((first, table[:, 0]), (second, table[:, 1])):
        expected = stats.bootstrap((column,), np.mean, confidence_level=0.9, method="percentile", rng=1)
        assert one.value == pytest.approx(column.mean())
        assert (one.low, one.high) == pytest.approx(tuple(expected.confidence_interval), abs=0.01)
        assert one.n == 200
    assert (constant.low, constant.value, constant.high) == pytest.approx((0.5, 0.5, 0.5))


def test_missing_cells_are_left_out_of_their_column() -> None:
    table = np.array([[1.0, np.nan], [np.nan, np.nan], [0.0, np.nan], [1.0, np.nan]])
    some, none = bootstrap_means(table, np.random.default_rng(0))
    assert some.value == pytest.approx(2 / 3)
    assert some.n == 3
    assert (none.value, none.n) == (None, 0)
    with pytest.raises(InputError, match="expected one row or more"):
        bootstrap_means(np.zeros((0, 2)), np.random.default_rng(0))


@pytest.mark.parametrize("shift", [0.0, 0.15, 0.5])
def test_a_paired_test_is_a_permutation_test(shift: float) -> None:
    differences = np.random.default_rng(int(100 * shift)).normal(shift, 1, 60)
    expected = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=20_000, rng=2
    ).pvalue
    assert randomisation_p(differences, np.random.default_rng(0)) == pytest.approx(expected, abs=0.015)


def test_zeros_say_nothing_and_many_differences_are_normal() -> None:
    rng = np.random.default_rng(0)
    assert randomisation_p(np.zeros(5), rng) == 1.0
    few = rng.normal(0.05, 1, MOST_FLIPPED)
    with_zeros = np.concatenate([few, np.zeros(300)])
    assert randomisation_p(with_zeros, np.random.default_rng(1)) == randomisation_p(
        few, np.random.default_rng(1)
    )
    many = np.concatenate([few, few[:1] * 1e-9])
    assert randomisation_p(many, rng) == pytest.approx(randomisation_p(few, rng), abs=0.02)
    with pytest.raises(InputError, match="expected finite ones"):
        randomisation_p([np.nan], rng)


def test_holm_is_that_of_statsmodels() -> None:
    p = np.array([0.01, 0.04, 0.03, 0.005, 0.5, 0.04])
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([0.2, np.nan]) == pytest.approx([0.2, np.nan], nan_ok=True)
    assert holm([]).size == 0


def test_holm_claims_too_much_in_one_family_of_twenty_no_more_often_than_it_says() -> None:
    rng = np.random.default_rng(3)
    false_claims = [bool((holm(rng.random(20)) <= 0.1).any()) for _ in range(2000)]
    assert np.mean(false_claims) == pytest.approx(0.1, abs=0.02)
