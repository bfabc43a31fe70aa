"""Whole numbers drawn from a range: ``numbers:1000..99999``.

Every order of magnitude is drawn about equally often, as numbers are in texts. Where the range has
no more numbers than are wanted, all of them are there. The option ``@n=500`` says how many.
"""

from __future__ import annotations

import math
import re

import numpy as np

from evenband.errors import InputError
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

SIZE = 2000
"""How many values a scheme draws unless told."""

MOST = 100_000
LISTED = 1_000_000
"""Ranges up to this long are listed to draw from."""


def load(argument: str, rng: np.random.Generator) -> Slot:
    """The slot of ``1000..99999`` or ``1000..99999@n=500``.

    Raises:
        InputError: if the range is not two whole numbers in order, or n is not one.
    """
    body, options = split_options("numbers", argument, valued=("n",))
    low, high = read_range("numbers", argument, body)
    numbers = draw(low, high, read_size("numbers", argument, options.get("n")), rng)
    return Slot(
        f"numbers:{argument}",
        tuple(str(number) for number in numbers),
        f"{len(numbers):,} whole numbers drawn from {low} to {high}",
    )


def draw(low: int, high: int, n: int, rng: np.random.Generator) -> list[int]:
    """``n`` different whole numbers from ``low`` to ``high``, in random order.

    They are uniform in their logarithm, as far as there are enough small ones, since none comes
    twice. Fewer come back where there are fewer.
    """
    span = high - low + 1
    if span <= n:
        return [low + int(step) for step in rng.permutation(span)]
    if span <= LISTED:
        listed = np.arange(low, high + 1)
        weight = 1 / np.maximum(listed, 1)
        return [int(number) for number in rng.choice(listed, n, replace=False, p=weight / weight.sum())]
    found: dict[int, None] = {}
    while len(found) < n:
        logs = rng.uniform(math.log(max(low, 1)), math.log(high + 1), n)
        found.update((min(max(int(math.exp(log)), low), high), None) for log in logs)
    return list(found)[:n]


def read_range(scheme: str, argument: str, text: str) -> tuple[int, int]:
    """The two ends of ``LOW..HIGH``.

    Raises:
        InputError: unless they are whole numbers from 0 to 10^15, the first not above the second.
    """
    match = re.fullmatch(r"\s*(\d{1,16})\s*\.\.\s*(\d{1,16})\s*", text, flags=re.ASCII)
    low, high = (int(match[1]), int(match[2])) if match else (1, 0)
    if not low <= high <= 10**15:
        raise InputError(
            f"slot '{scheme}:{argument}': got the range {text!r}, expected LOW..HIGH in whole numbers "
            "from 0 to 10^15, such as 1000..99999"
        )
    return low, high


def read_size(scheme: str, argument: str, text: str | None) -> int:
    """How many values the option ``n`` asks for.

    Raises:
        InputError: unless it is a whole number from 1 to 100,000.
    """
    if text is None:
        return SIZE
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise InputError(
            f"slot '{scheme}:{argument}': got n={text}, expected a whole number from 1 to {MOST:,}"
        )
    return int(text)


NUMBERS_SCHEME = Scheme(
    name="numbers",
    about="whole numbers drawn from a range; option n=HOW MANY",
    example="numbers:1000..99999",
    make=load,
    draws=True,
)
