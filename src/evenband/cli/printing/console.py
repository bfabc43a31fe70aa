"""The terminal: numbers, empty tables and rows that fit 80 columns, results on stdout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenband.types import Estimate

NONE = "–"
"""Shown for a value that does not exist; never 0."""


def number(value: float | None) -> str:
    """Four digits after the point below 10; NONE for no value."""
    if value is None:
        return NONE
    if value and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.3g}"


def interval(estimate: Estimate, between: str = " ") -> str:
    """``.9713 [.9701, .9725]``, or the value alone where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return number(estimate.value)
    return f"{number(estimate.value)}{between}[{number(estimate.low)}, {number(estimate.high)}]"


def print_report_path(path: Path) -> None:
    """The last line of a run. The path is never wrapped or shortened."""
    print(f"report: {path}")


def table_of(title: str) -> Table:
    """An empty table."""
    return Table(title=Text(title), title_justify="left", box=box.SIMPLE, pad_edge=False)


def console_of() -> Console:
    """Standard output; nothing in a text is read as markup."""
    return Console(highlight=False, emoji=False, markup=False)


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Any list of equal rows, a column for each key."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = table_of("")
    for key in rows[0]:
        table.add_column(key, overflow="fold")
    for row in rows:
        table.add_row(*(Text(NONE if value is None else str(value)) for value in row.values()))
    console_of().print(table)
