"""Queries of a search: one, or the lines of a file."""

from __future__ import annotations

import json
from pathlib import Path

from evenband.errors import InputError
from evenband.slots.decoding import read_text, split_lines


def read_queries(query: str | None, file: Path | None) -> list[str]:
    """Return the queries of a command: one, or those of a file.

    A ``.jsonl`` file has an object with ``text`` in each line, as BEIR's ``queries.jsonl``; any other file
    has a query in each line.

    Raises:
        InputError: if there is none or both, or a line is no query.
    """
    if (query is None) == (file is None):
        what = "no query" if query is None else "a query and --queries"
        raise InputError(f'got {what}, expected one of the two: evenband search STORE "QUERY"')
    if query is not None:
        return [query]
    assert file is not None
    try:
        lines = split_lines(read_text(file))
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{file}: {error}") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise InputError(f"{file} has no line, expected a query in each")
    if file.suffix != ".jsonl":
        return [line.strip() for _, line in numbered]
    return [_text_of(file, number, line) for number, line in numbered]


def _text_of(file: Path, number: int, line: str) -> str:
    try:
        text = json.loads(line)["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        text = None
    if not isinstance(text, str) or not text.strip():
        raise InputError(f'{file} line {number}: got {line[:40]!r}, expected such as {{"text": "a query"}}')
    return text.strip()
