"""The scheme ``quantities:``, such as ``5 miles`` or ``70 kg`` from ``quantities:distance,weight``.

About half of the quantities are in US customary and half in metric units. Each is converted to the
other unit and rounded as a person would: to two significant digits, three if the first digit is a 1,
and no fewer than the value itself has; temperatures to whole degrees. Without an argument there are
quantities of all kinds.

Columns:
    same: the same quantity in the other unit, ``8 km``.
    long: the same with the unit's full name, ``8 kilometers``.
    other: a different quantity, the converted number with the value's own unit, ``8 miles``.
    wrong: a different quantity, the value's number with the other unit, ``5 km``.
    kind: what is measured, ``distance``.

The option ``@n=500`` says how many quantities to draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest

import numpy as np

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.slots.numbers import draw, read_size
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot


@dataclass(frozen=True)
class Unit:
    """A unit of measurement.

    Attributes:
        kind: what it measures; each kind has two units, which are converted to each other.
        short: the usual abbreviation after a number.
        name: the full name in the plural.
        size: exact size of the unit in terms of a unit that both units of the kind share.
        low: smallest number to draw; neither it nor its conversion is 1, which needs the singular.
        high: largest number to draw.
        zero: number in this unit at the common zero of both units, 32 for degrees Fahrenheit.
    """

    kind: str
    short: str
    name: str
    size: Fraction
    low: int
    high: int
    zero: int = 0


UNITS = (
    Unit("distance", "miles", "miles", Fraction("1.609344"), 2, 999),
    Unit("distance", "km", "kilometers", Fraction(1), 2, 999),
    Unit("height", "feet", "feet", Fraction("0.3048"), 4, 900),
    Unit("height", "m", "meters", Fraction(1), 2, 300),
    Unit("length", "inches", "inches", Fraction("2.54"), 2, 100),
    Unit("length", "cm", "centimeters", Fraction(1), 3, 250),
    Unit("weight", "pounds", "pounds", Fraction("0.45359237"), 3, 900),
    Unit("weight", "kg", "kilograms", Fraction(1), 2, 400),
    Unit("portion", "ounces", "ounces", Fraction("28.349523125"), 2, 40),
    Unit("portion", "g", "grams", Fraction(1), 50, 950),
    Unit("volume", "gallons", "gallons", Fraction("3.785411784"), 2, 300),
    Unit("volume", "liters", "liters", Fraction(1), 5, 990),
    Unit("speed", "mph", "miles per hour", Fraction("1.609344"), 5, 200),
    Unit("speed", "km/h", "kilometers per hour", Fraction(1), 10, 320),
    Unit("temperature", "°F", "degrees Fahrenheit", Fraction(5, 9), 36, 450, zero=32),
    Unit("temperature", "°C", "degrees Celsius", Fraction(1), 2, 230),
    Unit("area", "acres", "acres", Fraction("0.40468564224"), 3, 950),
    Unit("area", "hectares", "hectares", Fraction(1), 2, 400),
)
OTHER_UNIT = {unit: next(u for u in UNITS if u.kind == unit.kind and u != unit) for unit in UNITS}
"""The unit that a unit is converted to."""

QUANTITY_KINDS = tuple(dict.fromkeys(unit.kind for unit in UNITS))


def load(argument: str, rng: np.random.Generator) -> Slot:
    """Return the slot of kinds such as ``distance,weight``; empty for all kinds.

    Raises:
        InputError: if there is no such kind; the message lists those that exist.
    """
    body, options = split_options("quantities", argument, valued=("n",))
    kinds = [part.strip() for part in body.split(",")] if body.strip() else list(QUANTITY_KINDS)
    for kind in kinds:
        if kind not in QUANTITY_KINDS:
            raise InputError(
                f"slot 'quantities:{argument}': no kind of quantity is called {kind!r}"
                f"{nearest(kind, QUANTITY_KINDS)} (there are: {', '.join(QUANTITY_KINDS)})"
            )
    quantities = _draw(kinds, read_size("quantities", argument, options.get("n")), rng)
    rows = [(number, unit, convert(number, unit)) for number, unit in quantities]
    return Slot(
        f"quantities:{argument}",
        tuple(f"{number} {unit.short}" for number, unit, _ in rows),
        f"{len(rows):,} quantities of {', '.join(dict.fromkeys(kinds))}",
        {
            "same": tuple(f"{converted} {OTHER_UNIT[unit].short}" for _, unit, converted in rows),
            "long": tuple(f"{converted} {OTHER_UNIT[unit].name}" for _, unit, converted in rows),
            "other": tuple(f"{converted} {unit.short}" for _, unit, converted in rows),
            "wrong": tuple(f"{number} {OTHER_UNIT[unit].short}" for number, unit, _ in rows),
            "kind": tuple(unit.kind for _, unit, _ in rows),
        },
        language="en",
    )


def convert(number: int, unit: Unit) -> str:
    """Convert a quantity to the other unit of its kind, rounded and written as a person would."""
    other = OTHER_UNIT[unit]
    exact = (number - unit.zero) * unit.size / other.size + other.zero
    return str(round(exact)) if unit.kind == "temperature" else _round(exact, _significant_digits(number))


def _draw(kinds: list[str], n: int, rng: np.random.Generator) -> list[tuple[int, Unit]]:
    """Draw n different quantities in random order, about equally many of each unit."""
    units = [unit for unit in UNITS if unit.kind in kinds]
    numbers_by_unit = [draw(unit.low, unit.high, n, rng) for unit in units]
    # One number of each unit in turn, until n are taken; a unit whose numbers are used up is skipped.
    rounds = (zip(numbers, units, strict=True) for numbers in zip_longest(*numbers_by_unit))
    quantities = [(number, unit) for pairs in rounds for number, unit in pairs if number is not None][:n]
    return [quantities[index] for index in rng.permutation(len(quantities))]


def _significant_digits(number: int) -> int:
    """Count the significant digits of a whole number; zeros at its end do not count."""
    return len(str(number).rstrip("0"))


def _round(exact: Fraction, least: int) -> str:
    """Round to two significant digits, three if the first is a 1, and no fewer than ``least``."""
    first, _, exponent = f"{float(exact):.15e}".partition("e")
    digits = max(least, 3 if first.startswith("1") else 2)
    places = digits - 1 - int(exponent)
    rounded = round(exact * 10**places) / Fraction(10) ** places
    text = f"{float(rounded):,.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


QUANTITIES_SCHEME = Scheme(
    name="quantities",
    about="quantities with their units; with same, long, other, wrong, kind; option n=HOW MANY",
    example="quantities:distance,weight",
    make=load,
    draws=True,
    bare=True,
)
