"""Rows of a corpus's files, one after another: JSON lines, CSV, TSV, Parquet, Arrow."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias, cast

from evenband.corpora.documents import Fault
from evenband.errors import InputError
from evenband.wording import listed

ROWS_PER_BATCH = 1024
LARGEST_FIELD = 2**31 - 1

Row: TypeAlias = tuple[int, Mapping[str, Any]] | Fault
"""Number of a row from 1 and its cells by name; or what is wrong with it."""


def rows_of(file: Path) -> Iterator[tuple[str, Row]]:
    """Yield the place and cells of each row of a file."""
    reader = reader_of(file)
    if reader is None:
        raise InputError(f"{file}: expected .jsonl, .parquet, .csv, .tsv or .arrow")
    what = "row" if file.suffix in (".parquet", ".arrow") else "line"
    for row in _checked(file, reader(file)):
        if isinstance(row, Fault):
            yield row.place, row
        else:
            yield f"{file.name} {what} {row[0]}", row


def _checked(file: Path, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows, and turn what reading a damaged file raises into an error of one line."""
    try:
        yield from rows
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{file} is cut short or damaged: {error}; pack or download it again") from error
    except csv.Error as error:
        raise InputError(f"{file} cannot be read as lines of cells: {error}") from error


def reader_of(file: Path) -> Callable[[Path], Iterator[Row]] | None:
    """Return what reads a file, by the end of its name; ``None`` if nothing does."""
    name = file.name.lower().removesuffix(".gz")
    return next((reader for suffix, reader in _ROW_READERS.items() if name.endswith(suffix)), None)


def _json_lines(file: Path) -> Iterator[Row]:
    with _unpacked(file) as lines:
        for number, line in enumerate(lines, start=1):
            place = f"{file.name} line {number}"
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if not text.strip():
                    continue
                cells = json.loads(text)
            except UnicodeDecodeError as error:
                yield Fault(place, f"is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}")
            except (ValueError, RecursionError):
                yield Fault(place, f"is {text.strip()[:30]!r}, no JSON")
            else:
                is_row = isinstance(cells, dict)
                yield (number, cells) if is_row else Fault(place, f"is {text.strip()[:30]!r}, no JSON object")


def _unpacked(file: Path) -> IO[bytes]:
    """Open a file, packed by gzip if its name ends so."""
    return cast(IO[bytes], gzip.open(file, "rb")) if file.suffix.lower() == ".gz" else file.open("rb")


def _delimited(delimiter: str, quoting: Literal[0, 3]) -> Callable[[Path], Iterator[Row]]:
    """Return a reader of lines with cells; a TSV file's quotation marks are part of its texts."""

    def read(file: Path) -> Iterator[Row]:
        csv.field_size_limit(LARGEST_FIELD)
        with (
            _unpacked(file) as content,
            TextIOWrapper(content, "utf-8-sig", errors="surrogateescape", newline="") as lines,
        ):
            rows = csv.reader(lines, delimiter=delimiter, quoting=quoting)
            names = next(rows, [])
            _check_header(file, names)
            for cells in rows:
                place = f"{file.name} line {rows.line_num}"
                if not cells:
                    continue
                if len(cells) != len(names):
                    yield Fault(place, f"has {len(cells)} cells, the header has {len(names)}")
                elif any(
                    "\udc80" <= sign <= "\udcff" for cell in cells if not cell.isascii() for sign in cell
                ):
                    yield Fault(place, "is not UTF-8")
                else:
                    yield rows.line_num, dict(zip(names, cells, strict=True))

    return read


def _check_header(file: Path, names: Sequence[str]) -> None:
    """Refuse a header in which two columns have one name, since only one of them would be read.

    Raises:
        InputError: naming them; columns without a name do not count.
    """
    if repeated := [name for name in dict.fromkeys(names) if name and names.count(name) > 1]:
        raise InputError(
            f"{file}: its header names {listed(map(repr, repeated))} more than once, and one column would be "
            "lost; give each column a name of its own"
        )


def _parquet(file: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as content:
            yield from _numbered(content.iter_batches(batch_size=ROWS_PER_BATCH))
    except pa.ArrowException as error:
        raise InputError(f"{file} is not a Parquet file: {str(error).splitlines()[0]}") from None


def _arrow(file: Path) -> Iterator[Row]:
    import pyarrow as pa

    try:
        with pa.memory_map(str(file)) as content, pa.ipc.open_stream(content) as batches:
            parts = (
                batch.slice(start, ROWS_PER_BATCH)
                for batch in batches
                for start in range(0, len(batch), ROWS_PER_BATCH)
            )
            yield from _numbered(parts)
    except pa.ArrowException as error:
        raise InputError(f"{file} is not an Arrow stream: {str(error).splitlines()[0]}") from None


def _numbered(batches: Iterator[Any]) -> Iterator[Row]:
    number = 0
    for batch in batches:
        for cells in batch.to_pylist():
            number += 1
            yield number, cells


_ROW_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
    ".arrow": _arrow,
    ".csv": _delimited(",", csv.QUOTE_MINIMAL),
    ".tsv": _delimited("\t", csv.QUOTE_NONE),
}
"""Reader of each kind of file, by the end of its name."""
