"""What all printers share: the report's path and tables of plain rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evenband.cli.printing.console import print_report_path, print_rows


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
