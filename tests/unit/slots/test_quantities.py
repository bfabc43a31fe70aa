"""Measured quantities and their conversion."""

from __future__ import annotations

import pytest
from scipy import constants

from evenband.errors import InputError
from evenband.slots import load
from evenband.slots.quantities import QUANTITY_KINDS

SIZES = {
    **{"miles": constants.mile, "km": constants.kilo, "feet": constants.foot, "m": 1.0},
    **{"inches": constants.inch, "cm": constants.centi, "pounds": constants.pound, "kg": 1.0},
    **{"ounces": constants.oz, "g": constants.gram, "gallons": constants.gallon, "liters": constants.liter},
    **{"mph": constants.mph, "km/h": constants.kmh, "acres": constants.acre, "hectares": constants.hectare},
}
"""By scipy's table of units, after CODATA."""

NAMES = {
    **{"km": "kilometers", "m": "meters", "cm": "centimeters", "kg": "kilograms", "g": "grams"},
    **{"mph": "miles per hour", "km/h": "kilometers per hour"},
    **{"°F": "degrees Fahrenheit", "°C": "degrees Celsius"},
}

SLOT = load("quantities:@n=9000")


def split(text: str) -> tuple[float, str]:
    number, _, unit = text.partition(" ")
    return float(number.replace(",", "")), unit


def convert(number: float, unit: str, other: str) -> float:
    if unit == "°F":
        return float(constants.convert_temperature(number, "Fahrenheit", "Celsius"))
    if unit == "°C":
        return float(constants.convert_temperature(number, "Celsius", "Fahrenheit"))
    return number * SIZES[unit] / SIZES[other]


def test_conversions_are_right() -> None:
    """Within 2.5 per cent, and degrees within half a degree, of what scipy's units give."""
    for value, same in zip(SLOT.values, SLOT.columns["same"], strict=True):
        (number, unit), (other, into) = split(value), split(same)
        slack = 0.5001 if unit in {"°F", "°C"} else 0.0251 * other
        assert other == pytest.approx(convert(number, unit, into), abs=slack), (value, same)


@pytest.mark.parametrize(
    ("value", "same"),
    [
        ("5 miles", "8 km"),
        ("26 miles", "42 km"),
        ("65 miles", "105 km"),
        ("500 miles", "800 km"),
        ("6 feet", "1.83 m"),
        ("10 inches", "25 cm"),
        ("70 kg", "154 pounds"),
        ("5 pounds", "2.3 kg"),
        ("351 miles", "565 km"),
        ("70 °F", "21 °C"),
        ("100 °C", "212 °F"),
        ("55 mph", "89 km/h"),
        ("10 gallons", "38 liters"),
        ("900 acres", "360 hectares"),
    ],
)
def test_numbers_are_rounded_as_a_person_would(value: str, same: str) -> None:
    """Written by hand."""
    at = SLOT.values.index(value)
    assert SLOT.columns["same"][at] == same


def test_the_other_columns_are_made_of_the_two() -> None:
    """long has the unit's name, other its own unit, wrong its own number; both of these are wrong indeed."""
    columns = (SLOT.columns[name] for name in ("same", "long", "other", "wrong"))
    for value, same, long, other, wrong in zip(SLOT.values, *columns, strict=True):
        (number, _, unit), (converted, _, into) = value.partition(" "), same.partition(" ")
        assert long == f"{converted} {NAMES.get(into, into)}"
        assert (other, wrong) == (f"{converted} {unit}", f"{number} {into}")
        assert abs(split(value)[0] / split(same)[0] - 1) > 0.2 or unit in {"°F", "°C"}
        assert value not in {other, same}
        assert wrong != same


def test_numbers_are_in_the_plural() -> None:
    """Nowhere 1 miles."""
    assert not [
        text for name in ("same", "other", "wrong") for text in SLOT.columns[name] if text.startswith("1 ")
    ]


def test_every_kind_and_both_directions_are_drawn() -> None:
    """In a draw of 2,000, nine kinds in about equal parts; a short range ends earlier."""
    slot = load("quantities:")
    counts = {kind: slot.columns["kind"].count(kind) for kind in QUANTITY_KINDS}
    assert sum(counts.values()) == len(slot) == 2000
    assert min(counts.values()) >= 100
    assert {split(value)[1] for value in slot.values} == {*SIZES, "°F", "°C"}


def test_only_the_kinds_asked_for() -> None:
    """distance and weight."""
    assert set(load("quantities:weight, distance@n=50").columns["kind"]) == {"distance", "weight"}


def test_an_unknown_kind_is_told_the_nearest() -> None:
    """The error lists what is measured."""
    with pytest.raises(
        InputError, match=r"'quantities:wieght': .*did you mean 'weight'\? \(there are: distance"
    ):
        load("quantities:wieght")
