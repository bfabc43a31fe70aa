"""Pass rates among different numbers of rivals do not compare until they are counted among as many."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.analysis.pairs.comparison import compare_pairs, passed_in
from evenband.analysis.pairs.rivals import common_rivals, passes_among, rivals_of
from evenband.analysis.pairs.scorecard import score
from evenband.stats.ranks import undefeated
from evenband.types import PairsDetails, PairsMeasurement
from unit.analysis.pairs import labelled
from unit.analysis.pairs.test_scorecard import _measured


def _counted(n: int, nearer: int, *, seed: int = 0, rivals: int | None = None) -> PairsMeasurement:
    """Every cell of n labels has as many nearer rivals."""
    made = _measured("family", "INV", 0.5, seed=seed).take(range(n))
    shape = made.scores.shape
    of = np.full(shape, float(n - 1 if rivals is None else rivals))
    below, level = np.full(shape, float(nearer)), np.zeros(shape)
    details = replace(made.details, rivals=of, nearer=below, tied=level, passes=undefeated(below, level, of))
    return replace(made, details=details)


@given(rivals=st.integers(1, 9), nearer=st.integers(0, 9), tied=st.integers(0, 9), drawn=st.integers(1, 9))
def test_a_rate_is_the_share_of_all_draws_without_a_nearer_rival(
    rivals: int, nearer: int, tied: int, drawn: int
) -> None:
    """Counted over every set of opponents; a tie is half lost."""
    nearer = min(nearer, rivals)
    tied = min(tied, rivals - nearer)
    sets = list(combinations(range(rivals), min(drawn, rivals)))
    strict = np.mean([min(one) >= nearer for one in sets])
    lenient = np.mean([min(one) >= nearer + tied for one in sets])
    assert undefeated(nearer, tied, rivals, drawn) == pytest.approx((strict + lenient) / 2)


def test_a_rate_among_few_means_the_same_over_any_number_of_labels() -> None:
    """A tenth of a population is nearer: among 9 of it, .9^9 pass, whether 30 or 180 labels were measured."""
    rng = np.random.default_rng(0)
    rates = {}
    for n in (30, 180):
        below = rng.binomial(n - 1, 0.1, size=4000)
        rates[n] = undefeated(below, 0, n - 1, 9).mean()
    assert rates[30] == pytest.approx(0.9**9, abs=0.015)
    assert rates[180] == pytest.approx(0.9**9, abs=0.015)
    own = [undefeated(rng.binomial(n - 1, 0.1, size=4000), 0, n - 1).mean() for n in (30, 180)]
    assert own[0] > 0.02 > own[1], "which is not so of all rivals"


def test_a_comparison_counts_both_sides_among_the_fewer() -> None:
    """One side has lost some rivals: the difference is that of equal sizes, 0 where shares are equal."""
    many, few = _counted(100, 0), _counted(100, 0, rivals=40)
    assert (rivals_of(many), rivals_of(few), common_rivals(many, few)) == (99, 40, 40)
    harder = _counted(100, 10)
    found = compare_pairs(few, harder, np.random.default_rng(0))
    assert found.rivals == 40
    expected = float(undefeated(10, 0, 99, 40))
    assert passed_in(harder, 40) == pytest.approx(expected)
    assert found.pass_rate.value == pytest.approx(expected - 1)
    assert passed_in(harder) == pytest.approx(0.0)


def test_a_file_without_counts_is_not_compared_with_another_number_of_rivals() -> None:
    """No value stays no value; with as many rivals the files of older versions compare as before."""
    new, old = _counted(100, 0, rivals=40), _counted(100, 0)
    old = replace(old, details=replace(old.details, nearer=None, tied=None, rivals=None))
    assert rivals_of(old) == 99
    assert compare_pairs(old, new, np.random.default_rng(0)).pass_rate.value is None
    assert compare_pairs(old, old, np.random.default_rng(0)).pass_rate.value == 0


def test_more_rivals_than_there_are_give_no_rate() -> None:
    """And types that compare with no other label have no number of rivals."""
    assert passes_among(_counted(20, 0), 31) is None
    assert rivals_of(_measured("family", "DIFF", 0.5)) is None
    assert rivals_of(_counted(200, 0)) == 149
    assert PairsDetails().nearer is None


def test_scorecards_beside_each_other_count_among_as_many_rivals() -> None:
    """A model that lacks labels has fewer rivals; the other's line is recounted among as many."""
    many = _counted(100, 4)
    few = replace(_counted(100, 4, rivals=40), subject=replace(many.subject, name="few"))
    audits = [
        labelled.audit(
            replace(made, probe=replace(made.probe, name=name, family=name, digest=name)), detailed=False
        )
        for made in (many, few)
        for name in ("p", "q", "r")
    ]
    first, second = score(audits)
    for one, other in zip(first.lines, second.lines, strict=True):
        assert (one.rivals, other.rivals) == (99, 40)
        assert other.common is None
        assert one.common is not None
        assert one.common.rivals == 40
        assert one.common.pass_rate.value == pytest.approx(passed_in(many, 40))
        assert one.common.pass_rate.value != one.pass_rate.value
    assert all(line.common is None for line in score(audits[:3])[0].lines)
