"""The values that fill a template."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.types import Slot


@pytest.mark.parametrize(
    ("values", "message"), [((), "no values"), (("a", "a"), "'a' twice"), (("a", " "), "value 1 is empty")]
)
def test_a_slot_refuses_what_cannot_fill_a_template(values: tuple[str, ...], message: str) -> None:
    """No values, a value twice and an empty value are named."""
    with pytest.raises(InputError, match=message):
        Slot("list:", values, "test")


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, unique=True), st.data())
def test_taking_rows_keeps_values_and_columns_together(values: list[str], data: st.DataObject) -> None:
    """Row i of a column stays with value i."""
    slot = Slot("list:", tuple(values), "test", {"length": tuple(map(len, values))})
    rows = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, unique=True))
    taken = slot.take(rows)
    assert taken.columns["length"] == tuple(len(value) for value in taken.values)
