"""Table: the rows of a file, and the rows of it that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from evenband.errors import MOST_SHOWN, InputError
from evenband.types.columns import is_whole

BAD_ROWS_LISTED = 10
"""Number of bad rows that an error lists."""


class Fault(NamedTuple):
    """A row that cannot be used: its number in the file, and what is wrong with it."""

    line: int
    text: str


@dataclass(frozen=True)
class Table:
    """The columns of a file, n rows.

    Attributes:
        columns: n cells each, by the column's name; a file without column names has one, called "".
        lines: number of each row in the file, counted from 1.
        unit: what these numbers count, for messages: ``line`` or ``row``.
        faults: rows that have not the file's columns; they are no part of ``columns``.
        remarks: what a reader of the results must know of how the file was read.
    """

    columns: dict[str, tuple[Any, ...]]
    lines: tuple[int, ...]
    unit: str = "line"
    faults: tuple[Fault, ...] = ()
    remarks: tuple[str, ...] = ()


def refuse(called: str, faults: Sequence[Fault], most: int = BAD_ROWS_LISTED) -> None:
    """Refuse a file that has bad rows, and list the first of them.

    Args:
        called: how messages refer to the file.
        faults: all bad rows of it.
        most: number of rows that are listed.

    Raises:
        InputError: if there are any.
    """
    if not faults:
        return
    ordered = [fault.text for fault in sorted(faults)]
    if len(ordered) == 1:
        raise InputError(f"{called}: {ordered[0]}; mend the row, or leave it out with --skip-bad")
    more = f"; and {len(ordered) - most:,} more" if len(ordered) > most else ""
    raise InputError(
        f"{called}: {len(ordered):,} bad rows: {'; '.join(ordered[:most])}{more}; "
        "mend them, or leave them out with --skip-bad"
    )


def fault_of_text(cell: object) -> str | None:
    """Say what is wrong with a cell that must hold a text, such as ``is empty``; ``None`` if nothing is."""
    if cell is None or cell == "":
        return "is empty"
    if not isinstance(cell, str) or not cell.strip():
        return f"is {shown(cell)}"
    return None if is_whole(cell) else f"is {shown(cell)}, which holds half a character (a lone surrogate)"


def shown(cell: object) -> str:
    """Return a cell for a message: as Python writes it, its end cut off if it is long."""
    try:
        text = repr(cell)
    except ValueError:  # an integer of more than 4,300 digits
        text = f"a long {type(cell).__name__}"
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def check_header(names: Sequence[str]) -> None:
    """Refuse a column without a name, and two columns of one name.

    Raises:
        ValueError: naming the column.
    """
    for number, name in enumerate(names, start=1):
        if not name:
            index = "; pandas leaves its index out with index=False" if number == 1 else ""
            raise ValueError(f"column {number} has no name, expected a header in the first line{index}")
        if not is_whole(name):
            raise ValueError(
                f"the name of column {number}, {name!r}, holds half a character (a lone surrogate)"
            )
        first = names.index(name) + 1
        if first != number:
            raise ValueError(f"columns {first} and {number} are both called {name!r}, expected unique names")
