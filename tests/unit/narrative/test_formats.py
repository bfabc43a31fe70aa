from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.narrative.formats import adjusted, counted, decimals, factor, fixed, interval, significant
from evenband.types import Estimate


@pytest.mark.parametrize("write", [fixed, significant, factor, adjusted])
def test_no_value_is_a_dash_and_never_a_zero(write: object) -> None:
    assert callable(write)
    assert write(None) == "–"
    assert write(math.nan) == "–"


@given(st.floats(-1e5, 1e5), st.integers(0, 6))
def test_fixed_reads_back_to_the_number(value: float, digits: int) -> None:
    text = fixed(value, digits).replace("−", "-").replace(",", "")
    assert float(text) == pytest.approx(value, abs=0.5000001 * 10**-digits)
    assert not text.startswith("-0" + "." * (digits > 0) + "0" * digits + "$")
    assert fixed(-0.0, digits) == fixed(0.0, digits)


@given(st.floats(1e-12, 1e9))
def test_significant_keeps_three_figures(value: float) -> None:
    text = significant(value).replace("−", "-").replace(",", "")
    assert float(text) == pytest.approx(value, rel=0.00501)


@given(st.floats(1e-5, 10))
def test_ticks_of_an_axis_stay_apart(span: float) -> None:
    ticks = [k * span / 9 for k in range(10)]
    assert len({f"{tick:.{decimals(span)}f}" for tick in ticks}) == 10


def test_intervals_and_counts_read_as_words() -> None:
    assert interval(Estimate(0.97, 0.96, 0.98), 2) == "0.96 to 0.98"
    assert interval(Estimate(0.97)) == ""
    assert counted(1, "noun") == "1 noun"
    assert counted(10153, "noun") == "10,153 nouns"
    assert adjusted(0.0002) == "< 0.001"
    assert significant(2.06e-7, 2) == "2.1e−7"
