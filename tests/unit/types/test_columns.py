"""Cells of any type can be stored, and columns of any name."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

import pytest

from evenband.types.columns import column_array, free_name, is_whole, storable


@pytest.mark.parametrize(
    "cells",
    [
        (1, None, -3),
        (2**63, 2**64 - 1, None),
        (1, 2.5, None),
        (True, None, False),
        ("a", None, "é🙂"),
        (math.inf, math.nan, None),
        ([1, 2], [], None),
        ({"k": [1]}, {"k": []}, None),
        (b"\xff", None, b""),
        (datetime.date(2020, 1, 1), None, None),
        (decimal.Decimal("1.50"), None, decimal.Decimal(10) ** 30),
        (None, None, None),
        ("x" * 400_000, None, ""),
    ],
)
def test_what_parquet_can_hold_stays_as_it_is(cells: tuple[Any, ...]) -> None:
    """And None stays None."""
    assert storable(cells) == cells
    assert len(column_array(cells, 2)) == 6


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ((2**64, None, 1), ("18446744073709551616", None, "1")),
        ((-(2**63) - 1, 2, 3), ("-9223372036854775809", "2", "3")),
        ((1, "a", [1, "é"]), ("1", "a", '[1, "é"]')),
        ((True, 1, None), ("true", "1", None)),
        (({}, {"k": 1}, None), ("{}", '{"k": 1}', None)),
        (({}, {}, None), ("{}", "{}", None)),
        (("half \ud83d", "b", None), ("half \\ud83d", "b", None)),
        (({"k": "\ud83d"}, None, None), ('{"k": "\\ud83d"}', None, None)),
        ((object, 1, None), ("<class 'object'>", "1", None)),
    ],
)
def test_what_parquet_cannot_hold_becomes_text(cells: tuple[Any, ...], texts: tuple[Any, ...]) -> None:
    """The text is JSON where it is a list or an object, and can always be written."""
    found = storable(cells)
    assert (found == texts) or (found == cells and cells[0] == {})  # a struct without fields, by version
    assert len(column_array(cells, 1).to_pylist()) == 3


def test_cells_nested_without_end_become_text() -> None:
    """Neither Arrow nor JSON is asked for more than they can do."""
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert all(isinstance(cell, str) for cell in storable((deep, deep)))
    assert all(isinstance(cell, str) for cell in storable((10**5000, 10**5000)))


def test_a_free_name_is_none_of_those_taken() -> None:
    """However many are."""
    assert free_name("a", {"b"}) == "a"
    assert free_name("a", {"a", "slot_a"}) == "slot_slot_a"


def test_half_characters_are_found() -> None:
    """A JSON escape can make one; no encoding can write it."""
    assert is_whole("smile 🙂")
    assert not is_whole("smile \ud83d")
