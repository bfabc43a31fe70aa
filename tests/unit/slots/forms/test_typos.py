"""Typos."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.slots import load, wordnet
from evenband.slots.forms.typos import NEIGHBOURS, make_typo

LATIN = st.characters(codec="utf-8", categories=["Lu", "Ll"], max_codepoint=0x24F, exclude_characters="µ")
WORDS = st.text(LATIN, min_size=4, max_size=12)


def measure_distance(left: str, right: str) -> int:
    """Damerau-Levenshtein distance, optimal string alignment, by its recurrence."""
    table = np.zeros((len(left) + 1, len(right) + 1), dtype=int)
    table[:, 0], table[0] = np.arange(len(left) + 1), np.arange(len(right) + 1)
    for i, a in enumerate(left, start=1):
        for j, b in enumerate(right, start=1):
            steps = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b)]
            if i > 1 and j > 1 and (a, b) == (right[j - 2], left[i - 2]):
                steps.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(steps)
    return int(table[-1, -1])


def test_the_distance_is_the_published_one() -> None:
    """Damerau's four kinds of error are 1 each; Levenshtein's kitten is 3 from sitting."""
    assert [measure_distance("word", other) for other in ("wrod", "wor", "words", "ward")] == [1] * 4
    assert measure_distance("kitten", "sitting") == 3


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(0, 2**32))
def test_a_slip_is_one_edit_after_the_first_letter_of_the_longest_word(words: list[str], seed: int) -> None:
    """Distance 1; every other word, and the first letter, stay."""
    text = " ".join(words)
    result = make_typo(text, np.random.default_rng(seed))
    assert measure_distance(text, result) == 1
    changed = [(old, new) for old, new in zip(words, result.split(" "), strict=True) if old != new]
    ((old, new),) = changed
    assert len(old) == max(map(len, words))
    assert old[0] == new[0]


def test_keys_are_neighbours_of_each_other() -> None:
    """g's neighbours are those around it on a keyboard, and neighbourhood is mutual."""
    assert set(NEIGHBOURS["g"]) == set("fhtyvb")
    assert set(NEIGHBOURS["q"]) == set("wa")
    assert set(NEIGHBOURS["p"]) == set("ol")
    assert all(key in NEIGHBOURS[other] for key, others in NEIGHBOURS.items() for other in others)


def test_every_kind_of_slip_occurs() -> None:
    """Of 400 slips in one word each kind is a third, as chance has it."""
    slips = [make_typo("pneumonia", np.random.default_rng(seed)) for seed in range(400)]
    shorter = sum(len(word) < 9 for word in slips)
    swapped = sum(sorted(word) == sorted("pneumonia") for word in slips)
    for count in (shorter, swapped, 400 - shorter - swapped):
        assert 100 <= count <= 170


def test_a_slip_makes_no_other_noun() -> None:
    """Of the foods, none becomes another noun: bread is not beard, pear is not peer."""
    values = [value for value in load("table:food").values if value.isalpha() and len(value) > 3]
    assert len(values) > 50
    for seed in range(5):
        slips = {value: make_typo(value, np.random.default_rng(seed)) for value in values}
        assert not {old: new for old, new in slips.items() if wordnet.is_noun(new)}


@pytest.mark.parametrize("text", ["", "ape", "a b cat 12345", "1,000"])
def test_short_words_have_no_slip(text: str) -> None:
    """No word of four letters."""
    with pytest.raises(ValueError, match="word of 4 letters"):
        make_typo(text, np.random.default_rng(0))
