"""Readers of CSV and TSV files.

In a CSV file quotation marks are quoting, as RFC 4180 has it. A TSV file is read in two ways: with its
quotation marks as part of the texts, as STS-B, GLUE and MRPC write it, and as quoting, as pandas and Excel
write it. They are quoting only where the file is quoted throughout by one rule; see :func:`read_tabs`.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from evenband.slots.decoding import read_text, split_lines
from evenband.slots.rows import Fault, Table, check_header
from evenband.wording import counted

QUOTE = '"'

LARGEST_CELL = min(sys.maxsize, 2**31 - 1)
"""Largest number of characters of a cell that Python's csv module takes on every system."""

_SEPARATOR_LINE = re.compile(r'"?sep=([;,\t|])"?\r?\n', re.IGNORECASE)
"""First line of a file that tells Excel what separates its cells."""

_DELIMITING = ("\t\r\n" + QUOTE, "\t\r\n," + QUOTE)
"""Characters for which a cell is quoted: by Python's csv module and pandas, and by Excel."""


class Row(NamedTuple):
    """Cells of a row and the number of its first line."""

    line: int
    cells: list[str]


def read_commas(path: Path) -> Table:
    """Read a CSV file with a header. Cells are as they are in the file; empty ones become ``None``.

    Raises:
        ValueError: naming the line, if it is not CSV.
    """
    text, delimiter, start = read_text(path), ",", 1
    if separator := _SEPARATOR_LINE.match(text):
        text, delimiter, start = text[separator.end() :], separator[1], 2
    rows = _quoted_rows(text, delimiter, start)
    across = next((row for row in rows if any(map(_breaks, row.cells))), None)
    literal = [Row(n, line.split(delimiter)) for n, line in enumerate(split_lines(text), start)]
    if across is None or not _is_even(literal):
        return _table(rows, delimiter)
    return _table(rows, delimiter, (f"{path.name}: {_span(across)} are read as one row with a quoted cell",))


def read_tabs(path: Path) -> Table:
    r"""Read a TSV file with a header. Cells are as they are in the file; empty ones become ``None``.

    Quotation marks are quoting if the file can be read so, and

    * it could not be read otherwise, since a quoted cell holds a line break; or
    * the header is quoted; or
    * exactly those cells are quoted that need it: that hold a tab, a line break or a quotation mark, and
      perhaps those with a comma, as Excel does it; or
    * every cell is quoted in each column that has quoted cells.

    In any other file they belong to the text, and every line is a row.

    Raises:
        ValueError: where both readings are possible and differ in the number of rows, naming the lines.
    """
    text = read_text(path)
    literal = [Row(n, line.split("\t")) for n, line in enumerate(split_lines(text), start=1)]
    if not any(cell.startswith(QUOTE) for row in literal for cell in row.cells):
        return _table(literal, "\t")
    try:
        quoted = _quoted_rows(text, "\t")
    except ValueError:
        return _table(literal, "\t")
    if not _is_even(quoted):
        return _table(literal, "\t")
    if all(cell.startswith(QUOTE) for cell in _filled(literal)[0].cells):
        return _table(quoted, "\t")
    across = next((row for row in quoted if any("\t" in cell and _breaks(cell) for cell in row.cells)), None)
    if not _is_even(literal):
        if across is not None:
            raise ValueError(_swallowed(across))
        return _table(quoted, "\t")
    if len(_filled(literal)) != len(_filled(quoted)):
        broken = next((row for row in quoted if any(map(_breaks, row.cells))), None)
        if broken is not None and len(broken.cells) == 1:
            raise ValueError(_swallowed(broken))
    elif _is_quoted_by_need(_filled(literal), _filled(quoted)):
        return _table(quoted, "\t")
    line = next(row.line for row in literal if any(cell.startswith(QUOTE) for cell in row.cells))
    if len(_filled(literal)) == len(_filled(quoted)) and _has_quoted_columns(_filled(literal)):
        remark = f"quotation marks around all cells of a column are read as quoting (line {line})"
        return _table(quoted, "\t", (f"{path.name}: {remark}",))
    return _table(
        literal, "\t", (f"{path.name}: quotation marks are read as part of the texts (line {line})",)
    )


def _span(row: Row) -> str:
    return f"lines {row.line} to {row.line + sum(cell.count(chr(10)) for cell in row.cells)}"


