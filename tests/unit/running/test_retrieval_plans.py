"""What a user types becomes a plan, and files of queries and documents are read or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband.errors import InputError
from evenband.running.retrieval_plans import build_retrieval, split_list
from evenband.running.retrieval_queries import read_queries
from evenband.running.search_sources import is_unjudged, read_corpus


def test_lists_and_braces_stand_for_several() -> None:
    """Commas inside braces belong to the braces; a reference that is there twice counts once."""
    todo = build_retrieval(
        "limit:n={4,8},k=2",
        ["toy:words", "toy:chars?dim={8,16}", "run:a{b,c}.trec"],
        index=["exact,ivf:8?probes={1,2}", "hnsw,exact"],
        bm25=True,
        k=(2, 10),
    )
    assert todo.datasets == ("limit:n=4,k=2", "limit:n=8,k=2")
    assert todo.models == ("toy:words", "toy:chars?dim=8", "toy:chars?dim=16", "run:a{b,c}.trec", "bm25")
    assert todo.encoders == ("toy:words", "toy:chars?dim=8", "toy:chars?dim=16")
    assert todo.indexes == ("exact", "ivf:8?probes=1", "ivf:8?probes=2", "hnsw")
    assert (todo.cutoffs, todo.changes) == ((2, 10), False)
    assert todo.changes_index == "exact"
    assert build_retrieval("limit:", ["toy:words"], index=["hnsw"]).changes_index == "hnsw"
    assert split_list("a,b{1,2},c") == ["a", "b{1,2}", "c"]


def test_queries_are_read_from_lines_and_rows(tmp_path: Path) -> None:
    """What is empty or repeated is counted and left out."""
    (tmp_path / "q.txt").write_text("rain jacket\n\n boots \nboots\n", encoding="utf-8")
    found = read_queries(str(tmp_path / "q.txt"))
    assert found.texts == ("rain jacket", "boots")
    assert found.remarks == (
        "empty queries: 1 have no text and are left out (line 2)",
        "repeated: 1 queries are there already and count once",
    )
    (tmp_path / "q.jsonl").write_text('{"_id": "1", "text": "boots"}\n{"text": "hat"}\n', encoding="utf-8")
    assert read_queries(str(tmp_path / "q.jsonl")).texts == ("boots", "hat")
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds no query, expected one a line"):
        read_queries(str(tmp_path / "empty.txt"))
    (tmp_path / "bad.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(InputError, match="is not UTF-8: byte 3 is 0xe9"):
        read_queries(str(tmp_path / "bad.txt"))


def test_a_corpus_without_judgements_is_read_whole_or_refused_by_line(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"_id": "a", "text": "tea"}\n{"_id": "b", "text": "milk"}\n', encoding="utf-8")
    assert is_unjudged(str(corpus))
    assert not is_unjudged("limit:n=4")
    assert not is_unjudged(str(tmp_path / "nowhere"))
    assert [one.id for one in read_corpus(corpus)] == ["a", "b"]
    corpus.write_text('{"_id": "a", "text": "tea"}\n{"_id": "a", "text": "milk"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2 has the id 'a' of .*line 1"):
        read_corpus(corpus)
