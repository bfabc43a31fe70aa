"""The scheme ``numbers:``, whole numbers drawn from a range: ``numbers:1000..99999``.

Every order of magnitude is drawn about equally often, as numbers occur in texts. A range that has no
more numbers than are wanted gives all of them. The option ``@n=500`` says how many to draw. The other
schemes that draw their values read ranges and this option with the functions of this module.
"""

from __future__ import annotations

import math
import re

import numpy as np

from evenband.errors import InputError
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

DEFAULT_DRAW_SIZE = 2000
"""Number of values that a scheme draws without the option ``n``."""

LARGEST_DRAW = 100_000
"""Largest value of the option ``n``."""

LONGEST_LISTED_RANGE = 1_000_000
"""Length up to which all numbers of a range are listed to draw from; longer lists take too much memory."""


def load(argument: str, rng: np.random.Generator) -> Slot:
    """Return the slot of a range, such as ``1000..99999`` or ``1000..99999@n=500``.

    Raises:
        InputError: if the range is not two whole numbers in order, or n is not a whole number.
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
    """Draw ``n`` different whole numbers from ``low`` to ``high``, both included, in random order.

    The logarithms of the numbers are uniformly distributed, except where a range has too few small
    numbers for that. If the range has fewer than ``n`` numbers, all of them are returned.
    """
    span = high - low + 1
    if span <= n:
        return [low + int(step) for step in rng.permutation(span)]
    if span <= LONGEST_LISTED_RANGE:
        candidates = np.arange(low, high + 1)
        weights = 1 / np.maximum(candidates, 1)
        chosen = rng.choice(candidates, n, replace=False, p=weights / weights.sum())
        return [int(number) for number in chosen]
    numbers: dict[int, None] = {}  # a set that keeps its order
    while len(numbers) < n:
        logs = rng.uniform(math.log(max(low, 1)), math.log(high + 1), n)
        numbers.update((min(max(int(math.exp(log)), low), high), None) for log in logs)
    return list(numbers)[:n]


def read_range(scheme: str, argument: str, text: str) -> tuple[int, int]:
    """Return the two ends of the range ``LOW..HIGH``.

    Args:
        scheme: name of the scheme, for messages.
        argument: the whole argument of the reference, for messages.
        text: the part of it that holds the range.

    Raises:
        InputError: unless both are whole numbers from 0 to 10^15, the first not above the second.
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
    """Return how many values the option ``n`` asks for, 2,000 without it.

    Args:
        scheme: name of the scheme, for messages.
        argument: the whole argument of the reference, for messages.
        text: the option's value, ``None`` if it was not given.

    Raises:
        InputError: unless it is a whole number from 1 to 100,000.
    """
    if text is None:
        return DEFAULT_DRAW_SIZE
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_DRAW:
        raise InputError(
            f"slot '{scheme}:{argument}': got n={text}, expected a whole number from 1 to {LARGEST_DRAW:,}"
        )
    return int(text)


NUMBERS_SCHEME = Scheme(
    name="numbers",
    about="whole numbers drawn from a range; option n=HOW MANY",
    example="numbers:1000..99999",
    make=load,
    draws=True,
)
