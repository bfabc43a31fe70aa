"""Filters compare numbers as numbers and texts as texts."""

from __future__ import annotations

import json

import pytest

from evenband.corpora.column_filters import ColumnFilter
from evenband.errors import InputError

COLUMNS = json.dumps(
    {"section": "games", "year": 2001, "free": True, "tags": ["a", "b"], "two words": "x", "price": "999"}
)
LARGE = 2**53 + 1


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("section=games", True),
        ("section = games", True),
        ("section!=games", False),
        ("section=game", False),
        ("year=2001", True),
        ("year>=2001.0", True),
        ("year<10000", True),  # as texts it would not be
        ("year<2001", False),
        ("price>=2000", False),  # a text that reads as a number, as in CSV
        ("price<1e3", True),
        ("price=999.0", False),  # equality is of texts
        ("price<cheap", True),
        ("section>=2000", True),  # as texts
        ("year<inf", False),
        ("year=old", False),
        ("year!=old", True),
        ("free=true", True),
        ("tags=b", True),
        ("tags=c", False),
        ("tags>0", False),  # a list is not larger than a number
        ("free>0", False),
        ("two words=x", True),
        ("other=x", False),
        ("other!=x", False),
    ],
)
def test_accepts(text: str, holds: bool) -> None:
    """A document meets a condition or does not; one without the column never does."""
    assert ColumnFilter.parse(text).accepts(COLUMNS) is holds


@pytest.mark.parametrize("cell", [LARGE, str(LARGE)])
def test_whole_numbers_are_exact(cell: object) -> None:
    """Numbers beyond what a float holds exactly are told apart."""
    columns = json.dumps({"n": cell})
    assert ColumnFilter.parse(f"n>={LARGE}").accepts(columns)
    assert not ColumnFilter.parse(f"n>{LARGE - 1}0").accepts(columns)
    assert not ColumnFilter.parse(f"n<{LARGE}").accepts(columns)
    assert ColumnFilter.parse(f"n<{'9' * 5000}").accepts(columns)


@pytest.mark.parametrize("text", ["section", "=games", ""])
def test_refuses_what_is_no_filter(text: str) -> None:
    """A condition without a column or a comparison is refused."""
    with pytest.raises(InputError, match="expected COLUMN=VALUE"):
        ColumnFilter.parse(text)


def test_names_columns_that_do_not_exist() -> None:
    """A column that no document has is refused with the nearest that exists."""
    with pytest.raises(InputError, match="'sektion'; did you mean 'section'"):
        ColumnFilter.explain_nothing([ColumnFilter.parse("sektion=x")], [[COLUMNS]])


def test_a_value_that_is_no_number_is_named_where_the_column_has_only_numbers() -> None:
    """A misspelt number finds nothing, and is told; texts beside numbers are compared as texts."""
    misspelt = ColumnFilter.parse("year>=2OOO")
    with pytest.raises(InputError, match=r"year>=2OOO: '2OOO' is no number, and every year is one"):
        ColumnFilter.explain_nothing([misspelt], [['{"year": 2001}', '{"year": "2002"}', "{}"]])
    ColumnFilter.explain_nothing([misspelt], [['{"year": 2001}', '{"year": "unknown"}']])
