from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.narrative.formats import (
    adjusted,
    bracketed,
    counted,
    decimals,
    factor,
    fixed,
    interval,
    number,
    percent,
    short,
    significant,
)
from evenband.types import Estimate


@pytest.mark.parametrize("write", [fixed, significant, factor, adjusted, percent])
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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0.0000"),
        (0.97134, "0.9713"),
        (-9.5, "−9.5000"),
        (2e-7, "2.0e−07"),
        (1234.5, "1.23e+03"),
    ],
)
def test_a_terminal_number_has_four_decimals_and_no_value_is_a_dash(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_proportion_is_short_or_in_per_cent() -> None:
    assert [short(share) for share in (0.0, 0.666, 0.999, 1.0, None)] == [".00", ".67", "1.00", "1.00", "–"]
    assert percent(0.135) == "14%"
    assert percent(0.135, 1) == "13.5%"


def test_an_interval_follows_its_value_in_brackets() -> None:
    """Only if there is one."""
    assert bracketed(Estimate(0.5, 0.25, 0.75, 9)) == "0.5000 [0.2500, 0.7500]"
    assert bracketed(Estimate(0.5, 0.25, 0.75, 9), between="\n") == "0.5000\n[0.2500, 0.7500]"
    assert bracketed(Estimate(0.5, 0.25, 0.75, 9), short) == ".50 [.25, .75]"
    assert bracketed(Estimate(0.5)) == "0.5000"
    assert bracketed(Estimate(None)) == "–"
