"""Texts beyond a model's limit are counted, and only those are tokenised that can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evenband.cli.printing.stores import print_embedded
from evenband.corpora.documents import Document
from evenband.probes.cut_texts import count_cut, count_cut_pairs, cut_remarks
from evenband.probes.retrieval.rank_changes import RankChanges, dense_search
from evenband.probes.retrieval.reranking import Reranking
from evenband.probes.retrieval.retrievers import DenseRetriever
from evenband.probes.retrieval.retrieving import Retrieval
from evenband.probes.retrieval.text_operators import load_operators
from evenband.running.embedding_engines import embed_documents
from evenband.running.embedding_runs import EmbeddedCorpus
from evenband.types import ModelSpec, Readings, Role, Scores, Vectors
from unit.probes.retrieval.planted_dataset import dataset

LIMIT = 16
LONG = "word " * 30


class Reader:
    """Reads words as tokens, up to a limit, and notes what it was asked to tokenise."""

    def __init__(self) -> None:
        self.spec = ModelSpec("planted:reader", "reader", "planted", "1", "float32", 4, max_tokens=LIMIT)
        self.read_texts: list[list[str]] = []

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return np.array([[len(text), 1, 2, 3] for text in texts], dtype=np.float32).reshape(-1, 4)

    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings | None:
        self.read_texts.append(list(texts))
        ids = [[len(word) for word in text.split()] for text in texts]
        return Readings.of_ids([one[:LIMIT] for one in ids], [one[LIMIT:] for one in ids])


class PairReader(Reader):
    """Reads both texts of a pair one after another."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        return np.array([float(len(document)) for _, document in pairs])

    def read_pairs(self, pairs: Sequence[tuple[str, str]]) -> Readings | None:
        return self.read([" ".join(pair) for pair in pairs])


def test_only_texts_that_can_be_too_long_are_tokenised_and_some_at_a_time() -> None:
    reader = Reader()
    texts = ["short", LONG, "x" * 50, *[LONG] * 600]
    assert count_cut(reader, iter(texts), Role.DOCUMENT) == 601
    assert [len(part) for part in reader.read_texts] == [512, 90]
    assert "short" not in reader.read_texts[0]
    unlimited = Reader()
    unlimited.spec = replace(unlimited.spec, max_tokens=None)
    assert count_cut(unlimited, texts, Role.DOCUMENT) == 0
    assert count_cut_pairs(PairReader(), [("a", LONG), (LONG, "b"), ("a", "b"), ("x" * 9, "y" * 9)]) == 2
    assert cut_remarks(0, 3, "queries", reader.spec) == []


def test_retrieval_tells_what_is_cut_of_queries_documents_and_pairs() -> None:
    """In the remarks of the measurement, and of the measurement of changed queries."""
    texts = ("tea", LONG, LONG + "tea")
    asked = dataset(ids=("1", "2", "3"), texts=texts, query_ids=("q",), queries=(LONG,), relevant=({"1": 1},))
    retrieved = Retrieval(asked, reranker=Reranking(PairReader()), cutoffs=(3,)).measure(
        DenseRetriever(Reader(), asked)
    )
    assert retrieved.measurement.details.remarks == (
        "cut: 1 of 1 queries is longer than the 16 tokens of reader; it does not read what follows",
        "cut: 2 of 3 documents are longer than the 16 tokens of reader; it does not read what follows",
        "cut: 3 of 3 pairs of query and document are longer than the 16 tokens of reader; it does not read "
        "what follows (exact+rerank)",
    )
    search = dense_search(Reader(), "shop", "digest", ("1", "2", "3"), texts, "exact")
    changed = RankChanges((LONG, "tea"), load_operators(suite="quick")).measure(search)
    [remark] = [one for one in changed.details.remarks if one.startswith("cut: ")]
    assert "queries, changed ones included, are longer than the 16 tokens of reader" in remark


def test_embedding_a_corpus_counts_what_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    texts = ("tea", LONG, LONG)
    documents = [Document(str(row), text, "{}", f"line {row}") for row, text in enumerate(texts)]
    assert embed_documents(Reader(), documents, counts=False).cut == 2
    print_embedded(EmbeddedCorpus(Path("shop"), "m", 3, new=3, cut=2, limit=16), as_json=False)
    assert "cut: 2 of 3 embedded documents are longer than the model's 16 tokens" in capsys.readouterr().out
