"""The scheme ``codes:``, codes such as part numbers: ``codes:AA-0000`` gives ``KB-4817``.

In the pattern ``A`` stands for a letter and ``0`` for a digit; without a pattern it is ``AA-0000``.
Letters that look like digits are not used. The letters of a code all differ, its digits are not all
the same, and its first digit is not 0.

Columns:
    swapped: the code with two neighbouring digits swapped, ``KB-4871``.
    digit: the code with one digit changed, ``KB-4317``.
    spaced, joined: the same code as ``KB 4817`` and ``KB4817``.

The option ``@n=500`` says how many codes to draw.
"""

from __future__ import annotations

import math
import re

import numpy as np

from evenband.errors import InputError
from evenband.slots.numbers import read_size
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

DEFAULT_PATTERN = "AA-0000"
CODE_LETTERS = "ABCDEFGHJKLMNPRTUVWXYZ"
"""Letters to draw from: without I, O, Q and S, which look like digits."""


def load(argument: str, rng: np.random.Generator) -> Slot:
    """Return the slot of a pattern such as ``AA-0000``, which the empty argument stands for too.

    Raises:
        InputError: if the pattern is not letters, a hyphen and digits, or if more than half of all
            its codes are wanted.
    """
    body, options = split_options("codes", argument, valued=("n",))
    pattern = body.strip() or DEFAULT_PATTERN
    letter_count, digit_count = _read_pattern(argument, pattern)
    n = read_size("codes", argument, options.get("n"))
    # Half of all codes, so that drawing until enough differ ends soon.
    most = math.perm(len(CODE_LETTERS), letter_count) * 9 * (10 ** (digit_count - 1) - 1) // 2
    if n > most:
        raise InputError(
            f"slot 'codes:{argument}': got {n:,} codes to draw, expected {most:,} or fewer for {pattern}; "
            f"write a longer pattern or @n={most}"
        )
    codes = _draw(letter_count, digit_count, n, rng)
    return Slot(
        f"codes:{argument}",
        tuple(f"{letters}-{digits}" for letters, digits in codes),
        f"{n:,} codes drawn like {pattern}",
        {
            "swapped": tuple(f"{letters}-{_swap_digits(digits, rng)}" for letters, digits in codes),
            "digit": tuple(f"{letters}-{_change_digit(digits, rng)}" for letters, digits in codes),
            "spaced": tuple(f"{letters} {digits}" for letters, digits in codes),
            "joined": tuple(f"{letters}{digits}" for letters, digits in codes),
        },
    )


def _read_pattern(argument: str, pattern: str) -> tuple[int, int]:
    """Return how many letters and how many digits a pattern has."""
    match = re.fullmatch(r"(A{1,6})-(0{2,10})", pattern)
    if not match:
        raise InputError(
            f"slot 'codes:{argument}': got the pattern {pattern!r}, expected one to six A for letters, "
            f"a hyphen, and two to ten 0 for digits, such as {DEFAULT_PATTERN}"
        )
    return len(match[1]), len(match[2])


def _draw(letter_count: int, digit_count: int, n: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw n different codes, as pairs of letters and digits; the digits are not all the same."""
    codes: dict[tuple[str, str], None] = {}  # a set that keeps its order
    while len(codes) < n:
        letters = "".join(rng.choice(list(CODE_LETTERS), letter_count, replace=False))
        digits = str(rng.integers(10 ** (digit_count - 1), 10**digit_count))
        if len(set(digits)) > 1:
            codes[letters, digits] = None
    return list(codes)


def _swap_digits(digits: str, rng: np.random.Generator) -> str:
    """Swap two neighbouring digits that differ."""
    place = int(rng.choice([i for i in range(len(digits) - 1) if digits[i] != digits[i + 1]]))
    return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]


def _change_digit(digits: str, rng: np.random.Generator) -> str:
    """Replace one digit by another; the first does not become 0."""
    place = int(rng.integers(len(digits)))
    choices = [digit for digit in "0123456789" if digit != digits[place] and (place or digit != "0")]
    return digits[:place] + str(rng.choice(choices)) + digits[place + 1 :]


CODES_SCHEME = Scheme(
    name="codes",
    about="codes such as part numbers; with swapped, digit, spaced, joined; option n=HOW MANY",
    example="codes:AA-0000",
    make=load,
    draws=True,
    bare=True,
)
