"""Numbers of other languages: against hand-written pairs and a reader written the other way round."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.slots import forms
from evenband.slots.forms.numerals import add_dots, add_spaces, write_hanzi

WRITTEN = {
    0: "零",
    7: "七",
    10: "十",
    12: "十二",
    20: "二十",
    101: "一百零一",
    110: "一百一十",
    111: "一百一十一",
    1000: "一千",
    1005: "一千零五",
    1050: "一千零五十",
    1500: "一千五百",
    2019: "二千零一十九",
    9999: "九千九百九十九",
    10000: "一万",
    10010: "一万零一十",
    10500: "一万零五百",
    12345: "一万二千三百四十五",
    34060: "三万四千零六十",
    100000: "十万",
    150000: "十五万",
    110012: "十一万零一十二",
    200005: "二十万零五",
    1001000: "一百万一千",
    10000500: "一千万零五百",
    100000000: "一亿",
    100000005: "一亿零五",
    100001000: "一亿零一千",
    120034000: "一亿二千零三万四千",
    10**12: "一万亿",
    1234567890123: "一万二千三百四十五亿六千七百八十九万零一百二十三",
}


@pytest.mark.parametrize(("number", "text"), WRITTEN.items())
def test_hanzi_agree_with_pairs_written_by_hand(number: int, text: str) -> None:
    assert write_hanzi(number) == text


@given(st.integers(0, 10**16 - 1))
def test_hanzi_read_back_are_the_number(number: int) -> None:
    assert read(write_hanzi(number)) == number


@given(st.integers(0, 10**16 - 1))
def test_hanzi_never_double_or_end_in_a_zero(number: int) -> None:
    text = write_hanzi(number)
    assert "零零" not in text
    assert text == "零" or not text.endswith("零")


def test_hanzi_refuse_what_has_no_unit() -> None:
    with pytest.raises(ValueError, match="below 10"):
        write_hanzi(10**16)


@given(st.integers(0, 10**15))
def test_dots_and_spaces_keep_every_digit_and_set_off_threes(number: int) -> None:
    for text, mark in ((add_dots(number), "."), (add_spaces(number), " ")):
        first, *others = text.split(mark)
        assert first + "".join(others) == str(number)
        assert 1 <= len(first) <= 3
        assert all(len(part) == 3 for part in others)


@pytest.mark.parametrize(
    ("form", "text"), [("dot", "12.345"), ("space", "12 345"), ("hanzi", "一万二千三百四十五")]
)
def test_templates_can_ask_for_them_and_hear_what_is_no_number(form: str, text: str) -> None:
    rng = np.random.default_rng(0)
    assert forms.apply(form, ("12345",), rng) == (text,)
    with pytest.raises(InputError, match="whole number"):
        forms.apply(form, ("1,5",), rng)


def read(text: str) -> int:
    """The number that Chinese numerals stand for: a unit multiplies what it finds below it."""
    total, section, digit = 0, 0, 0
    for character in text:
        if character in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(character)
        elif character in "十百千":
            section += (digit or 1) * 10 ** (1 + "十百千".index(character))
            digit = 0
        elif character == "万":
            total += (section + digit) * 10**4
            section = digit = 0
        else:
            total = (total + section + digit) * 10**8
            section = digit = 0
    return total + section + digit
