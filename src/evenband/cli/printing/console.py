"""The terminal: empty tables, plain rows and the report's path, on stdout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenband.narrative.formats import MISSING


def print_report_path(path: Path) -> None:
    """Print where the report of a run is. The path is never wrapped or shortened."""
    print(f"report: {path}")


def table_of(title: str) -> Table:
    """Return an empty table."""
    return Table(title=Text(title), title_justify="left", box=box.SIMPLE, pad_edge=False)


class _PipedConsole(Console):
    """A console that leaves a closed pipe to the command line, for which it is no error."""

    def on_broken_pipe(self) -> None:
        """Raise the error again; rich would end the program as failed.

        Raises:
            BrokenPipeError: always.
        """
        raise BrokenPipeError


def console_of() -> Console:
    """Return a console on stdout that reads no markup in texts."""
    return _PipedConsole(highlight=False, emoji=False, markup=False)


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows with equal keys as a table with a column for each key, or as JSON."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = table_of("")
    for key in rows[0]:
        table.add_column(key, overflow="fold")
    for row in rows:
        table.add_row(*(Text(MISSING if value is None else str(value)) for value in row.values()))
    console_of().print(table)
