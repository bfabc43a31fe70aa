"""Forms of whole numbers: separators, Chinese characters, and other numbers near or far.

They are written as in several languages: 12,345 and 12.345 and 12 345 and 一万二千三百四十五.
"""

from __future__ import annotations

import re

HANZI_DIGITS = "零一二三四五六七八九"
HANZI_PLACES = ("", "十", "百", "千")
"""Units within a group of four digits: 1, 10, 100, 1,000."""

HANZI_GROUPS = ("", "万", "亿", "万亿")
"""Units of the groups of four digits in which Chinese counts: 1, 10^4, 10^8, 10^12."""


def read_number(value: str) -> int:
    """Parse a value as a number.

    Raises:
        ValueError: unless it is a whole number in the digits 0 to 9 alone, without leading zeros.
    """
    if not re.fullmatch(r"0|[1-9]\d*", value, flags=re.ASCII):
        raise ValueError("expected a whole number in digits alone")
    return int(value)


def add_commas(number: int) -> str:
    """Separate thousands by commas, as in English: 12,345."""
    return f"{number:,}"


def add_dots(number: int) -> str:
    """Separate thousands by dots, as in German and Spanish: 12.345."""
    return f"{number:,}".replace(",", ".")


def add_spaces(number: int) -> str:
    """Separate thousands by spaces, as people type them in French: 12 345."""
    return f"{number:,}".replace(",", " ")


def increase_slightly(number: int) -> str:
    """Write the number that is 2% higher, rounded, and at least one higher."""
    return str(max((number * 102 + 50) // 100, number + 1))


def increase_tenfold(number: int) -> str:
    """Write the number that is ten times as high."""
    return str(number * 10)


def write_hanzi(number: int) -> str:
    """Write a number in Chinese characters, as in formal writing: 10,500 is 一万零五百.

    The rule is the one taught in Chinese schools: each group of four digits is read with its unit;
    zeros at the end of a group are silent, any others are read as one 零; ten to nineteen begin with
    十.

    Args:
        number: from 0 to below 10^16.

    Raises:
        ValueError: if the number is 10^16 or more.
    """
    if number >= 10**16:
        raise ValueError("expected a number below 10^16")
    if number == 0:
        return HANZI_DIGITS[0]
    groups = [number // 10 ** (4 * place) % 10**4 for place in range(len(HANZI_GROUPS))]
    text = ""
    for place in reversed(range(len(groups))):
        if groups[place] == 0:
            continue
        needs_zero = bool(text) and (groups[place] < 1000 or groups[place + 1] == 0)
        text += HANZI_DIGITS[0] * needs_zero + _write_group(groups[place]) + _group_unit(place, groups)
    return text[1:] if text.startswith("一十") else text


def _group_unit(place: int, groups: list[int]) -> str:
    """Return the unit of a group of four digits.

    The highest group is 万亿, but only 万 if the group below is not zero and so brings its own 亿.
    """
    return "万" if place == 3 and groups[2] else HANZI_GROUPS[place]


def _write_group(group: int) -> str:
    """Write a group of one to four digits, without its unit."""
    text, needs_zero = "", False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit == 0:
            needs_zero = bool(text)
            continue
        text += HANZI_DIGITS[0] * needs_zero + HANZI_DIGITS[digit] + HANZI_PLACES[place]
        needs_zero = False
    return text
