"""Drawn amounts of money."""

from __future__ import annotations

import re

import pytest

from evenband.errors import InputError
from evenband.slots import load

SLOT = load("money:")
SIGNS = {"$": ("dollars", "USD"), "€": ("euros", "EUR"), "£": ("pounds", "GBP")}


def read(text: str) -> tuple[str, int]:
    assert re.fullmatch(r"[$€£]\d{1,3}(,\d{3})*", text)
    return text[0], int(text[1:].replace(",", ""))


def test_the_same_amount_is_written_in_other_ways() -> None:
    """$1,200 is 1,200 dollars and USD 1,200."""
    for value, words, code in zip(SLOT.values, SLOT.columns["words"], SLOT.columns["code"], strict=True):
        name, letters = SIGNS[value[0]]
        assert words == f"{value[1:]} {name}"
        assert code == f"{letters} {value[1:]}"


def test_near_misses_differ_in_one_part() -> None:
    """Another currency, or another amount about half as much again."""
    for value, other, more in zip(SLOT.values, SLOT.columns["other"], SLOT.columns["amount"], strict=True):
        (sign, amount), (unlike, same), (kept, higher) = read(value), read(other), read(more)
        assert (sign, amount) == (kept, same)
        assert unlike != sign
        assert 1.4 * amount <= higher <= 1.5 * amount


def test_amounts_have_three_significant_digits() -> None:
    """As prices have, from 10 to 999,999, in three currencies."""
    amounts = [read(value) for value in SLOT.values]
    assert all(len(str(amount).rstrip("0")) <= 3 and 10 <= amount <= 999_999 for _, amount in amounts)
    assert {sign for sign, _ in amounts} == set(SIGNS)
    assert len(SLOT) == 2000


def test_a_narrow_range_gives_all_there_is() -> None:
    """Five amounts in three currencies."""
    assert len(load("money:96..100")) == 15


@pytest.mark.parametrize("ref", ["money:1..10", "money:10", "money:20..10"])
def test_a_bad_range_is_refused(ref: str) -> None:
    """The error names the reference."""
    with pytest.raises(InputError, match="expected") as caught:
        load(ref)
    assert f"'{ref}'" in str(caught.value)
