"""The scheme ``file:``, values from the user's own file: ``file:terms.csv``, ``file:terms.txt``.

The ending of the file's name says what it is:

* ``.txt``: one value a line; empty lines are skipped.
* ``.csv``, ``.tsv``: columns with a header.
* ``.json``: a list of values, or of objects with equal keys; ``.jsonl``: one value or object a line.
* ``.parquet``: columns.

Text is UTF-8, with or without a byte order mark. If there are several columns, the option
``@column=name`` says which one holds the values; the others become columns of the slot, with ``None``
for an empty cell. Space around a value is dropped.
"""

from __future__ import annotations

from pathlib import Path

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.slots.scheme import Scheme
from evenband.slots.tables import Table, read
from evenband.types import Slot


def load(argument: str) -> Slot:
    """Return the slot of a file, such as ``terms.csv`` or ``terms.csv@column=term``.

    Raises:
        InputError: if the file is missing, is not UTF-8 or is of an unknown kind, or if a value is
            empty or repeated; the message names the line.
    """
    file_name, option, column = argument.rpartition("@column=")
    reference = f"slot 'file:{argument}'"
    path = _find_file(file_name if option else argument, reference)
    table = read(path, reference)
    value_column = _choose_column(table, column if option else None, reference)
    values = _check_values(table, value_column, reference)
    other_columns = {name: cells for name, cells in table.columns.items() if name != value_column}
    origin = f"column {value_column!r} of {path.name}" if value_column else path.name
    return Slot(f"file:{argument}", values, origin, other_columns)


def _find_file(name: str, reference: str) -> Path:
    """Return the path of the file; ``~`` stands for the home folder."""
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return path
        siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    except (OSError, RuntimeError) as error:
        raise InputError(f"{reference}: cannot look for {name}: {error}; expected a file's name") from error
    if path.is_dir():
        raise InputError(f"{reference}: {path} is a folder, expected a file")
    raise InputError(f"{reference}: {path} does not exist, expected a file{nearest(path.name, siblings)}")


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


def _check_values(table: Table, column: str, reference: str) -> tuple[str, ...]:
    """Return the values of a column without space around them.

    Raises:
        InputError: if a value is empty, repeated or not text.
    """
    line_of_value: dict[str, int] = {}
    for line, cell in zip(table.lines, table.columns[column], strict=True):
        if cell is not None and not isinstance(cell, str):
            raise InputError(f"{reference}: {table.unit} {line} is {cell!r}, expected text")
        value = (cell or "").strip()
        if not value:
            raise InputError(
                f"{reference}: {table.unit} {line} is empty, expected a value; fill it in or delete it"
            )
        if value in line_of_value:
            raise InputError(
                f"{reference}: {table.unit} {line} repeats {value!r} of {table.unit} {line_of_value[value]}, "
                "expected unique values; delete one"
            )
        line_of_value[value] = line
    return tuple(line_of_value)


FILE_SCHEME = Scheme(
    name="file",
    about="a column of your own csv, tsv, txt, json, jsonl or parquet file; option column=NAME",
    example="file:terms.csv@column=term",
    make=load,
)
