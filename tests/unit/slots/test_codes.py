"""Drawn codes."""

from __future__ import annotations

import re

import pytest

from evenband.errors import InputError
from evenband.slots import load

SLOT = load("codes:")


def test_codes_are_like_the_pattern() -> None:
    """Different letters, none that looks like a digit, and no leading zero."""
    for value in SLOT.values:
        letters, digits = re.fullmatch(r"([A-Z]{2})-([1-9]\d{3})", value).groups()  # type: ignore[union-attr]
        assert letters[0] != letters[1]
        assert not set(letters) & set("IOQS")
        assert len(set(digits)) > 1
    assert len(load("codes:AAA-000000@n=9").values[0]) == 10


def test_half_of_all_codes_can_be_drawn() -> None:
    """22 letters by 81 numbers of two different digits, and no more than half of them."""
    assert len(load("codes:A-00@n=891")) == 22 * 81 // 2


def test_swapped_digits_are_neighbours() -> None:
    """The code differs in two places next to each other, and these have each other's digit."""
    for value, other in zip(SLOT.values, SLOT.columns["swapped"], strict=True):
        at = [i for i in range(7) if value[i] != other[i]]
        assert len(at) == 2
        assert at[1] - at[0] == 1
        assert (value[at[0]], value[at[1]]) == (other[at[1]], other[at[0]])


def test_another_digit_is_one_digit() -> None:
    """The code differs in one place, which is a digit in both."""
    for value, other in zip(SLOT.values, SLOT.columns["digit"], strict=True):
        ((old, new),) = [pair for pair in zip(value, other, strict=True) if pair[0] != pair[1]]
        assert old.isdigit()
        assert new.isdigit()
        assert other[3] != "0"


def test_the_same_code_is_written_in_other_ways() -> None:
    """Only the hyphen differs."""
    assert SLOT.columns["spaced"] == tuple(value.replace("-", " ") for value in SLOT.values)
    assert SLOT.columns["joined"] == tuple(value.replace("-", "") for value in SLOT.values)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("codes:0000", "got the pattern '0000', expected one to six A"),
        ("codes:AA-0", "got the pattern 'AA-0'"),
        ("codes:A-00@n=5000", "got 5,000 codes to draw, expected 891 or fewer for A-00"),
    ],
)
def test_a_bad_pattern_is_refused(ref: str, message: str) -> None:
    """The error names the reference."""
    with pytest.raises(InputError, match=message) as caught:
        load(ref)
    assert f"'{ref}'" in str(caught.value)
