"""Values from the user's own file: ``file:terms.csv``, or tsv, txt, json, jsonl, parquet.

A ``.txt`` file has one value a line, empty lines do not count; a CSV or TSV file has a header; a JSON
file is a list of values or of objects, a ``.jsonl`` file one of them a line. Text is UTF-8, with or
without a byte order mark. Space around a value is dropped. The option ``@column=name`` says which
column has the values where there are several; the others stay with the values, as text, empty cells as
``None``.
"""

from __future__ import annotations

from pathlib import Path

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.slots.scheme import Scheme
from evenband.slots.tables import Table, read
from evenband.types import Slot


def load(argument: str) -> Slot:
    """The slot of ``terms.csv`` or ``terms.csv@column=term``.

    Raises:
        InputError: if the file is missing, is not UTF-8 or of an unknown kind, or a value is
            empty or occurs twice; with the line.
    """
    name, option, column = argument.rpartition("@column=")
    reference = f"slot 'file:{argument}'"
    path = _find(name if option else argument, reference)
    table = read(path, reference)
    chosen = _choose(table, column if option else None, reference)
    values = _check(table, chosen, reference)
    columns = {key: cells for key, cells in table.columns.items() if key != chosen}
    origin = f"column {chosen!r} of {path.name}" if chosen else path.name
    return Slot(f"file:{argument}", values, origin, columns)


def _find(name: str, reference: str) -> Path:
    """The file of that name, ``~`` standing for the home folder."""
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return path
        beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    except (OSError, RuntimeError) as error:
        raise InputError(f"{reference}: cannot look for {name}: {error}; expected a file's name") from error
    if path.is_dir():
        raise InputError(f"{reference}: {path} is a folder, expected a file")
    raise InputError(f"{reference}: {path} does not exist, expected a file{nearest(path.name, beside)}")


def _choose(table: Table, column: str | None, reference: str) -> str:
    """The name of the column that has the values."""
    names = list(table.columns)
    if column is None and len(names) == 1:
        return names[0]
    listed = ", ".join(names)
    if column is None:
        raise InputError(
            f"{reference} has {len(names)} columns ({listed}), expected the one with the values; "
            f"add @column=NAME, such as @column={names[0]}"
        )
    if names == [""]:
        raise InputError(f"{reference}: its values have no column names, expected no option; drop @column")
    if column not in table.columns:
        raise InputError(
            f"{reference} has no column {column!r}{nearest(column, names)} (there are: {listed})"
        )
    return column


def _check(table: Table, column: str, reference: str) -> tuple[str, ...]:
    """The column's values, stripped, none empty, none twice."""
    seen: dict[str, int] = {}
    for line, cell in zip(table.lines, table.columns[column], strict=True):
        if cell is not None and not isinstance(cell, str):
            raise InputError(f"{reference}: {table.unit} {line} is {cell!r}, expected text")
        value = (cell or "").strip()
        if not value:
            raise InputError(
                f"{reference}: {table.unit} {line} is empty, expected a value; fill or delete it"
            )
        if value in seen:
            raise InputError(
                f"{reference}: {table.unit} {line} repeats {value!r} of {table.unit} {seen[value]}, "
                "expected unique values; delete one"
            )
        seen[value] = line
    return tuple(seen)


FILE_SCHEME = Scheme(
    name="file",
    about="a column of the user's own csv, tsv, txt, json, jsonl or parquet file; option column=NAME",
    example="file:terms.csv@column=term",
    make=load,
)
