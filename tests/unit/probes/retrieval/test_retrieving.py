"""The probe of retrieval on a dataset whose answers are known by hand."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from evenband import encoders, index
from evenband.analysis import Circumstances, RetrievalAudit, analyse
from evenband.errors import InputError, MissingVectorsError
from evenband.index import DocumentVectors
from evenband.index.bm25 import Bm25Settings, read_bm25
from evenband.index.fusion import fuse
from evenband.narrative.searches import retrieval_sentences
from evenband.probes.retrieval.limit_sets import make_limit, read_limit
from evenband.probes.retrieval.reranking import Reranking
from evenband.probes.retrieval.retrievers import DenseRetriever, LexicalRetriever
from evenband.probes.retrieval.retrieving import Retrieval
from evenband.report.blocks.retrieval_tables import retrieval_answer
from evenband.types import Index, Ranking, RetrievalDetails, Role, Scores, Vectors, pipeline_base
from unit.probes.retrieval.planted_dataset import CompassEncoder, LengthReranker, dataset


class HalfIndex:
    """Finds the second half of the documents only, as a bad index might."""

    nbytes = 7

    def __init__(self, vectors: Vectors) -> None:
        self.exact = index.build("exact", vectors)

    def __len__(self) -> int:
        return len(self.exact)

    def search(self, queries: Vectors, k: int, within: NDArray[np.bool_] | None = None) -> Ranking:
        return self.exact.search(queries, k, np.arange(len(self)) >= len(self) // 2)


def build_half(reference: object, documents: DocumentVectors, similarity: object) -> Index:
    return HalfIndex(documents.take(np.arange(len(documents))))


@pytest.fixture(autouse=True)
def _half_index() -> Iterator[None]:
    index.FACTORIES.register("half", build_half)
    yield
    index.FACTORIES.unregister("half")


def test_queries_are_answered_in_their_roles_and_measured() -> None:
    encoder = CompassEncoder()
    retrieved = Retrieval(dataset(), cutoffs=(1, 2)).measure(DenseRetriever(encoder, dataset()))
    measurement, details = retrieved.measurement, retrieved.measurement.details
    assert set(encoder.roles) == {Role.DOCUMENT, Role.QUERY}
    assert (measurement.items, measurement.conditions) == (("q-up", "q-right", "q-down"), ("exact",))
    assert measurement.metric.name == "nDCG@2"
    assert measurement.scores[:, 0] == pytest.approx([1, 1 / math.log2(3), 0])
    assert details.recall[1][:, 0].tolist() == [1, 0, 0]
    assert details.recall[2][:, 0].tolist() == [1, 1, 0]
    assert details.rank[:, 0] == pytest.approx([1, 2, np.nan], nan_ok=True)
    assert details.first[:, 0].tolist() == ["d-north", "d-east", "d-south"]
    assert details.against_exact[:, 0].tolist() == [1, 1, 1]
    assert measurement.columns["text"] == ("up", "right", "down")
    assert retrieved.costs["exact"].keys() == {"build_seconds", "search_seconds", "queries_per_second"}


def test_every_pipeline_is_held_against_exact_search() -> None:
    """An index that loses documents shows in recall and in the share of exact search's documents."""
    probe = Retrieval(dataset(), ("half", "half"), Reranking(LengthReranker()), (2,))
    details = probe.measure(DenseRetriever(CompassEncoder(), dataset())).measurement.details
    assert [one.name for one in details.pipelines] == ["exact", "half", "exact+rerank", "half+rerank"]
    assert [one.nbytes for one in details.pipelines] == [40, 7, 40, 7]
    assert details.recall[2][0].tolist() == [1, 0, 1, 0]
    assert details.against_exact[0, :2].tolist() == [1, 0]
    assert np.isnan(details.against_exact[:, 2:]).all()


def test_a_reranker_puts_what_was_found_in_another_order() -> None:
    """The longer name comes first among the two that were found; equal ones by the order of the documents."""
    probe = Retrieval(dataset(), reranker=Reranking(LengthReranker()), cutoffs=(2,))
    retrieved = probe.measure(DenseRetriever(CompassEncoder(), dataset()))
    assert retrieved.rankings["exact"].rows.tolist() == [[0, 1], [2, 1], [3, 2]]
    assert retrieved.rankings["exact+rerank"].rows.tolist() == [[1, 0], [1, 2], [3, 2]]
    assert retrieved.measurement.details.first_right[1].tolist() == [0, 1]
    assert retrieved.measurement.details.others == (LengthReranker.spec,)


