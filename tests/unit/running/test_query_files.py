"""Queries of a file, one a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband.errors import InputError
from evenband.running import retrieval_queries
from evenband.running.query_files import read_queries


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.csv", 'id,text\n1,"green tea, hot"\n2,milk\n'),
        ("q.tsv", "_id\tquery\n1\tgreen tea, hot\n2\tmilk\n"),
        ("q2.tsv", "text\ngreen tea, hot\nmilk\n"),
        ("q.jsonl", '{"query": "green tea, hot"}\n{"text": "milk"}\n'),
        ("q.txt", "green tea, hot\nmilk\n"),
    ],
)
def test_search_and_retrieval_read_the_same_queries(tmp_path: Path, name: str, content: str) -> None:
    """A table's header is no query, and its cells are not asked as lines."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    expected = ["green tea, hot", "milk"]
    assert read_queries(None, tmp_path / name) == expected
    assert list(retrieval_queries.read_queries(str(tmp_path / name)).texts) == expected


def test_a_table_without_a_column_of_queries_is_refused(tmp_path: Path) -> None:
    """Its columns are named, and what is expected."""
    (tmp_path / "q.csv").write_text("green tea,hot\nmilk,cold\n", encoding="utf-8")
    for read in (
        lambda path: read_queries(None, path),
        lambda path: retrieval_queries.read_queries(str(path)),
    ):
        with pytest.raises(InputError, match=r"q.csv: got the columns 'green tea' and 'hot', expected one"):
            read(tmp_path / "q.csv")
    (tmp_path / "q2.csv").write_text("id,text\n1,milk\n2,\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"q2.csv: q2.csv line 3 has no text, expected a query in each"):
        read_queries(None, tmp_path / "q2.csv")


@pytest.mark.parametrize("line", ["[" * 100_000, '{"text": 3}', "1" * 5000, "null"])
def test_names_a_line_that_is_no_query(tmp_path: Path, line: str) -> None:
    """A line without a text, however it is nested, is named and cut short."""
    (tmp_path / "q.jsonl").write_text('{"text": "a"}\n' + line, encoding="utf-8")
    with pytest.raises(InputError, match=r"q.jsonl line 2: got '.{1,40}', expected such as"):
        read_queries(None, tmp_path / "q.jsonl")
