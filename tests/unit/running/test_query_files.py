"""Queries of a file, one a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband.errors import InputError
from evenband.running.query_files import read_queries


@pytest.mark.parametrize("line", ["[" * 100_000, '{"text": 3}', "1" * 5000, "null"])
def test_names_a_line_that_is_no_query(tmp_path: Path, line: str) -> None:
    """A line without a text, however it is nested, is named and cut short."""
    (tmp_path / "q.jsonl").write_text('{"text": "a"}\n' + line, encoding="utf-8")
    with pytest.raises(InputError, match=r"q.jsonl line 2: got '.{1,40}', expected such as"):
        read_queries(None, tmp_path / "q.jsonl")
