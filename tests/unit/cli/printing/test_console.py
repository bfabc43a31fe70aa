"""What all printers share: numbers, intervals and tables of plain rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evenband.cli.printing.console import interval, number, print_report_path, print_rows
from evenband.types import Estimate


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0.0000"),
        (0.97134, "0.9713"),
        (-9.5, "-9.5000"),
        (2e-7, "2.0e-07"),
        (1234.5, "1.23e+03"),
    ],
)
def test_a_number_has_four_digits_and_no_value_is_a_dash(value: float | None, text: str) -> None:
    assert number(value) == text


def test_an_interval_stands_behind_its_value() -> None:
    """Only where there is one."""
    assert interval(Estimate(0.5, 0.25, 0.75, 9)) == "0.5000 [0.2500, 0.7500]"
    assert interval(Estimate(0.5, 0.25, 0.75, 9), "\n") == "0.5000\n[0.2500, 0.7500]"
    assert interval(Estimate(0.5)) == "0.5000"
    assert interval(Estimate(None)) == "–"


def test_the_path_of_the_report_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("runs") / ("a" * 200) / "report.html"
    print_report_path(path)
    assert capsys.readouterr().out == f"report: {path}\n"


def test_rows_are_a_table_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A value that does not exist is a dash for people and null for programs; brackets are no markup."""
    rows: list[dict[str, Any]] = [{"name": "[b]x[/b]", "dim": None}, {"name": "é", "dim": 8}]
    print_rows(rows, as_json=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["name", "dim"] in lines
    assert ["[b]x[/b]", "–"] in lines
    assert ["é", "8"] in lines
    print_rows(rows, as_json=True)
    assert json.loads(capsys.readouterr().out) == rows
