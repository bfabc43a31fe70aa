"""Whole numbers as other languages than English write them: 12.345, 12 345, 一万二千三百四十五."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
PLACES = ("", "十", "百", "千")
GROUPS = ("", "万", "亿", "万亿")
"""Chinese counts in groups of four digits."""


def add_dots(number: int) -> str:
    """Thousands set off by dots, as in German and Spanish: 12.345."""
    return f"{number:,}".replace(",", ".")


def add_spaces(number: int) -> str:
    """Thousands set off by spaces, as people type them in French: 12 345."""
    return f"{number:,}".replace(",", " ")


def write_hanzi(number: int) -> str:
    """In Chinese characters, as in formal writing: 10,500 is 一万零五百.

    The rule is that of Chinese schools: each group of four digits is read with its unit; zeros at
    the end of a group are silent, any others are read as one 零; ten to nineteen begin with 十.

    Args:
        number: from 0 to below 10^16.

    Raises:
        ValueError: if it is too large.
    """
    if number >= 10**16:
        raise ValueError("expected a number below 10^16")
    if number == 0:
        return DIGITS[0]
    groups = [number // 10 ** (4 * at) % 10**4 for at in range(len(GROUPS))]
    words = ""
    for at in reversed(range(len(groups))):
        if groups[at] == 0:
            continue
        gap = bool(words) and (groups[at] < 1000 or groups[at + 1] == 0)
        words += DIGITS[0] * gap + _write_group(groups[at]) + _unit(at, groups)
    return words[1:] if words.startswith("一十") else words


def _unit(at: int, groups: list[int]) -> str:
    """万, 亿 or 万亿; of the last only 万 where hundreds of millions follow, which bring their own 亿."""
    return "万" if at == 3 and groups[2] else GROUPS[at]


def _write_group(group: int) -> str:
    """One to four digits."""
    words, gap = "", False
    for at in reversed(range(4)):
        digit = group // 10**at % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += DIGITS[0] * gap + DIGITS[digit] + PLACES[at]
        gap = False
    return words
