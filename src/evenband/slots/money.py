"""The scheme ``money:``, amounts of money: ``money:10..5000`` gives ``$1,200``, ``€340``, ``£4,850``.

Without a range the amounts are from 10 to 999,999. Those from 1,000 up have three significant digits.

Columns:
    words, code: the same amount as ``1,200 dollars`` and ``USD 1,200``.
    other: the same number in another currency, ``€1,200``.
    amount: an amount in the same currency that is higher by half, ``$1,800``.

The option ``@n=500`` says how many amounts to draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenband.errors import InputError
from evenband.slots.numbers import draw, read_range, read_size
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

DEFAULT_AMOUNTS = "10..999999"
NUMBERS_PER_AMOUNT = 20
"""Numbers to draw for each amount that is wanted, because rounding makes many of them equal."""


@dataclass(frozen=True)
class Currency:
    """The ways to write a currency.

    Attributes:
        sign: before the number, without a space.
        words: after the number, in the plural.
        code: before the number, by ISO 4217.
    """

    sign: str
    words: str
    code: str


CURRENCIES = (
    Currency("$", "dollars", "USD"),
    Currency("€", "euros", "EUR"),
    Currency("£", "pounds", "GBP"),
)


def load(argument: str, rng: np.random.Generator) -> Slot:
    """Return the slot of a range such as ``10..5000``; empty for 10 to 999,999.

    Raises:
        InputError: if the range is not two whole numbers in order, 2 or more.
    """
    body, options = split_options("money", argument, valued=("n",))
    low, high = read_range("money", argument, body if body.strip() else DEFAULT_AMOUNTS)
    if low < 2:
        raise InputError(f"slot 'money:{argument}': got amounts from {low}, expected 2 or more")
    n = read_size("money", argument, options.get("n"))
    pairs = _draw(low, high, n, rng)
    steps = [int(step) for step in rng.integers(1, len(CURRENCIES), len(pairs))]
    rows = [
        (CURRENCIES[place], CURRENCIES[(place + step) % len(CURRENCIES)], amount)
        for (place, amount), step in zip(pairs, steps, strict=True)
    ]
    return Slot(
        f"money:{argument}",
        tuple(f"{own.sign}{amount:,}" for own, _, amount in rows),
        f"{len(rows):,} amounts drawn from {low} to {high}",
        {
            "words": tuple(f"{amount:,} {own.words}" for own, _, amount in rows),
            "code": tuple(f"{own.code} {amount:,}" for own, _, amount in rows),
            "other": tuple(f"{other.sign}{amount:,}" for _, other, amount in rows),
            "amount": tuple(f"{own.sign}{_round(amount * 3 // 2):,}" for own, _, amount in rows),
        },
        language="en",
    )


def _draw(low: int, high: int, n: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Draw n different pairs of a currency's place in ``CURRENCIES`` and an amount, or all there are."""
    numbers = draw(low, high, NUMBERS_PER_AMOUNT * n, rng)
    amounts = [amount for amount in dict.fromkeys(_round(number) for number in numbers) if low <= amount]
    count = len(amounts) * len(CURRENCIES)
    chosen = [
        divmod(int(index), len(CURRENCIES)) for index in rng.choice(count, min(n, count), replace=False)
    ]
    return [(place, amounts[row]) for row, place in chosen]


def _round(amount: int) -> int:
    """Round an amount down to three significant digits."""
    unit = int(10 ** max(len(str(amount)) - 3, 0))
    return amount // unit * unit


MONEY_SCHEME = Scheme(
    name="money",
    about="amounts of dollars, euros and pounds; with words, code, other, amount; option n=HOW MANY",
    example="money:10..5000",
    make=load,
    draws=True,
    bare=True,
)
