"""Lists in the reference itself."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.slots import load

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1).map(
    str.strip
)


def test_values_are_stripped_and_keep_their_order() -> None:
    """Space around a value is not part of it."""
    assert load("list: pear , apple,  fig").values == ("pear", "apple", "fig")


@given(st.lists(WORDS.filter(bool), min_size=1, unique=True))
def test_what_csv_writes_is_read(values: list[str]) -> None:
    """Any values, quoted by Python's own csv writer, come back."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    assert load(f"list:{line.getvalue()}").values == tuple(values)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("list:a,,b", "value 2 is empty"),
        ("list:,", "value 1 is empty"),
        ("list:a,b, a", "values 1 and 3 are both 'a'"),
        ('list:a,"b', "in double quotes"),
    ],
)
def test_a_bad_list_is_refused(ref: str, message: str) -> None:
    """The error names the reference and the value."""
    with pytest.raises(InputError, match=message) as caught:
        load(ref)
    assert f"'{ref}'" in str(caught.value)
