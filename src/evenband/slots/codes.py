"""Codes such as part numbers: ``codes:`` or ``codes:AA-0000``, drawn as ``KB-4817``.

In the pattern, ``A`` stands for a letter and ``0`` for a digit. Letters that look like digits
are not drawn, the letters of a code all differ, and its first digit is not 0.

Columns:
    swapped: two neighbouring digits in each other's place, ``KB-4871``.
    digit: one digit another one, ``KB-4317``.
    spaced, joined: the same code as ``KB 4817`` and ``KB4817``.

The option ``@n=500`` says how many.
"""

from __future__ import annotations

import math
import re

import numpy as np

from evenband.errors import InputError
from evenband.slots.numbers import read_size
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

PATTERN = "AA-0000"
LETTERS = "ABCDEFGHJKLMNPRTUVWXYZ"


def load(argument: str, rng: np.random.Generator) -> Slot:
    """The slot of ``AA-0000``, or of nothing for the same.

    Raises:
        InputError: if the pattern is not letters, a hyphen and digits, or has too few codes.
    """
    body, options = split_options("codes", argument, valued=("n",))
    pattern = body.strip() or PATTERN
    match = re.fullmatch(r"(A{1,6})-(0{2,10})", pattern)
    if not match:
        raise InputError(
            f"slot 'codes:{argument}': got the pattern {pattern!r}, expected one to six A for letters, "
            f"a hyphen, and two to ten 0 for digits, such as {PATTERN}"
        )
    n = read_size("codes", argument, options.get("n"))
    letters, digits = len(match[1]), len(match[2])
    most = math.perm(len(LETTERS), letters) * 9 * (10 ** (digits - 1) - 1) // 2
    if n > most:
        raise InputError(
            f"slot 'codes:{argument}': got {n:,} codes to draw, expected {most:,} or fewer for {pattern}; "
            f"write a longer pattern or @n={most}"
        )
    codes = _draw(letters, digits, n, rng)
    return Slot(
        f"codes:{argument}",
        tuple(f"{letters}-{digits}" for letters, digits in codes),
        f"{n:,} codes drawn like {pattern}",
        {
            "swapped": tuple(f"{letters}-{_swap(digits, rng)}" for letters, digits in codes),
            "digit": tuple(f"{letters}-{_change(digits, rng)}" for letters, digits in codes),
            "spaced": tuple(f"{letters} {digits}" for letters, digits in codes),
            "joined": tuple(f"{letters}{digits}" for letters, digits in codes),
        },
    )


def _draw(letters: int, digits: int, n: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Different codes whose digits are not all the same."""
    found: dict[tuple[str, str], None] = {}
    while len(found) < n:
        text = "".join(rng.choice(list(LETTERS), letters, replace=False))
        number = str(rng.integers(10 ** (digits - 1), 10**digits))
        if len(set(number)) > 1:
            found[text, number] = None
    return list(found)


def _swap(digits: str, rng: np.random.Generator) -> str:
    at = int(rng.choice([i for i in range(len(digits) - 1) if digits[i] != digits[i + 1]]))
    return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]


def _change(digits: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(len(digits)))
    choices = [digit for digit in "0123456789" if digit != digits[at] and (at or digit != "0")]
    return digits[:at] + str(rng.choice(choices)) + digits[at + 1 :]


CODES_SCHEME = Scheme(
    name="codes",
    about="codes such as part numbers; with swapped, digit, spaced, joined; option n=HOW MANY",
    example="codes:AA-0000",
    make=load,
    draws=True,
    bare=True,
)