def _swallowed(row: Row) -> str:
    return (
        f"{_span(row)} may be one quoted cell or several rows whose texts hold quotation marks; "
        "expected one of the two only: save the file as .csv or .jsonl"
    )


def _breaks(cell: str) -> bool:
    return "\n" in cell or "\r" in cell


def _filled(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that are no blank lines."""
    return [row for row in rows if row.cells not in ([], [""])]


def _is_even(rows: Sequence[Row]) -> bool:
    """Return whether all rows have as many cells as the first."""
    return len({len(row.cells) for row in _filled(rows)}) == 1


def _is_quoted_by_need(literal: Sequence[Row], quoted: Sequence[Row]) -> bool:
    """Return whether the cells in quotation marks are those that a program quotes because of their content.

    Args:
        literal: rows with their quotation marks.
        quoted: the same rows without them.
    """
    marked = [[cell.startswith(QUOTE) for cell in row.cells] for row in literal]
    if any(marked[0]):
        return True
    pairs = [
        pair for one, other in zip(marked, quoted, strict=True) for pair in zip(one, other.cells, strict=True)
    ]
    return any(
        all(is_marked == any(sign in cell for sign in special) for is_marked, cell in pairs)
        for special in _DELIMITING
    )


def _has_quoted_columns(literal: Sequence[Row]) -> bool:
    """Return whether all cells of two rows or more are in quotation marks, in each column that has any."""
    columns = list(zip(*([cell.startswith(QUOTE) for cell in row.cells] for row in literal[1:]), strict=True))
    return len(literal) > 2 and all(all(column) for column in columns if any(column))


def _quoted_rows(text: str, delimiter: str, start: int = 1) -> list[Row]:
    """Return the rows of a file whose quotation marks are quoting; its first line has the number ``start``.

    Raises:
        ValueError: naming the line, if they are not balanced.
    """
    rows, line = [], start
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    limit = csv.field_size_limit(LARGEST_CELL)
    try:
        for cells in reader:
            rows.append(Row(line, cells))
            line = start + reader.line_num
    except csv.Error as error:
        what = str(error).replace("'\t'", "a tab")
        place = line if "unexpected end" in what else start + reader.line_num - 1
        raise ValueError(
            f"line {place}: {what}; a cell with a quotation mark is put in quotation marks, "
            "and those inside it are doubled"
        ) from error
    finally:
        csv.field_size_limit(limit)
    return rows


def _table(rows: Sequence[Row], delimiter: str, remarks: tuple[str, ...] = ()) -> Table:
    """Return the table of a header and its rows; a row of another number of cells is a fault.

    Blank lines are left out where there are several columns.
    """
    while rows and rows[-1].cells in ([], [""]):
        rows = rows[:-1]
    first = next((place for place, row in enumerate(rows) if row.cells not in ([], [""])), len(rows))
    names = [name.strip() for name in rows[first].cells] if first < len(rows) else []
    check_header(names)
    _check_delimiter(names, delimiter)
    faults, kept = [], []
    for line, cells in rows[first + 1 :]:
        if len(cells) == len(names):
            kept.append(Row(line, cells))
        elif len(names) == 1 or cells not in ([], [""]):
            count = f"{counted(len(cells), 'cell')}, expected {len(names)} as in the header"
            faults.append(Fault(line, f"line {line} has {count}"))
    columns = {name: tuple(row.cells[place] or None for row in kept) for place, name in enumerate(names)}
    return Table(columns, tuple(row.line for row in kept), "line", tuple(faults), remarks)


def _check_delimiter(names: Sequence[str], delimiter: str) -> None:
    """Refuse a single column whose name contains another delimiter: the file is separated by that one."""
    delimiters = {";": "a semicolon", "\t": "a tab", ",": "a comma", "|": "a bar"}
    for other, description in delimiters.items():
        if len(names) == 1 and other != delimiter and other in names[0]:
            expected = "tabs" if delimiter == "\t" else "commas"
            raise ValueError(
                f"its header {names[0]!r} looks separated by {description}, expected {expected}; "
                "save it with commas as .csv or with tabs as .tsv"
            )


DELIMITED: dict[str, Callable[[Path], Table]] = {".csv": read_commas, ".tsv": read_tabs}
"""Readers by the ending of a file's name."""
