"""Drawn whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evenband.errors import InputError
from evenband.slots import load
from evenband.slots.numbers import draw


@given(st.integers(0, 10**12), st.integers(0, 5000), st.integers(1, 300), st.integers(0, 2**32))
def test_numbers_are_different_and_in_the_range(low: int, span: int, n: int, seed: int) -> None:
    """As many as wanted, or all there are."""
    numbers = draw(low, low + span, n, np.random.default_rng(seed))
    assert len(set(numbers)) == len(numbers) == min(n, span + 1)
    assert low <= min(numbers) <= max(numbers) <= low + span


def test_all_there_are() -> None:
    """A range of twenty, in random order."""
    values = load("numbers:1..20").values
    assert sorted(map(int, values)) == list(range(1, 21))
    assert list(map(int, values)) != list(range(1, 21))


@pytest.mark.parametrize("high", [999_999, 10**9])
def test_every_order_of_magnitude_is_drawn_as_often(high: int) -> None:
    """Logarithms are uniform by a Kolmogorov-Smirnov test, in short ranges and in long ones."""
    low = 10_000
    numbers = draw(low, high, 2000, np.random.default_rng(0))
    logs = np.log(np.array(numbers, dtype=float))
    test = stats.kstest(logs, stats.uniform(np.log(low), np.log(high + 1) - np.log(low)).cdf)
    assert test.statistic < 0.05


def test_the_option_says_how_many() -> None:
    """2,000 unless told."""
    assert len(load("numbers:1000..99999")) == 2000
    assert len(load("numbers:1000..99999@n=17")) == 17


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("numbers:9..1", "got the range '9..1', expected LOW..HIGH in whole numbers"),
        ("numbers:5", "got the range '5', expected LOW..HIGH"),
        ("numbers:1.5..2", "got the range '1.5..2', expected LOW..HIGH"),
        ("numbers:-3..9", "got the range '-3..9'"),
        ("numbers:1..9999999999999999", "from 0 to 10.15"),
        ("numbers:1..9@n=0", "got n=0, expected a whole number from 1 to 100,000"),
        ("numbers:1..9@n=x", "got n=x, expected a whole number"),
        ("numbers:1..9@size=3", "has the option 'size' .there are: n."),
    ],
)
def test_a_bad_range_is_refused(ref: str, message: str) -> None:
    """The error names the reference."""
    with pytest.raises(InputError, match=message) as caught:
        load(ref)
    assert f"'{ref}'" in str(caught.value)
