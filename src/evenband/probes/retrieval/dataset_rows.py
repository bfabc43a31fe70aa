"""Rows of a dataset's files, each with its place: JSON lines, tab-separated lines and Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evenband.corpora.corpus_rows import rows_of
from evenband.corpora.documents import Fault
from evenband.errors import InputError
from evenband.wording import counted, listed

_LONE = re.compile("[\ud800-\udfff]")
"""Half of a character, which JSON can name and no file can hold; a question mark takes its place."""

AS_MANY_CELLS = "as many cells in each line as in the first"

FAULTS_SHOWN = 5
"""Faulty rows that a message names."""


class PlacedRow(NamedTuple):
    """A row of a file.

    Attributes:
        file: that it is in.
        number: of the line, or of the row of a Parquet file, from 1.
        cells: by the name of the column.
    """

    file: Path
    number: int
    cells: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The place in words."""
        what = "row" if self.file.suffix == ".parquet" else "line"
        return f"{self.file.name} {what} {self.number}"


def read_rows(files: Sequence[Path]) -> Iterator[PlacedRow]:
    """Yield the rows of files, one after another, by their endings: .jsonl, .tsv, .txt, .csv, .parquet.

    Raises:
        InputError: if a file cannot be read, or a line is no JSON object.
    """
    for file in files:
        try:
            yield from _DATASET_READERS[file.suffix.lower()](file)
        except OSError as error:
            raise InputError(f"cannot read {file}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise InputError(
                f"{file} is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}"
            ) from None


def refuse(what: str, faults: Sequence[str], expected: str) -> None:
    """Refuse rows, naming the first ones; nothing happens without faults.

    Args:
        what: file or folder.
        faults: a place and what is wrong there, each.
        expected: what should stand there, and how to mend it.

    Raises:
        InputError: if there are faults.
    """
    if faults:
        more = f" and {len(faults) - FAULTS_SHOWN:,} more" if len(faults) > FAULTS_SHOWN else ""
        raise InputError(f"{what}: {'; '.join(faults[:FAULTS_SHOWN])}{more}; expected {expected}")


def read_plain(path: Path, what: str) -> list[str]:
    """Return the lines of a text file, without a byte order mark.

    Args:
        path: of the file.
        what: it is called in a message, such as ``run file``.

    Raises:
        InputError: if it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}"
        ) from None
    except OSError as error:
        raise InputError(f"cannot read the {what} {path}: {error.strerror}") from error


def remark(kind: str, places: Sequence[str], sentence: str) -> list[str]:
    """Return a remark that counts and names rows; none without rows."""
    return [f"{kind}: {len(places):,} {sentence} ({listed(places)})"] if places else []


def text_cell(row: PlacedRow, names: Iterable[str]) -> str | None:
    """Return the first of some columns that a row has, as text; ``None`` if it has none of them.

    A number is a text, as an id may be one.
    """
    for name in names:
        value = row.cells.get(name)
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode() if _LONE.search(value) else value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def _file_rows(file: Path) -> Iterator[PlacedRow]:
    """Yield the rows of a file that a corpus may have as well; faulty ones are refused at its end."""
    faults: list[str] = []
    for _, row in rows_of(file):
        if isinstance(row, Fault):
            faults.append(str(row).removeprefix(f"{file.name} "))
        else:
            yield PlacedRow(file, *row)
    is_json = file.suffix.lower() == ".jsonl"
    refuse(str(file), faults, "a JSON object in each line" if is_json else AS_MANY_CELLS)


def _tabs(file: Path) -> Iterator[PlacedRow]:
    """Yield the rows of a file with a header; judgements of TREC have none, and get the columns' names.

    A line with other cells than the first is refused: a tab in a text would cut it, and a judgement without
    its grade would get one.
    """
    with file.open(encoding="utf-8-sig") as content:
        lines = [(number, line.rstrip("\n")) for number, line in enumerate(content, start=1) if line.strip()]
    if not lines:
        return
    mark = "\t" if "\t" in lines[0][1] or len(lines[0][1].split()) == 1 else None  # None is any space
    rows = [(number, line.split(mark)) for number, line in lines]
    first = [cell.strip() for cell in rows[0][1]]
    header = {3: ["query-id", "corpus-id", "score"], 4: ["query-id", "iteration", "corpus-id", "score"]}
    names = header.get(len(first), first)
    if not _is_number(first[-1]):
        names, rows = first, rows[1:]
    faults = []
    for number, cells in rows:
        stripped = [cell.strip() for cell in cells]
        if any(stripped[len(names) :]) or len(stripped) < len(names):
            faults.append(f"line {number} has {counted(len(cells), 'cell')}, the first has {len(names)}")
        else:
            yield PlacedRow(file, number, dict(zip(names, stripped, strict=False)))
    refuse(str(file), faults, AS_MANY_CELLS)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


_DATASET_READERS = {
    ".jsonl": _file_rows,
    ".tsv": _tabs,
    ".txt": _tabs,
    ".csv": _file_rows,
    ".parquet": _file_rows,
}
