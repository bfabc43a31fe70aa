"""The scheme ``file:``, values from the user's own file: ``file:terms.csv``, ``file:terms.txt``.

The ending of the file's name says what it is:

* ``.txt``: one value a line; empty lines are skipped.
* ``.csv``, ``.tsv``: columns with a header.
* ``.json``: a list of values, or of objects with equal keys; ``.jsonl``: one value or object a line.
* ``.parquet``: columns.

Text is UTF-8, with or without a byte order mark. If there are several columns, the option
``@column=name`` says which one holds the values; the others become columns of the slot, with ``None``
for an empty cell. Space around a value, and around a text in another column, is dropped. With the option
``@skip_bad``, which stands first, rows without a value and repeated values are left out and listed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.slots.rows import Fault, Table, fault_of_text, refuse, shown
from evenband.slots.scheme import Scheme
from evenband.slots.tables import read, stored_columns
from evenband.types import Slot

FILE = "file:"
"""What references to a file begin with."""

COLUMN = "@column="
"""Option that names the column of the values."""

SKIP_SUFFIX = "@skip_bad"
"""Option that leaves bad rows out."""

OPTIONS = ("column", "skip_bad")
"""Names of the options."""


def load(argument: str) -> Slot:
    """Return the slot of a file, such as ``terms.csv`` or ``terms.csv@column=term``.

    Raises:
        InputError: if the file is missing, is not UTF-8 or is of an unknown kind, or if a value is
            empty or repeated; the message names the lines.
    """
    reference = f"slot 'file:{argument}'"
    file_name, column, skips = _split(argument)
    path = _find_file(file_name, reference)
    table = read(path, reference)
    value_column = _choose_column(table, column, reference)
    rows, faults = _check_values(table, value_column)
    if not skips or not rows:
        refuse(reference, faults)
    others = {
        name: tuple(_stripped(cells[row]) for row in rows.values())
        for name, cells in table.columns.items()
        if name != value_column
    }
    columns, remarks = stored_columns(others, path.name)
    return Slot(
        f"file:{argument}",
        tuple(rows),
        f"column {value_column!r} of {path.name}" if value_column else path.name,
        columns,
        skipped=tuple(f"{path.name}: {fault.text}" for fault in faults),
        remarks=(*table.remarks, *remarks),
    )


def with_bad_rows_skipped(reference: str) -> str:
    """Return a slot reference that leaves bad rows out; itself if it is none of a file."""
    if not reference.startswith(FILE) or SKIP_SUFFIX in reference:
        return reference
    file_name, at_column, column = reference.partition(COLUMN)
    return f"{file_name}{SKIP_SUFFIX}{at_column}{column}"


def _split(argument: str) -> tuple[str, str | None, bool]:
    """Return the file's name, the column if it is named, and whether bad rows are left out."""
    name, at_column, column = argument.rpartition(COLUMN)
    file_name = name if at_column else argument
    return file_name.removesuffix(SKIP_SUFFIX), column if at_column else None, file_name.endswith(SKIP_SUFFIX)


def _find_file(name: str, reference: str) -> Path:
    """Return the path of the file; ``~`` stands for the home folder."""
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return path
        siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    except (OSError, RuntimeError) as error:
        raise InputError(f"{reference}: cannot look for {name}: {error}; expected a file's name") from error
    _check_option(name, reference)
    if path.is_dir():
        raise InputError(f"{reference}: {path} is a folder, expected a file")
    raise InputError(f"{reference}: {path} does not exist, expected a file{nearest(path.name, siblings)}")


def _check_option(name: str, reference: str) -> None:
    """Refuse an option that does not exist behind the name of a file that does.

    Raises:
        InputError: naming the options.
    """
    file_name, at_sign, option = name.rpartition("@")
    if at_sign and Path(file_name).expanduser().is_file():
        key = option.partition("=")[0]
        raise InputError(
            f"{reference} has the option {key!r}{nearest(key, OPTIONS)} (there are: {', '.join(OPTIONS)}; "
            "write @column=NAME)"
        )


def _choose_column(table: Table, column: str | None, reference: str) -> str:
    """Return the name of the column that holds the values: the one asked for, or the only one."""
    names = list(table.columns)
    if column is None and len(names) == 1:
        return names[0]
    listed = ", ".join(names)
    if column is None:
        raise InputError(
            f"{reference} has {len(names)} columns ({listed}) and needs to know which one holds the values; "
            f"add @column=NAME, such as @column={names[0]}"
        )
    if names == [""]:
        raise InputError(f"{reference}: its values have no column names, expected no option; drop @column")
    if column not in table.columns:
        raise InputError(
            f"{reference} has no column {column!r}{nearest(column, names)} (there are: {listed})"
        )
    return column


def _check_values(table: Table, column: str) -> tuple[dict[str, int], list[Fault]]:
    """Return the row of each value, without space around it, and the rows that cannot be used."""
    rows: dict[str, int] = {}
    faults = list(table.faults)
    for row, (line, cell) in enumerate(zip(table.lines, table.columns[column], strict=True)):
        value = cell.strip() if isinstance(cell, str) else cell
        what = fault_of_text(value)
        if what == "is empty":
            what = "is empty, expected a value"
        elif what:
            what = f"{what}, expected text"
        elif value in rows:
            what = (
                f"repeats {shown(value)} of {table.unit} {table.lines[rows[value]]}, expected unique values"
            )
        if what:
            faults.append(Fault(line, f"{table.unit} {line} {what}"))
        else:
            rows[value] = row
    return rows, faults


def _stripped(cell: Any) -> Any:
    """Return a cell without space around it if it is a text; ``None`` if nothing is left."""
    return (cell.strip() or None) if isinstance(cell, str) else cell


FILE_SCHEME = Scheme(
    name="file",
    about="a column of your own csv, tsv, txt, json, jsonl or parquet file; option column=NAME",
    example="file:terms.csv@column=term",
    make=load,
)
