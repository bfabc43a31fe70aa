"""Readers of tabular files: CSV, TSV, plain text, JSON, JSON lines and Parquet.

:func:`read` chooses the reader by the ending of the file's name. It serves the schemes ``file:`` and
``table:`` and the tables of pairs of the package ``probes``. Every row keeps its line number, so that
messages can say where the mistake is. A single reader raises ``ValueError`` with the place and what
was expected there. Cells are as they are in the file, spaces included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband.errors import InputError
from evenband.slots.decoding import read_text, split_lines
from evenband.slots.delimited import DELIMITED
from evenband.slots.json_rows import read_json, read_json_lines
from evenband.slots.rows import Table, check_header, refuse
from evenband.types.columns import storable

if TYPE_CHECKING:
    import pyarrow

PACKED = {".gz": "gunzip", ".zip": "unzip", ".bz2": "bunzip2", ".xz": "unxz", ".zst": "unzstd"}
"""Endings of compressed files, and the command that unpacks each."""


def read_lines(path: Path) -> Table:
    """Read a file that has one value a line; empty lines are skipped."""
    lines = enumerate(split_lines(read_text(path)), start=1)
    rows = [(number, line) for number, line in lines if line.strip()]
    return Table({"": tuple(line for _, line in rows)}, tuple(number for number, _ in rows))


def read_parquet(path: Path) -> Table:
    """Read a Parquet file; every column keeps its type.

    Raises:
        ValueError: if it is none, or two columns have one name.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            table = file.read()
    except pyarrow.ArrowException as error:
        raise ValueError(f"not a Parquet file: {error}".partition("\n")[0]) from error
    check_header(table.column_names)
    columns = {name: _cells(table.column(name)) for name in table.column_names}
    return Table(columns, tuple(range(1, table.num_rows + 1)), "row")


def _cells(column: pyarrow.ChunkedArray) -> tuple[Any, ...]:
    """Return the cells of an Arrow column; texts where Python has no value for one, as for nanoseconds.

    Raises:
        ValueError: if a cell cannot be read.
    """
    import pyarrow as pa

    try:
        if pa.types.is_temporal(column.type) and "[ns" in str(column.type):
            column = column.cast(pa.string())  # Python's own times have microseconds
        return tuple(column.to_pylist())
    except (ValueError, OverflowError):
        try:
            return tuple(column.cast(pa.string()).to_pylist())
        except pa.ArrowException as error:
            raise ValueError(f"a column of type {column.type} cannot be read: {error}") from error


READERS: dict[str, Callable[[Path], Table]] = {
    **DELIMITED,
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
    if path.is_dir():
        raise InputError(f"{called}: is a folder, expected a file that ends in one of {', '.join(READERS)}")
    if suffix in PACKED:
        raise InputError(f"{called}: got a compressed file; unpack it first, such as with {PACKED[suffix]}")
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
        refuse(called, table.faults)
        raise InputError(f"{called}: has no rows, expected at least one")
    return table


def stored_columns(
    columns: Mapping[str, tuple[Any, ...]], called: str
) -> tuple[dict[str, tuple[Any, ...]], tuple[str, ...]]:
    """Return columns that a measurement file can hold, and a remark for each that is kept as text.

    Args:
        columns: of any types.
        called: how remarks refer to the file.
    """
    stored = {name: storable(cells) for name, cells in columns.items()}
    texts = [
        name
        for name, cells in stored.items()
        if any(a is not b for a, b in zip(cells, columns[name], strict=True))
    ]
    remarks = tuple(
        f"{called}: column {name!r} is kept as text, since no file of measurements can hold its values"
        for name in texts
    )
    return stored, remarks
