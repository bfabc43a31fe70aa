"""Queries of a file: a query in each line, or a table with a column of texts."""

from __future__ import annotations

import json
from pathlib import Path

from evenband.errors import InputError
from evenband.probes.retrieval.dataset_rows import read_rows, text_cell
from evenband.slots.decoding import read_text, split_lines
from evenband.wording import listed

QUERY_TEXTS = ("text", "query")
"""Columns in which a table's queries stand, the first that a row has."""

TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")


def table_rows(file: Path) -> list[tuple[str, str]]:
    """Return place and text of each row of a table; the text of a row without one is empty.

    Raises:
        InputError: if it cannot be read, or has no column of texts.
    """
    rows = list(read_rows([file]))
    texts = [(row.place, text_cell(row, QUERY_TEXTS) or "") for row in rows]
    if rows and not any(name in row.cells for row in rows for name in QUERY_TEXTS):
        raise InputError(
            f"{file}: got the columns {listed([repr(name) for name in rows[0].cells])}, expected one called "
            f"{' or '.join(QUERY_TEXTS)}; or a .txt file with a query in each line"
        )
    return texts


def read_queries(query: str | None, file: Path | None) -> list[str]:
    """Return the queries of a command: one, or those of a file.

    A ``.jsonl`` file has an object with ``text`` in each line, as BEIR's ``queries.jsonl``; CSV, TSV and
    Parquet have a column of that name; any other file has a query in each line.

    Raises:
        InputError: if there is none or both, or a line is no query.
    """
    if (query is None) == (file is None):
        what = "no query" if query is None else "a query and --queries"
        raise InputError(f'got {what}, expected one of the two: evenband search STORE "QUERY"')
    if query is not None:
        return [query]
    assert file is not None
    if file.suffix.lower() in TABLE_SUFFIXES:
        return _of_table(file)
    try:
        lines = split_lines(read_text(file))
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{file}: {error}") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise InputError(f"{file} has no line, expected a query in each")
    if file.suffix.lower() != ".jsonl":
        return [line.strip() for _, line in numbered]
    return [_text_of(file, number, line) for number, line in numbered]


def _of_table(file: Path) -> list[str]:
    rows = table_rows(file)
    empty = next((place for place, text in rows if not text.strip()), None)
    if empty is not None or not rows:
        raise InputError(
            f"{file}: {'has no row' if empty is None else f'{empty} has no text'}, expected a query in each"
        )
    return [text.strip() for _, text in rows]


def _text_of(file: Path, number: int, line: str) -> str:
    try:
        cells = json.loads(line)
        text = next(cells[name] for name in QUERY_TEXTS if name in cells)
    except (ValueError, KeyError, TypeError, RecursionError, StopIteration):
        text = None
    if not isinstance(text, str) or not text.strip():
        raise InputError(f'{file} line {number}: got {line[:40]!r}, expected such as {{"text": "a query"}}')
    return text.strip()
