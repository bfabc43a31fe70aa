"""Readers of the user's files: columns by name, and where each row stands in the file.

:func:`read` takes any of them; a single reader raises ``ValueError``, which says where and what.
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
    """The columns of a file.

    Attributes:
        columns: by name, each as long as ``lines``; a file without names has one, called "".
        lines: where each row stands, counted from 1.
        unit: what is counted: ``line`` or ``row``.
    """

    columns: dict[str, tuple[Any, ...]]
    lines: tuple[int, ...]
    unit: str = "line"


def read_text(path: Path) -> str:
    """The file as text, without a byte order mark, every line ended by a line feed.

    Raises:
        ValueError: if it is not UTF-8, with the byte and the line.
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
    """One value a line; empty lines do not count."""
    rows = [(at, line) for at, line in enumerate(read_text(path).split("\n"), start=1) if line.strip()]
    return Table({"": tuple(line for _, line in rows)}, tuple(at for at, _ in rows))


def read_delimited(path: Path, delimiter: str) -> Table:
    """CSV or TSV with a header; cells stay text, empty ones become ``None``."""
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
    cells = [tuple(row[at].strip() or None for _, row in rows[1:]) for at in range(len(names))]
    return Table(dict(zip(names, cells, strict=True)), tuple(line for line, _ in rows[1:]))


def read_json(path: Path) -> Table:
    """A list of values, or of objects that all have the same keys."""
    try:
        items = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}; expected JSON") from error
    if not isinstance(items, list):
        raise ValueError(f"got a JSON {type(items).__name__}, expected a list of values or of objects")
    return _arrange(items, range(1, len(items) + 1), "row")


def read_json_lines(path: Path) -> Table:
    """A JSON value or object on every line; empty lines do not count."""
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
    """A Parquet file; other columns keep their types."""
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
    """Columns from a list of strings or of objects."""
    lines = tuple(lines)
    objects = [item for item in items if isinstance(item, dict)]
    if not objects:
        return Table({"": tuple(items)}, lines, unit)
    names = list(objects[0])
    for line, item in zip(lines, items, strict=True):
        if not isinstance(item, dict) or set(item) != set(names):
            found = ", ".join(item) if isinstance(item, dict) else repr(item)
            raise ValueError(f"{unit} {line} has {found or 'no keys'}, expected the keys {', '.join(names)}")
    columns = {name: tuple(item[name] for item in items) for name in names}
    for name, cells in columns.items():
        _check_types(name, cells, lines, unit)
    return Table(columns, lines, unit)


def _check_types(name: str, cells: Sequence[Any], lines: Sequence[int], unit: str) -> None:
    """A column has one type, whole numbers and fractions apart; otherwise no file could hold it."""
    kinds: dict[type, int] = {}
    for line, cell in zip(lines, cells, strict=True):
        if cell is not None:
            kinds.setdefault(float if type(cell) is int else type(cell), line)
    if len(kinds) > 1:
        (first, at), (second, then), *_ = kinds.items()
        raise ValueError(
            f"column {name!r} is a {first.__name__} in {unit} {at} and a {second.__name__} in {unit} {then}, "
            "expected one type"
        )


def _check_header(names: Sequence[str]) -> None:
    for at, name in enumerate(names, start=1):
        if not name:
            raise ValueError(f"column {at} has no name, expected a header in the first line")
        if names.index(name) != at - 1:
            raise ValueError(
                f"columns {names.index(name) + 1} and {at} are both called {name!r}, expected unique names"
            )


def _check_delimiter(names: Sequence[str], delimiter: str) -> None:
    """A single column with another delimiter in its name is several columns, misread."""
    others = {";": "a semicolon", "\t": "a tab", ",": "a comma"}
    for other, called in others.items():
        if len(names) == 1 and other != delimiter and other in names[0]:
            expected = "commas" if delimiter == "," else "tabs"
            raise ValueError(
                f"its header {names[0]!r} looks separated by {called}, expected {expected}; "
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


def read(path: Path, called: str) -> Table:
    """A file of any kind that is known, told by its ending.

    Args:
        path: of the file.
        called: what the file is to the user; every message begins with it.

    Raises:
        InputError: if the ending is unknown, or the file is missing, cannot be read, is not what its
            ending says or has no rows; with the place in it.
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
