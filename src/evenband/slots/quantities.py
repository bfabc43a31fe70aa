"""Measured quantities: ``quantities:`` or ``quantities:distance,weight``, drawn as ``5 miles`` or ``70 kg``.

A quantity is written in customary or in metric units, and converted to the other as a person would
write it: to two significant digits, three where the first is a 1, and no fewer than the value has;
temperatures to whole degrees.

Columns:
    same: the same quantity in the other unit, ``8 km``.
    long: the same with the unit's full name, ``8 kilometers``.
    other: a different quantity, the converted number with the value's own unit, ``8 miles``.
    wrong: a different quantity, the value's number with the other unit, ``5 km``.
    kind: what is measured, ``distance``.

The option ``@n=500`` says how many.
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
    """A unit of one kind of quantity.

    Attributes:
        kind: what it measures; the two units of a kind are each other's translation.
        short: how it is usually written after a number.
        name: in full, in the plural.
        size: in a unit that both units of the kind share, by definition.
        low: smallest number of it that is drawn; neither that nor any conversion is 1.
        high: largest.
        zero: where its zero lies, in its own degrees above the shared zero.
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
OTHER = {unit: next(u for u in UNITS if u.kind == unit.kind and u != unit) for unit in UNITS}
KINDS = tuple(dict.fromkeys(unit.kind for unit in UNITS))


def load(argument: str, rng: np.random.Generator) -> Slot:
    """The slot of ``distance,weight``, or of nothing for all kinds.

    Raises:
        InputError: if there is no such kind.
    """
    body, options = split_options("quantities", argument, valued=("n",))
    kinds = [part.strip() for part in body.split(",")] if body.strip() else list(KINDS)
    for kind in kinds:
        if kind not in KINDS:
            raise InputError(
                f"slot 'quantities:{argument}': nothing called {kind!r} is measured{nearest(kind, KINDS)} "
                f"(there are: {', '.join(KINDS)})"
            )
    drawn = _draw(kinds, read_size("quantities", argument, options.get("n")), rng)
    converted = [convert(number, unit) for number, unit in drawn]
    rows = list(zip(drawn, converted, strict=True))
    return Slot(
        f"quantities:{argument}",
        tuple(f"{number} {unit.short}" for number, unit in drawn),
        f"{len(drawn):,} quantities of {', '.join(dict.fromkeys(kinds))}",
        {
            "same": tuple(f"{number} {OTHER[unit].short}" for (_, unit), number in rows),
            "long": tuple(f"{number} {OTHER[unit].name}" for (_, unit), number in rows),
            "other": tuple(f"{number} {unit.short}" for (_, unit), number in rows),
            "wrong": tuple(f"{number} {OTHER[unit].short}" for number, unit in drawn),
            "kind": tuple(unit.kind for _, unit in drawn),
        },
        language="en",
    )


def convert(number: int, unit: Unit) -> str:
    """That number of the unit in the other unit of its kind, rounded and written as a person would."""
    other = OTHER[unit]
    exact = (number - unit.zero) * unit.size / other.size + other.zero
    return str(round(exact)) if unit.kind == "temperature" else _round(exact, _digits(number))


def _draw(kinds: list[str], n: int, rng: np.random.Generator) -> list[tuple[int, Unit]]:
    """Different quantities, of every unit in turn, in random order."""
    units = [unit for unit in UNITS if unit.kind in kinds]
    numbers = [draw(unit.low, unit.high, n, rng) for unit in units]
    turns = (zip(turn, units, strict=True) for turn in zip_longest(*numbers))
    pairs = [(number, unit) for turn in turns for number, unit in turn if number is not None][:n]
    return [pairs[at] for at in rng.permutation(len(pairs))]


def _digits(number: int) -> int:
    """How many significant digits a whole number has, zeros at its end not counted."""
    return len(str(number).rstrip("0"))


def _round(exact: Fraction, least: int) -> str:
    """To two significant digits, three where the first is a 1, or more where ``least`` says so."""
    first, _, exponent = f"{float(exact):.15e}".partition("e")
    digits = max(least, 3 if first.startswith("1") else 2)
    places = digits - 1 - int(exponent)
    rounded = round(exact * 10**places) / Fraction(10) ** places
    text = f"{float(rounded):,.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


QUANTITIES_SCHEME = Scheme(
    name="quantities",
    about="measured quantities; with same, long, other, wrong, kind; option n=HOW MANY",
    example="quantities:distance,weight",
    make=load,
    draws=True,
    bare=True,
)
