"""Letters that a value has or lacks; capitals and spelling out stand with the other forms."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.slots import forms
from evenband.slots.forms.spelling import LETTER_FREQUENCY


def draw(name: str, *values: str, seed: int = 0) -> tuple[str, ...]:
    """The form of each value."""
    return forms.apply(name, values, np.random.default_rng(seed))


@given(st.text(string.ascii_letters + " ", max_size=20), st.integers(0, 99))
def test_a_letter_is_in_it_and_an_absent_one_is_not(value: str, seed: int) -> None:
    """Whatever the capitals; a text without letters has none."""
    present = set(value.lower()) & set(string.ascii_lowercase)
    if present:
        assert draw("letter", value, seed=seed)[0] in present
    else:
        with pytest.raises(InputError, match="has no form 'letter'"):
            draw("letter", value)
    assert draw("absent", value, seed=seed)[0] in set(string.ascii_lowercase) - present


def test_accents_are_letters_too() -> None:
    """The only letter in é is e."""
    assert draw("letter", "éé") == ("e",)
    assert "e" not in {draw("absent", "é", seed=seed)[0] for seed in range(60)}


def test_absent_letters_are_as_frequent_as_in_english() -> None:
    """Of 2,000 letters drawn, the nine most frequent have their share of the table, within three errors."""
    drawn = draw("absent", *(f"{number}k" for number in range(2000)))
    share = sum(letter in "etaoinshr" for letter in drawn) / len(drawn)
    expected = sum(LETTER_FREQUENCY[letter] for letter in "etaoinshr")
    total = sum(LETTER_FREQUENCY.values()) - LETTER_FREQUENCY["k"]
    assert share == pytest.approx(expected / total, abs=0.03)
