"""Drawn days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from evenband.errors import InputError
from evenband.slots import load

SLOT = load("dates:@n=5000")


def read(text: str) -> date:
    """By Python's own parser, which refuses 31 April."""
    return datetime.strptime(text, "%B %d, %Y").date()


@pytest.mark.parametrize(
    ("column", "layout"), [("iso", "%Y-%m-%d"), ("dmy", "%d %B %Y"), ("short", "%d %b %Y")]
)
def test_the_same_day_is_written_in_other_ways(column: str, layout: str) -> None:
    """Python's own parser reads the value's day out of every notation."""
    days = [datetime.strptime(text, layout).date() for text in SLOT.columns[column]]
    assert days == [read(value) for value in SLOT.values]


@pytest.mark.parametrize(
    ("column", "kept"),
    [
        ("month", lambda day: (day.day, day.year)),
        ("day", lambda day: (day.month, day.year)),
        ("year", lambda day: (day.day, day.month)),
    ],
)
def test_a_near_miss_differs_in_one_part(column: str, kept: Callable[[date], tuple[int, int]]) -> None:
    """A day that exists, with the other two parts as they were."""
    for value, other in zip(SLOT.values, SLOT.columns[column], strict=True):
        day, miss = read(value), read(other)
        assert kept(day) == kept(miss)
        assert getattr(day, column) != getattr(miss, column)


def test_days_are_written_without_leading_zeros() -> None:
    """March 3, not March 03."""
    assert not [text for text in (*SLOT.values, *SLOT.columns["dmy"]) if text.startswith("0") or " 0" in text]


def test_the_years_are_those_asked_for() -> None:
    """All 730 days of 2023 and 2024 but 29 February; the near misses too."""
    slot = load("dates:2023..2024")
    assert len(slot) == 730
    assert {read(text).year for name in ("month", "day", "year") for text in slot.columns[name]} == {
        2023,
        2024,
    }
    assert not [value for value in slot.values if value.startswith("February 29")]


@pytest.mark.parametrize("ref", ["dates:2020..2020", "dates:500..900", "dates:2020..10000", "dates:2020"])
def test_bad_years_are_refused(ref: str) -> None:
    """The error names the reference and says what was expected."""
    with pytest.raises(InputError, match=r"expected (two different|LOW\.\.HIGH)") as caught:
        load(ref)
    assert f"'{ref}'" in str(caught.value)
