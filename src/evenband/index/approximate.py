"""Approximate search through faiss: an inverted file of clusters (``ivf``), and a graph (``hnsw``).

``ivf:LISTS`` puts each vector into the list of its nearest cluster, and compares a query with the vectors of
the ``probes`` nearest clusters. With ``pq=BYTES`` a vector is kept as that many bytes (product
quantisation), and the candidates are scored again with the vectors themselves. ``hnsw:LINKS`` walks along a
graph in which each vector knows some near ones. Exact search comes first: only against it can be said what
either one misses.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.digests import digest_of
from evenband.errors import InputError
from evenband.index.clusters import nearest_centres
from evenband.index.document_vectors import DocumentVectors
from evenband.index.exact import ExactIndex
from evenband.index.faiss_engines import as_indexed, build_engine, import_faiss
from evenband.index.index_references import IndexReference
from evenband.index.scoring import (
    Scoring,
    check_query_directions,
    checked_depth,
    checked_mask,
    checked_queries,
)
from evenband.types import Index, Ranking, Similarity, Vectors, rank_candidates

INVERTED_OPTIONS = ("dim", "probes", "pq", "rescore")
GRAPH_OPTIONS = ("construction", "dim", "ef", "rescore")
SEARCH_OPTIONS = ("ef", "probes", "rescore")
"""Options that change a search and not what is built."""

PQ_RESCORE = 10
"""Candidates per place that are scored again, where vectors are kept as a few bytes."""

EF = 64
LEAST_PROBES = 8
MOST_LINKS = 512
SELECTIVE = 0.1
"""Share of the documents below which those that a filter lets through are searched exactly."""


class ApproximateIndex:
    """An index of faiss over documents that it does not copy, unless faiss must.

    Args:
        reference: what it is.
        documents: what is indexed.
        similarity: what is nearer.
        engine: faiss's own index; built if not given.

    Raises:
        InputError: if the reference does not fit the documents or the similarity.
        MissingExtraError: without faiss, which the extra ``search`` installs.
    """

    def __init__(
        self,
        reference: IndexReference,
        documents: DocumentVectors,
        similarity: Similarity,
        engine: Any = None,
    ) -> None:
        check(reference, similarity)
        self._reference, self._documents, self._similarity = reference, documents, similarity
        self._dim = min(reference.integer("dim", documents.dim), documents.dim)
        is_coarse = "pq" in reference.options
        self._rescore = reference.integer("rescore", PQ_RESCORE if is_coarse else 1)
        self._is_rescored = is_coarse or "rescore" in reference.options or self._dim < documents.dim
        self._faiss = import_faiss()
        if similarity == "cosine" and engine is None:
            documents.check_directions()
        self.engine = build_engine(reference, documents, similarity) if engine is None else engine
        self._centres = self._read_centres()

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def nbytes(self) -> int:
        """Bytes of the index, and of the vectors where candidates are scored again."""
        return len(self._faiss.serialize_index(self.engine)) + self.rescored_nbytes

    @property
    def rescored_nbytes(self) -> int:
        """Bytes of the whole vectors that candidates are scored with; 0 where they are not scored again."""
        return self._documents.nbytes if self._is_rescored else 0

    def write(self, path: Path) -> None:
        """Write faiss's index to a file.

        Raises:
            RuntimeError: if it cannot be written.
        """
        self._faiss.write_index(self.engine, str(path))

    def search(self, queries: Vectors, k: int, within: NDArray[np.bool_] | None = None) -> Ranking:
        """Find documents that are near to each query, most of the k nearest among them.

        Where a filter lets few documents through, these are searched exactly.

        Shape: queries (q, d) -> ranking (q, k).

        Raises:
            InputError: if k is below 1, or a shape does not fit.
            ModelError: if a query has no direction although cosines are compared.
        """
        checked_depth(k)
        rows = checked_mask(within, len(self))
        if rows is not None and len(rows) < SELECTIVE * len(self):
            return ExactIndex(self._documents, self._similarity).search(queries, k, within)
        whole = checked_queries(queries, self._documents.dim)
        if self._similarity == "cosine":
            check_query_directions(whole)
        reduced = as_indexed(whole, self._dim, self._similarity)
        depth = min(k * self._rescore, len(self))
        scores, found = self._search(reduced, depth, rows)
        numbers, places = np.nonzero(found >= 0)
        chosen = found[numbers, places]
        if self._is_rescored:
            kept = Scoring(whole, self._documents, self._similarity).exact(numbers, chosen)
        else:
            kept = self._similarities(scores[numbers, places])
        return rank_candidates(numbers, chosen, kept, len(queries), k)

    def _search(
        self, queries: Vectors, depth: int, rows: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return what faiss finds. Shape: (q, d) -> scores (q, depth), rows (q, depth)."""
        options: dict[str, Any] = {}
        if rows is not None:
            options["sel"] = self._faiss.IDSelectorBatch(rows)
        if self._centres is None:
            effort = max(min(self._reference.integer("ef", EF), len(self)), depth)
            parameters = self._faiss.SearchParametersHNSW(efSearch=effort, **options)
            scores, found = self.engine.search(queries, depth, params=parameters)
            return scores, found
        probes = min(
            self._reference.integer("probes", default_probes(len(self._centres))), len(self._centres)
        )
        lists = nearest_centres(queries, self._centres, probes, products=self._similarity != "euclidean")
        coarse = np.einsum("qd,qpd->qp", queries, self._centres[lists])
        if self._similarity == "euclidean":
            coarse = ((queries[:, None] - self._centres[lists]) ** 2).sum(axis=2)
        self.engine.nprobe = probes
        parameters = self._faiss.IVFPQSearchParameters if "pq" in self._reference.options else None
        chosen = (parameters or self._faiss.SearchParametersIVF)(nprobe=probes, **options)
        return _preassigned(self._faiss, self.engine, queries, depth, lists, coarse, chosen)

    def _similarities(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return similarities: faiss has the squares of distances."""
        if self._similarity != "euclidean":
            return scores
        return np.asarray(-np.sqrt(np.maximum(scores, 0)), dtype=np.float32)

    def _read_centres(self) -> Vectors | None:
        """Return the centres of the clusters; ``None`` for a graph."""
        if self._reference.scheme != "ivf":
            return None
        quantizer = self._faiss.downcast_index(self.engine.quantizer)
        return np.ascontiguousarray(quantizer.reconstruct_n(0, quantizer.ntotal))


def build(reference: IndexReference, documents: DocumentVectors, similarity: Similarity) -> Index:
    """Build the index of a reference ``ivf`` or ``hnsw``; of no documents, there is nothing to approximate.

    Raises:
        InputError: if the reference does not fit the documents or the similarity.
        MissingExtraError: without faiss.
    """
    if not len(documents):
        return ExactIndex(documents, similarity)
    return ApproximateIndex(reference, documents, similarity)


def built_name(reference: IndexReference) -> str:
    """Return a name for what is built: references that only search in another way share it."""
    built: Mapping[str, str] = {
        key: value for key, value in reference.options.items() if key not in SEARCH_OPTIONS
    }
    return f"{reference.scheme}-{digest_of([reference.scheme, reference.argument, built])[:12]}"


def default_probes(lists: int) -> int:
    """Return how many clusters are searched: an eighth of all, at least eight.

    Queries of another kind than the documents need that many for nine of the ten nearest.
    """
    return max(LEAST_PROBES, lists // 8)


def check(reference: IndexReference, similarity: Similarity) -> None:
    """Refuse options that the scheme does not have, and a similarity that no index of faiss has.

    Raises:
        InputError: naming it.
        MissingExtraError: without faiss.
    """
    import_faiss()
    reference.check_options(INVERTED_OPTIONS if reference.scheme == "ivf" else GRAPH_OPTIONS)
    argument = reference.argument_integer(1)
    for key in reference.options:
        reference.integer(key, 1)
    if reference.scheme == "hnsw" and argument > MOST_LINKS:
        raise InputError(f"index {reference.text!r}: got {argument} links, expected {MOST_LINKS} or fewer")
    if similarity == "manhattan":
        raise InputError(
            f"index {reference.text!r}: manhattan distances have no approximate index; use exact"
        )


def _preassigned(
    faiss: Any,
    engine: Any,
    queries: Vectors,
    depth: int,
    lists: NDArray[np.int64],
    coarse: NDArray[np.float32],
    parameters: Any,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return what faiss finds in the lists of each query."""
    scores = np.empty((len(queries), depth), dtype=np.float32)
    found = np.empty((len(queries), depth), dtype=np.int64)
    arrays = [np.ascontiguousarray(queries), np.ascontiguousarray(lists), np.ascontiguousarray(coarse)]
    pointers = [faiss.swig_ptr(array) for array in (*arrays, scores, found)]
    engine.search_preassigned_c(len(queries), pointers[0], depth, *pointers[1:], False, parameters)
    return scores, found
