"""Which texts occur among the training data: the stated rule, exactly."""

from __future__ import annotations

import pytest

from evenband.train.occurrence import Sought, occurring, words_of

GRANDMA = Sought(words_of("Let's eat, grandma."), frozenset({"grandma"}))
LONG = Sought(words_of("The lawyer who lives next door to my old house said hello"), frozenset({"lawyer"}))


def occurs(sought: Sought, *texts: str, labels: tuple[str, ...] = ("grandma", "grandpa", "lawyer")) -> bool:
    return bool(occurring([sought], texts, labels)[0])


@pytest.mark.parametrize("text", ["let’s eat grandma", "LETS  EAT GRANDMA!!", "Let's eat, granma"])
def test_case_signs_spaces_and_one_letter_do_not_count(text: str) -> None:
    """The same words in other spelling are the same text, and so is one letter less in a longer word."""
    assert occurs(GRANDMA, "something else", text)


@pytest.mark.parametrize(
    "text", ["Let's eat, grandpa", "eat, let's grandma no", "grandma", "Let's eat a dog"]
)
def test_another_label_or_another_text_is_not_the_same(text: str) -> None:
    """One letter makes grandpa of grandma, but grandpa is a label of its own."""
    assert not occurs(GRANDMA, text)


def test_four_words_in_five_are_near_if_the_label_is_among_them() -> None:
    """A word more in a long text leaves it near; another label in its place does not."""
    text = "The lawyer who lives next door to my old house said hello"
    assert occurs(LONG, f"{text} again")
    assert not occurs(LONG, text.replace("lawyer", "doctor"))
    assert not occurs(LONG, "The lawyer who lives far away said hello")


def test_numbers_that_differ_in_a_digit_are_others() -> None:
    """15,000 is not 15,001, and letters of short words count."""
    assert not occurs(Sought(words_of("I paid 15000"), frozenset({"15000"})), "I paid 15001")
    assert not occurs(Sought(words_of("a cat sat")), "a bat sat")


def test_the_index_finds_what_comparing_every_pair_finds() -> None:
    """Rare words as an index lose no near text."""
    from evenband.train.occurrence import _is_near

    nouns = ["lawyer", "doctor", "sailor", "tailor", "teacher"]
    texts = [f"the old {a} met the young {b} near the big house of {a}" for a in nouns for b in nouns]
    others = [text.replace("big ", "") for text in texts[::2]] + [text + " today" for text in texts[::3]]
    sought = [Sought(words_of(text), frozenset(set(nouns) & set(words_of(text)))) for text in texts]
    expected = [
        any(words_of(o) == s.words or _is_near(s, words_of(o), nouns) for o in others) for s in sought
    ]
    assert occurring(sought, others, nouns).tolist() == expected
    assert 0 < sum(expected) < len(expected)
