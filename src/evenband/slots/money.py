"""Amounts of money: ``money:`` or ``money:10..5000``, drawn as ``$1,200``, ``€340`` or ``£18,500``.

Amounts from 1,000 up have three significant digits. Columns:
    words, code: the same amount as ``1,200 dollars`` and ``USD 1,200``.
    other: the same number in another currency, ``€1,200``.
    amount: another amount in the same currency, half as much again, ``$1,800``.

The option ``@n=500`` says how many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenband.errors import InputError
from evenband.slots.numbers import draw, read_range, read_size
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

RANGE = "10..999999"
SPARE = 20
"""Numbers to draw for each amount wanted, since rounding makes many of them equal."""


@dataclass(frozen=True)
class Currency:
    """How amounts in a currency are written."""

    sign: str
    words: str
    code: str


CURRENCIES = (
    Currency("$", "dollars", "USD"),
    Currency("€", "euros", "EUR"),
    Currency("£", "pounds", "GBP"),
)


def load(argument: str, rng: np.random.Generator) -> Slot:
    """The slot of ``10..5000``, or of nothing for 10 to 999,999.

    Raises:
        InputError: if the range is not two whole numbers in order, from 2 up.
    """
    body, options = split_options("money", argument, valued=("n",))
    low, high = read_range("money", argument, body if body.strip() else RANGE)
    if low < 2:
        raise InputError(f"slot 'money:{argument}': got amounts from {low}, expected 2 or more")
    n = read_size("money", argument, options.get("n"))
    rows = _draw(low, high, n, rng)
    others = [int(shift) for shift in rng.integers(1, len(CURRENCIES), len(rows))]
    cells = [
        (CURRENCIES[at], CURRENCIES[(at + shift) % 3], amount)
        for (at, amount), shift in zip(rows, others, strict=True)
    ]
    return Slot(
        f"money:{argument}",
        tuple(f"{own.sign}{amount:,}" for own, _, amount in cells),
        f"{len(cells):,} amounts drawn from {low} to {high}",
        {
            "words": tuple(f"{amount:,} {own.words}" for own, _, amount in cells),
            "code": tuple(f"{own.code} {amount:,}" for own, _, amount in cells),
            "other": tuple(f"{other.sign}{amount:,}" for _, other, amount in cells),
            "amount": tuple(f"{own.sign}{_round(amount * 3 // 2):,}" for own, _, amount in cells),
        },
        language="en",
    )


def _draw(low: int, high: int, n: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Different pairs of a currency's place and an amount, as many as wanted or as there are."""
    numbers = draw(low, high, SPARE * n, rng)
    amounts = [amount for amount in dict.fromkeys(_round(number) for number in numbers) if low <= amount]
    pairs = len(amounts) * len(CURRENCIES)
    return [(int(at) % 3, amounts[int(at) // 3]) for at in rng.choice(pairs, min(n, pairs), replace=False)]


def _round(amount: int) -> int:
    """To three significant digits, downwards."""
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
