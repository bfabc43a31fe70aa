"""Exact search equals a full sort of all similarities in float64."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from evenband.errors import InputError, ModelError, UnknownReferenceError
from evenband.index import ExactIndex, build, exact
from evenband.types import Index, Ranking, Similarity, Vectors


def _vectors(n: int, d: int = 24, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def _oracle(queries: Vectors, documents: Vectors, k: int, similarity: Similarity) -> Ranking:
    """Rank by all similarities, from scipy in float64."""
    if similarity == "dot":
        scores = queries.astype(np.float64) @ documents.astype(np.float64).T
    else:
        left, right = queries.astype(np.float64), documents.astype(np.float64)
        distances = {
            "cosine": lambda: cdist(left, right, "cosine"),
            "euclidean": lambda: cdist(left, right, "euclidean"),
            "manhattan": lambda: cdist(left, right, "cityblock"),
        }[similarity]()
        scores = 1 - distances if similarity == "cosine" else -distances
    single = scores.astype(np.float32)
    rows = np.argsort(-single, axis=1, kind="stable")[:, :k]
    return Ranking(rows, np.take_along_axis(single, rows, axis=1))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and batches so small that a search has many of them."""
    monkeypatch.setattr(exact, "LARGEST_BLOCK", 64)
    monkeypatch.setattr(exact, "QUERIES_AT_ONCE", 8)


@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean", "manhattan"])
@pytest.mark.parametrize("k", [1, 10, 700])
def test_equals_a_full_sort(similarity: Similarity, k: int) -> None:
    """The ranking is that of a full sort in float64, for every similarity and depth."""
    documents, queries = _vectors(600), _vectors(21, seed=1)
    ranking = build("exact", documents, similarity).search(queries, k)
    expected = _oracle(queries, documents, min(k, 600), similarity)
    assert np.array_equal(ranking.rows[:, :600], expected.rows)
    np.testing.assert_allclose(ranking.scores[:, :600], expected.scores, rtol=3e-7, atol=3e-7)
    assert np.all(ranking.rows[:, 600:] == -1)


def test_ties_are_in_document_order() -> None:
    """Equal vectors have equal scores in whatever block they stand, and are ranked by document."""
    unique = _vectors(5)
    documents = np.tile(unique, (200, 1))
    ranking = build("exact", documents).search(unique, 40)
    assert ranking.rows.tolist() == [list(range(row, 200, 5)) for row in range(5)]
    assert np.all(ranking.scores == ranking.scores[:, :1])


def test_a_corpus_of_one_vector_needs_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all documents are equal the candidates are dropped on the way, and the first ones stay."""
    kept: list[int] = []
    prune = exact.Candidates.prune

    def observed(candidates: exact.Candidates) -> None:
        prune(candidates)
        kept.append(len(candidates.rows))

    monkeypatch.setattr(exact.Candidates, "prune", observed)
    ranking = build("exact", np.ones((5000, 8), np.float32)).search(np.ones((1, 8), np.float32), 3)
    assert ranking.rows.tolist() == [[0, 1, 2]]
    assert max(kept) <= exact.CANDIDATES_PER_PLACE * 3


def test_near_ties_beyond_float32_are_told_apart() -> None:
    """Documents whose float32 products are rounded alike are ranked by their exact similarities."""
    base = _vectors(1, d=512)[0]
    documents = np.stack([base * (1 + step * 1e-6) for step in range(300)]).astype(np.float32)
    ranking = build("exact", documents, "dot").search(base[None], 5)
    assert np.array_equal(ranking.rows, _oracle(base[None], documents, 5, "dot").rows)


def test_finds_only_within_the_mask() -> None:
    """A mask limits what is found, and fewer than k allowed documents leave empty places."""
    documents, queries = _vectors(600), _vectors(3, seed=1)
    mask: NDArray[np.bool_] = np.zeros(600, dtype=np.bool_)
    mask[[5, 77, 400, 599]] = True
    index = build("exact", documents)
    ranking = index.search(queries, 6, mask)
    expected = _oracle(queries, documents[mask], 4, "cosine").rows
    assert np.array_equal(ranking.rows[:, :4], np.flatnonzero(mask)[expected])
    assert np.all(ranking.rows[:, 4:] == -1)
    assert np.all(index.search(queries, 2, np.zeros(600, dtype=np.bool_)).rows == -1)


def test_searches_memory_mapped_parts(tmp_path: Path) -> None:
    """Vectors in several memory-mapped files, of float32 and float16, give what one array gives."""
    documents, queries = _vectors(500).astype(np.float16), _vectors(9, seed=1)
    np.save(tmp_path / "a.npy", documents[:120])
    np.save(tmp_path / "b.npy", documents[120:].astype(np.float32))
    parts = [np.load(tmp_path / name, mmap_mode="r") for name in ("a.npy", "b.npy")]
    ranking = build("exact", parts).search(queries, 10)
    whole = build("exact", documents.astype(np.float32)).search(queries, 10)
    assert np.array_equal(ranking.rows, whole.rows)
    assert np.array_equal(ranking.scores, whole.scores)


def test_no_queries_and_no_documents() -> None:
    """No query has an empty ranking; a query of an empty corpus finds nothing."""
    assert build("exact", _vectors(5)).search(_vectors(0), 3).rows.shape == (0, 3)
    assert build("exact", _vectors(0)).search(_vectors(2), 3).rows.tolist() == [[-1] * 3] * 2


def test_is_an_index() -> None:
    """The index has what the protocol asks for, and knows its size."""
    index = build("exact", _vectors(10, d=4))
    assert isinstance(index, Index)
    assert (len(index), index.nbytes) == (10, 160)


@pytest.mark.parametrize(
    ("queries", "k", "mask", "message"),
    [
        (_vectors(2, d=3), 1, None, r"queries: got vectors of shape \(2, 3\), expected \(queries, 24\)"),
        (_vectors(2), 0, None, "got k = 0"),
        (_vectors(2) * np.float32("nan"), 1, None, "query 0 has NaN"),
        (_vectors(2), 1, np.ones(3, dtype=np.bool_), "expected a truth value for each of the 5"),
    ],
)
def test_refuses_what_does_not_fit(
    queries: Vectors, k: int, mask: NDArray[np.bool_] | None, message: str
) -> None:
    """Queries of another width, k below 1, NaN and a mask of another length are refused by name."""
    with pytest.raises(InputError, match=message):
        ExactIndex(_vectors(5)).search(queries, k, mask)


def test_refuses_vectors_without_a_direction() -> None:
    """A zero vector has no cosine, whether it is a document or a query; its dot products are zero."""
    documents = _vectors(5)
    documents[3] = 0
    with pytest.raises(ModelError, match="document 3 is zero"):
        ExactIndex(documents).search(_vectors(1), 1)
    with pytest.raises(ModelError, match="query 0 is zero"):
        ExactIndex(_vectors(5)).search(np.zeros((1, 24), np.float32), 1)
    assert ExactIndex(documents, "dot").search(_vectors(1), 5).counts.tolist() == [5]


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("exat", "did you mean 'exact'"),
        ("exact:5", "no argument"),
        ("exact?k=3", "has no option 'k'"),
        ("", "expected such as exact"),
        ("exact?", "cannot read the options"),
    ],
)
def test_refuses_unknown_references(ref: str, message: str) -> None:
    """A reference that names no index is refused with what exists."""
    with pytest.raises((InputError, UnknownReferenceError), match=message):
        build(ref, _vectors(5))
