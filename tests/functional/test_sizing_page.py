"""docs/sizing.md computes: each value is its formula."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text(encoding="utf-8")

LINES = [line.strip("|") for line in PAGE.splitlines() if line.startswith("| ")]
ROWS = [[cell.strip() for cell in line.split(" | ")] for line in LINES]
CONSTANTS = {row[0].strip("`"): float(row[2]) for row in ROWS if re.fullmatch("`[a-z]+`", row[0])}
FORMULAS = [(row[1].strip("`"), row[2]) for row in ROWS if re.fullmatch("`.*`", row[1])]
UNITS = {"TB": 1e12, "GB": 1e9, "MB": 1e6, "KB": 1e3, "h": 1, "min": 1, "ms": 1}


def test_there_are_constants_and_formulas() -> None:
    """None is lost by how the page is read."""
    assert len(CONSTANTS) == 18
    assert len(FORMULAS) == 18


@pytest.mark.parametrize(("formula", "shown"), FORMULAS)
def test_each_value_is_its_formula(formula: str, shown: str) -> None:
    """To the digits that are shown."""
    number, unit = shown.split()
    value = eval(formula, {"__builtins__": {}}, CONSTANTS) / UNITS[unit]
    digits = len(number.partition(".")[2])
    assert f"{value:.{digits}f}" == number


def test_every_constant_is_used() -> None:
    """A value that no formula reads would mislead."""
    names = {name for formula, _ in FORMULAS for name in re.findall(r"\b[a-z]+", formula)}
    assert names == set(CONSTANTS)
