"""Lists of names are cut by one rule, and numbers agree with their nouns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.wording import counted, listed, shared_start, signed_as_read


@pytest.mark.parametrize(
    ("names", "most", "expected"),
    [
        ([], 3, ""),
        (["a"], 3, "a"),
        (["a", "b", "a"], 3, "a and b"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c", "d"], 3, "a, b, c and d"),
        (["a", "b", "c", "d", "e"], 3, "a, b, c and 2 more"),
        (["a", "b", "c"], 1, "a and 2 more"),
    ],
)
def test_a_list_is_cut_where_it_saves_room(names: list[str], most: int, expected: str) -> None:
    """``1 more`` would be no shorter than the name."""
    assert listed(names, most) == expected


@given(st.lists(st.text("abcdef", min_size=1), unique=True), st.integers(1, 6))
def test_no_name_is_lost(names: list[str], most: int) -> None:
    """What is written and what is counted are all of them."""
    parts = [part for part in listed(names, most).replace(" and ", ", ").split(", ") if part]
    rest = next((int(part.split()[0]) for part in parts if part.endswith(" more")), 0)
    shown = [part for part in parts if not part.endswith(" more")]
    assert shown == names[: len(shown)]
    assert len(shown) + rest == len(names)
    assert len(shown) <= most + 1


def test_the_rest_is_counted_of_a_list_that_is_cut_already() -> None:
    """Where only the first names are at hand."""
    assert listed(["a", "b"], 2, total=10153) == "a, b and 10,151 more"


def test_a_number_agrees_with_its_noun() -> None:
    """One of a thing, none or several of them, with irregular plurals."""
    assert [counted(n, "label") for n in (0, 1, 1200)] == ["0 labels", "1 label", "1,200 labels"]
    assert [counted(n, "family", "families") for n in (1, 2)] == ["1 family", "2 families"]


@given(st.lists(st.text("ab", max_size=6), max_size=5))
def test_what_texts_begin_with_is_found_sign_by_sign(texts: list[str]) -> None:
    """As long as it can be, and no longer."""
    n = shared_start(texts)
    assert len({text[:n] for text in texts}) <= 1
    longer = {text[: n + 1] for text in texts}
    assert not texts or len(longer) > 1 or min(map(len, texts)) == n


def test_a_number_that_people_read_has_a_true_minus_sign() -> None:
    """In front and in an exponent; a plus stays."""
    assert [signed_as_read(text) for text in ("-0.5", "6.8e-13", "+0.5")] == ["−0.5", "6.8e−13", "+0.5"]
