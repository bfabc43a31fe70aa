"""Sequential permutation tests: exact against enumeration, and honest over many looks."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.stats.sequential import sequential_p


def test_one_look_spends_half_of_the_error_rate() -> None:
    """A single look that beats all of 99 permutations has p = 2/100: half of the rate is spent at look 1."""
    permuted = np.linspace(0, 1, 99)[:, None]
    assert sequential_p([2.0], permuted)[0] == pytest.approx(0.02)
    assert sequential_p([-1.0], permuted)[0] == 1.0


def test_looks_that_say_the_same_relax_and_never_rise() -> None:
    """The same statistic at every look costs nothing: p falls towards the p of a single test."""
    rng = np.random.default_rng(0)
    once = rng.normal(size=(999, 1))
    own = float(np.quantile(once, 0.97))
    p = sequential_p(np.full(20, own), np.repeat(once, 20, axis=1))
    single = (1 + (once[:, 0] >= own).sum()) / 1000
    assert np.all(np.diff(p) <= 0)
    assert p[0] == pytest.approx(2 * single, abs=0.003)
    assert p[-1] == pytest.approx(single * 21 / 20, abs=0.003)


def test_alarms_over_many_looks_are_as_rare_as_said() -> None:
    """Of 200 walks without an effect, 5% or so reject at some of 8 looks; naive tests reject more."""
    rng = np.random.default_rng(1)
    alarms, naive = 0, 0
    for _ in range(200):
        walks = np.abs(np.cumsum(rng.normal(size=(100, 8)), axis=1))
        p = sequential_p(walks[0], walks[1:])
        alarms += bool((p <= 0.05).any())
        naive += bool(((walks >= walks[0]).mean(axis=0) <= 0.05).any())
    assert alarms / 200 <= 0.09
    assert naive / 200 > 0.09


def test_ties_never_make_an_alarm() -> None:
    """Statistics that are all equal have p = 1 at every look."""
    assert sequential_p(np.zeros(3), np.zeros((50, 3))).tolist() == [1.0, 1.0, 1.0]


def test_shapes_that_do_not_fit_are_refused() -> None:
    """The message names both shapes."""
    with pytest.raises(InputError, match=r"\(2,\).*\(5, 3\)"):
        sequential_p([1.0, 2.0], np.zeros((5, 3)))