def test_texts_without_a_vector_are_counted_and_never_found() -> None:
    odd = dataset(
        ids=("d-nowhere", "d-north", "d-east"),
        texts=("nowhere", "north", "east"),
        query_ids=("q-lost", "q-up", "q-right"),
        queries=("lost", "up", "right"),
        relevant=({"d-north": 1}, {"d-north": 1}, {"d-nowhere": 1}),
    )
    """A query without one finds nothing, as in a search by words: no model rises by failing."""
    retrieved = Retrieval(odd, cutoffs=(3,)).measure(DenseRetriever(CompassEncoder(), odd))
    measurement = retrieved.measurement
    assert measurement.items == retrieved.query_ids == ("q-lost", "q-up", "q-right")
    assert measurement.details.recall[3][:, 0].tolist() == [0, 1, 0]
    assert measurement.details.first[:, 0].tolist() == ["", "d-north", "d-east"]
    assert measurement.details.against_exact[:, 0] == pytest.approx([np.nan, 1, 1], nan_ok=True)
    assert measurement.details.remarks == (
        "missing: 1 queries have no vector and count as finding nothing",
        "missing: 1 documents have no vector and cannot be found",
    )


def test_a_query_that_is_a_document_does_not_find_itself() -> None:
    """As in BEIR, unless its own document is judged relevant; another takes its place at the end."""
    own = dataset(
        query_ids=("d-north", "d-east", "q-down"),
        queries=("north", "east", "down"),
        relevant=({"d-north-east": 1}, {"d-east": 1}, {"d-south": 1}),
    )
    probe = Retrieval(own, cutoffs=(1, 2))
    retrieved = probe.measure(DenseRetriever(CompassEncoder(), own))
    assert retrieved.rankings["exact"].rows.tolist() == [[1, 2], [2, 1], [3, 2]]
    assert retrieved.measurement.details.recall[1][:, 0].tolist() == [1, 1, 1]
    assert retrieved.measurement.details.remarks == (
        "own id: 1 queries have the id of a document, which is left out of what they find, as in BEIR "
        "(d-north)",
    )


def test_the_speed_of_a_reranker_is_that_of_scores_that_are_computed() -> None:
    """A cache answers at once; the seconds are those of the reranker itself, for as many pairs."""

    class Slow(LengthReranker):
        def __init__(self) -> None:
            self.asked = 0

        def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
            self.asked += len(pairs)
            time.sleep(0.005 * len(pairs))
            return super().score(pairs)

    slow = Slow()
    probe = Retrieval(dataset(), reranker=Reranking(LengthReranker(), slow), cutoffs=(2,))
    costs = probe.measure(DenseRetriever(CompassEncoder(), dataset())).costs
    assert costs["exact+rerank"]["search_seconds"] >= 0.03
    assert slow.asked == 7
    unknown = Retrieval(dataset(), reranker=Reranking(LengthReranker()), cutoffs=(2,))
    found = unknown.measure(DenseRetriever(CompassEncoder(), dataset())).costs
    assert "queries_per_second" not in found["exact+rerank"]


def test_words_have_one_pipeline() -> None:
    """BM25 compares every document, so its pipeline is the exact one and can be paired with a model's."""
    probe = Retrieval(dataset(queries=("north", "east", "up")), ("half",), cutoffs=(2,))
    measurement = probe.measure(LexicalRetriever(Bm25Settings(), probe.dataset)).measurement
    assert measurement.conditions == ("exact",)
    assert measurement.details.first[:, 0].tolist() == ["d-north", "d-east", ""]


def test_what_is_asked_stands_in_the_identity() -> None:
    retriever = DenseRetriever(CompassEncoder(), dataset())
    digests = {
        probe.spec(retriever).digest
        for probe in (
            Retrieval(dataset()),
            Retrieval(dataset(), ("half",)),
            Retrieval(dataset(), reranker=Reranking(LengthReranker())),
            Retrieval(dataset(), cutoffs=(5,)),
            Retrieval(dataset(relevant=({"d-east": 1},) * 3)),
        )
    }
    assert len(digests) == 5
    assert Retrieval(dataset(), cutoffs=(100, 2, 10, 2)).cutoffs == (2, 10, 100)
    assert Retrieval(dataset(), cutoffs=(5, 20)).cutoff == 20
    with pytest.raises(InputError, match="expected one or more, each 1 or more"):
        Retrieval(dataset(), cutoffs=(0,))


