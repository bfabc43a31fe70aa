"""Which labels and texts may be examples."""

from __future__ import annotations

import pytest

from evenband.unshown_words import (
    NOT_SHOWN,
    every_word,
    examples_of,
    may_be_shown,
    text_may_be_shown,
    word_digest,
)
from unit.unshown import PASSED_OVER

WORDNET = "wordnet:person.n.01"
SLUR = PASSED_OVER[0]


@pytest.mark.parametrize("slot", [WORDNET, "letters:grand?a@matched", f"list:tea,mate x {WORDNET}"])
def test_words_that_are_not_the_users_own_are_passed_over(slot: str) -> None:
    """Nouns of WordNet, strings of a pattern with the words beside them, and combinations with either."""
    assert not may_be_shown(slot, SLUR)
    assert not may_be_shown(slot, SLUR.upper())
    assert not may_be_shown(slot, f"tea + {SLUR}")
    assert not text_may_be_shown(slot, f"Let's eat, {SLUR}!")
    assert may_be_shown(slot, "grandma")
    assert text_may_be_shown(slot, "Let's eat, grandma!")
    with every_word():
        assert may_be_shown(slot, SLUR)
        assert text_may_be_shown(slot, f"Let's eat, {SLUR}!")


@pytest.mark.parametrize("slot", ["file:names.csv", "list:a,b", "table:person", "", "terms:"])
def test_the_users_own_are_never_filtered(slot: str) -> None:
    """A list, a file, one's own terms."""
    assert may_be_shown(slot, SLUR)
    assert text_may_be_shown(slot, f"let's eat, {SLUR}")


def test_a_name_of_several_words_is_found_in_a_text() -> None:
    """As long as the longest on the list; a word of it alone says nothing."""
    long = max(PASSED_OVER, key=lambda word: len(word.split()))
    assert len(long.split()) > 2
    assert not text_may_be_shown(WORDNET, f"please help the {long} now")
    assert text_may_be_shown(WORDNET, f"please help the {long.split()[0]} now")


def test_named_examples_are_those_that_are_shown() -> None:
    """The others drop out; where none is left, that is said."""
    assert examples_of(WORDNET, [SLUR, "nurse"]) == ["nurse"]
    assert examples_of(WORDNET, [SLUR]) == [NOT_SHOWN]
    assert examples_of(WORDNET, []) == []


def test_a_digest_is_that_of_the_word_whatever_its_case() -> None:
    """So that Slur and slur are one entry."""
    assert word_digest("Nurse") == word_digest("nurse") != word_digest("nurses")
