"""Readers of tabular files: CSV, TSV, plain text, JSON, JSON lines and Parquet.

:func:`read` chooses the reader by the ending of the file's name. It serves the schemes ``file:`` and
``table:`` and the tables of pairs of the package ``probes``. Every row keeps its line number, so that
messages can say where the mistake is. A single reader raises ``ValueError`` with the place and what
was expected there.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evenband.errors import InputError


@dataclass(frozen=True)
class Table:
    """The columns of a file, n rows.

    Attributes:
        columns: n cells each, by the column's name; a file without column names has one, called "".
        lines: number of each row in the file, counted from 1.
        unit: what these numbers count, for messages: ``line`` or ``row``.
    """

    columns: dict[str, tuple[Any, ...]]
    lines: tuple[int, ...]
    unit: str = "line"


def read_text(path: Path) -> str:
    """Read a file as text, without its byte order mark and with a line feed after each line.

    Raises:
        ValueError: if it is not UTF-8; the message names the byte and the line.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"byte {error.start} (line {line}) is 0x{content[error.start]:02x}, expected UTF-8 text; "
            "save the file as UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path) -> Table:
    """Read a file that has one value a line; empty lines are skipped."""
    lines = enumerate(read_text(path).split("\n"), start=1)
    rows = [(number, line) for number, line in lines if line.strip()]
    return Table({"": tuple(line for _, line in rows)}, tuple(number for number, _ in rows))


def read_delimited(path: Path, delimiter: str) -> Table:
    """Read a CSV or TSV file with a header; cells stay text, and empty ones become ``None``."""
    rows: list[tuple[int, list[str]]] = []
    lines = io.StringIO(read_text(path).rstrip("\n"), newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            rows.append((start, row))
            start = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from error
    names = [name.strip() for name in rows[0][1]] if rows else []
    _check_header(names)
    _check_delimiter(names, delimiter)
    for line, row in rows[1:]:
        if len(row) != len(names):
            raise ValueError(f"line {line} has {len(row)} cells, expected {len(names)} as in the header")
    cells = [tuple(row[place].strip() or None for _, row in rows[1:]) for place in range(len(names))]
    return Table(dict(zip(names, cells, strict=True)), tuple(line for line, _ in rows[1:]))


def read_json(path: Path) -> Table:
    """Read a JSON list of values, or of objects that all have the same keys."""
    try:
        items = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}; expected JSON") from error
    if not isinstance(items, list):
        raise ValueError(f"got a JSON {type(items).__name__}, expected a list of values or of objects")
    return _arrange(items, range(1, len(items) + 1), "row")


def read_json_lines(path: Path) -> Table:
    """Read a file that has one JSON value or object a line; empty lines are skipped."""
    items, lines = [], []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            try:
                items.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise ValueError(
                    f"line {number}, column {error.colno}: {error.msg}; expected JSON"
                ) from error
            lines.append(number)
    return _arrange(items, lines, "line")


def read_parquet(path: Path) -> Table:
    """Read a Parquet file; every column keeps its type."""
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            table = file.read()
    except pyarrow.ArrowException as error:
        raise ValueError(f"not a Parquet file: {error}".partition("\n")[0]) from error
    _check_header(table.column_names)
    columns = {name: tuple(table.column(name).to_pylist()) for name in table.column_names}
    return Table(columns, tuple(range(1, table.num_rows + 1)), "row")


def _arrange(items: Sequence[Any], lines: Iterable[int], unit: str) -> Table:
    """Return a table of values (one column without a name) or of objects (a column for each key)."""
    lines = tuple(lines)
    objects = [item for item in items if isinstance(item, dict)]
    if not objects:
        return Table({"": tuple(items)}, lines, unit)
    names = list(objects[0])
    for line, item in zip(lines, items, strict=True):
        if not isinstance(item, dict) or set(item) != set(names):
            content = ", ".join(item) if isinstance(item, dict) else repr(item)
            raise ValueError(
                f"{unit} {line} has {content or 'no keys'}, expected the keys {', '.join(names)}"
            )
    columns = {name: tuple(item[name] for item in items) for name in names}
    for name, cells in columns.items():
        _check_types(name, cells, lines, unit)
    return Table(columns, lines, unit)


def _check_types(name: str, cells: Sequence[Any], lines: Sequence[int], unit: str) -> None:
    """Refuse a column of mixed types, which no Parquet file can hold; whole numbers count as floats."""
    first_lines: dict[type, int] = {}
    for line, cell in zip(lines, cells, strict=True):
        if cell is not None:
            first_lines.setdefault(float if type(cell) is int else type(cell), line)
    if len(first_lines) > 1:
        (first, first_line), (second, second_line), *_ = first_lines.items()
        raise ValueError(
            f"column {name!r} is a {first.__name__} in {unit} {first_line} "
            f"and a {second.__name__} in {unit} {second_line}, expected one type"
        )


def _check_header(names: Sequence[str]) -> None:
    """Refuse a column without a name, and two columns of one name."""
    for number, name in enumerate(names, start=1):
        if not name:
            raise ValueError(f"column {number} has no name, expected a header in the first line")
        first = names.index(name) + 1
        if first != number:
            raise ValueError(f"columns {first} and {number} are both called {name!r}, expected unique names")


def _check_delimiter(names: Sequence[str], delimiter: str) -> None:
    """Refuse a single column whose name contains another delimiter: the file is separated by that one."""
    delimiters = {";": "a semicolon", "\t": "a tab", ",": "a comma"}
    for other, description in delimiters.items():
        if len(names) == 1 and other != delimiter and other in names[0]:
            expected = "commas" if delimiter == "," else "tabs"
            raise ValueError(
                f"its header {names[0]!r} looks separated by {description}, expected {expected}; "
                "save it with commas as .csv or with tabs as .tsv"
            )


READERS: dict[str, Callable[[Path], Table]] = {
    ".csv": partial(read_delimited, delimiter=","),
    ".tsv": partial(read_delimited, delimiter="\t"),
    ".txt": read_lines,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".parquet": read_parquet,
}
"""The reader for each ending of a file's name."""


def read(path: Path, called: str) -> Table:
    """Read a file with the reader that belongs to the ending of its name.

    Args:
        path: path of the file.
        called: how messages refer to the file; they begin with it.

    Raises:
        InputError: if the ending is unknown, or the file is missing, cannot be read, does not have the
            format that its ending promises, or has no rows; the message names the place in the file.
    """
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise InputError(
            f"{called}: got a file that ends in {suffix or 'nothing'!r}, expected one of {', '.join(READERS)}"
        )
    try:
        table = READERS[suffix](path)
    except FileNotFoundError:
        raise InputError(f"{called}: no such file") from None
    except OSError as error:
        raise InputError(f"{called}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{called}: {error}") from None
    if not table.lines:
        raise InputError(f"{called}: has no rows, expected at least one")
    return table
