"""Overlap of ranked lists against the definition, term by term."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.stats.rank_biased import overlap_at, rank_biased_overlap

lists = st.lists(st.permutations(range(8)).map(lambda one: one[:5]), min_size=1, max_size=4)


def by_definition(a: list[int], b: list[int], p: float) -> float:
    """Equation 32 of Webber et al., as it stands."""
    k = len(a)
    agreement = [len(set(a[:d]) & set(b[:d])) / d for d in range(1, k + 1)]
    return agreement[-1] * p**k + (1 - p) / p * sum(x * p**d for d, x in enumerate(agreement, start=1))


@given(lists, lists, st.sampled_from([0.5, 0.9]))
def test_rank_biased_overlap_is_as_defined(left: list[list[int]], right: list[list[int]], p: float) -> None:
    n = min(len(left), len(right))
    found = rank_biased_overlap(left[:n], right[:n], p)
    assert found == pytest.approx([by_definition(a, b, p) for a, b in zip(left, right, strict=False)])
    assert overlap_at(left[:n], right[:n]) == pytest.approx(
        [len(set(a) & set(b)) / 5 for a, b in zip(left, right, strict=False)]
    )
    assert rank_biased_overlap(left, left) == pytest.approx(1.0)


def test_a_published_example() -> None:
    """<a b c d e> and <c a b d e> share 0, 1/2, 1, 1, 1 of the first d (Webber et al., table 2 by hand)."""
    assert by_definition([0, 1, 2, 3, 4], [2, 0, 1, 3, 4], 0.9) == pytest.approx(
        rank_biased_overlap([[0, 1, 2, 3, 4]], [[2, 0, 1, 3, 4]])[0]
    )
    assert rank_biased_overlap([[0, 1, 2, 3, 4]], [[2, 0, 1, 3, 4]])[0] == pytest.approx(0.855, abs=5e-4)


def test_the_first_places_count_most() -> None:
    same = [[0, 1, 2, 3]]
    early, late = (rank_biased_overlap(same, [one])[0] for one in ([9, 1, 2, 3], [0, 1, 2, 9]))
    assert early < late < 1


def test_lists_that_ended_early() -> None:
    """Two short lists that are the same are the same; what one lacks is not in common; no list is no list."""
    short, longer, empty = [3, 4, -1, -1], [3, 4, 5, 6], [-1] * 4
    assert rank_biased_overlap([short, empty], [short, empty]) == pytest.approx([1, 1])
    assert overlap_at([short, empty, empty], [longer, empty, short]) == pytest.approx([0.5, 1, 0])
    assert rank_biased_overlap([empty], [short])[0] == 0
    assert 0 < rank_biased_overlap([short], [longer])[0] < 1


def test_shapes_and_persistence_are_checked() -> None:
    with pytest.raises(InputError, match="expected two equal tables"):
        overlap_at(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(InputError, match="got p = 1, expected 0 < p < 1"):
        rank_biased_overlap([[1]], [[1]], 1)
