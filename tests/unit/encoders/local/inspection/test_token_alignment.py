"""Tokens that two texts share are found, in order, and as many as there are."""

from functools import cache
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evenband.encoders.local.inspection.token_alignment import align

IDS = st.lists(st.integers(0, 4), max_size=9)


def longest(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """The textbook recursion for a longest common subsequence's length."""

    @cache
    def solve(i: int, j: int) -> int:
        if i == len(a) or j == len(b):
            return 0
        return 1 + solve(i + 1, j + 1) if a[i] == b[j] else max(solve(i + 1, j), solve(i, j + 1))

    return solve(0, 0)


@given(IDS, IDS)
def test_as_many_equal_tokens_as_possible_are_paired_in_order(a: list[int], b: list[int]) -> None:
    """The pairs are equal, increasing in both texts, and as many as the textbook recursion finds."""
    pairs = align(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))
    assert len(pairs) == longest(tuple(a), tuple(b))


@given(IDS, st.integers(0, 4), st.data())
def test_one_more_token_leaves_all_others_paired(ids: list[int], extra: int, data: st.DataObject) -> None:
    """What a comma is put into keeps all its tokens as partners."""
    place = data.draw(st.integers(0, len(ids)))
    assert len(align([*ids[:place], extra, *ids[place:]], ids)) == len(ids)


def test_a_comma_in_the_middle() -> None:
    """The plain case, by hand."""
    assert align([1, 2, 9, 3, 4], [1, 2, 3, 4]) == ((0, 0), (1, 1), (3, 2), (4, 3))
