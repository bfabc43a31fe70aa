"""Frames of charts: the numbers along an axis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.report.charts.frame import round_numbers


@pytest.mark.parametrize(
    ("span", "numbers"),
    [
        ((0.036, 0.987), [0.2, 0.4, 0.6, 0.8]),
        ((-0.05, 1.05), [0.0, 0.5, 1.0]),
        ((0.9641, 0.9702), [0.966, 0.968, 0.97]),
        ((3.0, 41.0), [10, 20, 30, 40]),
    ],
)
def test_an_axis_has_numbers_that_a_reader_knows(span: tuple[float, float], numbers: list[float]) -> None:
    """Tenths and fifths, not where equal parts of the span happen to end."""
    assert round_numbers(span, 5) == pytest.approx(numbers)


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(2, 8))
def test_there_are_neither_too_many_numbers_nor_none(low: float, width: float, most: int) -> None:
    """At most as many as asked for, at least one, all within the span."""
    found = round_numbers((low, low + width), most)
    assert 1 <= len(found) <= most
    assert low - 1e-9 * abs(low) <= found[0]
    assert found[-1] <= low + width + 1e-9 * abs(low + width)