def test_an_index_is_built_once_for_all_efforts_of_its_search() -> None:
    """With as many probes as clusters nothing is lost; both searches share what was built."""
    pytest.importorskip("faiss")
    many = make_limit(read_limit("n=46,docs=300,queries=60"))
    retriever = DenseRetriever(encoders.load("toy:chars"), many)
    probe = Retrieval(many, ("ivf:8?probes=1", "ivf:8?probes=8"), cutoffs=(5,))
    retrieved = probe.measure(retriever)
    few, all_ = (retrieved.costs[name]["build_seconds"] for name in ("ivf:8?probes=1", "ivf:8?probes=8"))
    assert few == all_
    shares = retrieved.measurement.details.against_exact.mean(axis=0)
    assert shares[0] == shares[2] == 1.0
    assert shares[1] < 1.0
    assert len(retriever._indexes) == 2


def test_words_can_be_fused_with_an_index_and_have_a_paired_test() -> None:
    """The fusion is that of reciprocal ranks, its base the index; costs are those of both searches."""
    asked = dataset(queries=("up", "right", "south"), texts=("north", "north-east", "east", "south", "west"))
    encoder = CompassEncoder()
    retrieved = Retrieval(asked, ("exact+bm25", "half+bm25"), cutoffs=(2, 5)).measure(
        DenseRetriever(encoder, asked)
    )
    words = LexicalRetriever(read_bm25("bm25"), asked)
    by_vectors = retrieved.rankings["exact"]
    expected = fuse([by_vectors, words.search("exact", 5).ranking], 5)
    assert retrieved.rankings["exact+bm25"].rows.tolist() == expected.rows.tolist()
    assert expected.rows[2, 0] == 3
    details, costs = retrieved.measurement.details, retrieved.costs
    assert [one.name for one in details.pipelines] == ["exact", "exact+bm25", "half+bm25"]
    assert details.pipelines[1].nbytes == 40 + words.search("exact", 5).nbytes
    assert costs["exact+bm25"].keys() == costs["exact"].keys()
    assert np.isnan(details.against_exact[:, 1:]).all()
    audit = analyse(retrieved.measurement, Circumstances(np.random.default_rng(0)))
    assert isinstance(audit, RetrievalAudit)
    assert [(one.left, one.right) for one in audit.tests] == [("exact", "exact+bm25"), ("exact", "half+bm25")]
    assert any("through exact+bm25, fused with BM25, finds" in one for one in retrieval_sentences(audit))
    assert pipeline_base("ivf+bm25+rerank", ["exact", "ivf", "ivf+bm25"]) == "ivf+bm25"
    assert pipeline_base("ivf+bm25", ["exact", "ivf", "ivf+bm25"]) == "ivf"


def test_queries_without_judgements_are_held_against_exact_search() -> None:
    """Shares of exact search are told, and nothing that needs judgements; lost queries are left out."""
    asked = dataset(
        query_ids=("q1", "q2", "q3"), queries=("up", "lost", "right"), relevant=({},) * 3, is_judged=False
    )
    probe = Retrieval(asked, ("half",), Reranking(LengthReranker()), (2,))
    retrieved = probe.measure(DenseRetriever(CompassEncoder(), asked))
    measurement, details = retrieved.measurement, retrieved.measurement.details
    assert measurement.conditions == ("exact", "half", "exact+rerank", "half+rerank")
    assert (measurement.metric.name, measurement.items) == ("exact@2", ("q1", "q3"))
    assert measurement.scores.tolist() == [[1, 0, 1, 0], [1, 0.5, 1, 0.5]]
    assert details.against_exact[:, :2].tolist() == [[1, 0], [1, 0.5]]
    assert details.first[:, ::2].tolist() == [["d-north", "d-north-east"], ["d-east", "d-north-east"]]
    assert not details.is_judged
    for table in (details.recall[2], details.reciprocal_rank, details.first_right, details.rank):
        assert np.isnan(table).all()
    assert details.remarks[0] == "nothing found: 1 queries find no document and are left out ('lost')"
    audit = analyse(measurement, Circumstances(np.random.default_rng(0)))
    assert isinstance(audit, RetrievalAudit)
    assert list(retrieval_sentences(audit))[2] == (
        "compass through exact+rerank puts another document first than exact for 100% of the queries."
    )
    assert retrieval_answer([audit, audit]) == ""
    facts = details.to_facts()
    assert not RetrievalDetails.rebuild(details.to_tables(), facts).is_judged
    del facts["judged"]  # as an older version wrote it
    assert RetrievalDetails.rebuild(details.to_tables(), facts).is_judged
    lost = replace(asked, query_ids=("q",), queries=("lost",), relevant=({},))
    with pytest.raises(MissingVectorsError, match="finds no document for any of 1 queries"):
        Retrieval(lost, cutoffs=(2,)).measure(LexicalRetriever(Bm25Settings(), lost))
