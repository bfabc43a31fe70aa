"""Search in a store: by vectors, exactly or through an index, with filters, and together with BM25."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband import encoders
from evenband.corpora.column_filters import ColumnFilter
from evenband.corpora.document_store import DocumentStore
from evenband.corpora.documents import Document
from evenband.corpora.store_places import StoreName
from evenband.errors import InputError
from evenband.index import DocumentVectors, check_index, open_index
from evenband.index.bm25 import Bm25Index
from evenband.index.fusion import FUSED_DEPTH, fuse
from evenband.index.scoring import checked_depth
from evenband.probes.cut_texts import count_cut, count_cut_pairs, cut_remarks
from evenband.probes.embedding import check_pictures, encode
from evenband.running.stored_models import load_for
from evenband.running.stored_vectors import vectors_of
from evenband.types import NO_ROW, Encoder, Index, Ranking, Reranker, Role, Vectors, rank_candidates
from evenband.types.columns import is_whole
from evenband.types.picture_texts import shown_text

RERANKED_DEPTH = 50
"""Documents that a reranker scores for each query, at least."""


@dataclass(frozen=True)
class Hit:
    """A document that was found.

    Attributes:
        rank: from 1.
        score: similarity to the query; where rankings were fused, the sum of reciprocal ranks.
        id: of the document.
        text: title and text; of a picture, its name.
        columns: the corpus's other columns.
        row: of the document in the store.
    """

    rank: int
    score: float
    id: str
    text: str
    columns: dict[str, Any]
    row: int


class OpenStore:
    """A store that can be searched.

    Args:
        path: of its folder, or its address in object storage.
        model: a reference or an encoder in place of the store's model, whose vectors it must give.
        trust_remote_code: run code that came with the model.

    Raises:
        EvenbandError: if there is no store, or it cannot be read.
    """

    def __init__(
        self, path: StoreName, model: str | Encoder | None = None, *, trust_remote_code: bool = False
    ) -> None:
        self.documents = DocumentStore(path, held=True)
        self._model = model
        self._trusts = trust_remote_code
        self._indexes: dict[str, Index] = {}
        self._cut: list[str] = []

    def __len__(self) -> int:
        return len(self.documents)

    def __repr__(self) -> str:
        model = self.documents.model.ref
        return f"OpenStore({str(self.documents.place)!r}, documents={len(self):,}, model={model!r})"

    @cached_property
    def encoder(self) -> Encoder:
        """The model of the queries, loaded when it is first needed.

        Raises:
            InputError: if it is another than the store's, naming the field that differs.
            ModelError: if it cannot be loaded.
        """
        return load_for(self.documents, self._model, trust_remote_code=self._trusts)

    @cached_property
    def vectors(self) -> DocumentVectors:
        """The vectors of all documents, in memory if they fit. Shape: (n, d)."""
        return vectors_of(self.documents)

    @cached_property
    def words(self) -> Bm25Index:
        """The words of all documents, for BM25 with an English stemmer; of pictures, those of their names."""
        return Bm25Index([shown_text(text) for text in self.documents.texts()])

    def index(self, ref: str = "exact") -> Index:
        """Return an index of the documents; one that is not exact is kept beside the store.

        Raises:
            EvenbandError: if the reference is wrong, or the index cannot be built.
        """
        if ref not in self._indexes:
            similarity = self.documents.model.similarity
            place = self.documents.indexes, self.documents.state
            self._indexes[ref] = open_index(ref, self.vectors, similarity, *place)
        return self._indexes[ref]

    def embed(self, queries: Sequence[str]) -> Vectors:
        """Embed queries with the store's model. Shape: q texts -> (q, d).

        Raises:
            InputError: if one of them is no text that can be searched.
            ModelError: if the model has no vector for one of them.
        """
        check_queries(queries)
        return encode(self.encoder, queries, Role.QUERY)

    def rank(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        index: str = "exact",
        hybrid: bool = False,
        filters: str | Sequence[str] = (),
        rerank: str | Reranker | None = None,
    ) -> Ranking:
        """Rank documents for queries.

        What was asked for is checked before a model is loaded and vectors are read.

        Shape: q texts -> ranking (q, k), or (q, n) where the store has n documents and k is larger.

        Args:
            queries: texts.
            k: number of documents to find, 1 or more.
            index: reference of the index.
            hybrid: fuse the ranking with BM25's, by reciprocal ranks.
            filters: one such as ``section=games`` or ``year>=2000``, or several that must all hold.
            rerank: a reranker, or its reference, that puts what is found into its own order.

        Raises:
            EvenbandError: if something that was asked for cannot be done.
        """
        places = min(checked_depth(k), max(len(self), 1))
        check_queries(queries)
        check_index(index, self.documents.model.similarity)
        parsed = [ColumnFilter.parse(text) for text in _listed(filters)]
        reranker = rerank
        if isinstance(reranker, str):
            reranker = encoders.load_reranker(reranker, trust_remote_code=self._trusts)
        within = self._mask(parsed)
        cut = count_cut(self.encoder, queries, Role.QUERY)
        self._cut = cut_remarks(cut, len(queries), "queries", self.encoder.spec)
        depth = places if reranker is None else max(places, RERANKED_DEPTH)
        if hybrid:
            found = self._fused(queries, depth, index, within)
        else:
            found = self.index(index).search(self.embed(queries), depth, within)
        return found if reranker is None else self._reranked(found, queries, places, reranker)

    def _fused(self, queries: Sequence[str], k: int, index: str, within: NDArray[np.bool_] | None) -> Ranking:
        """Fuse the ranking by vectors with the one by words."""
        depth = max(k, FUSED_DEPTH)
        by_vectors = self.index(index).search(self.embed(queries), depth, within)
        return fuse([by_vectors, self.words.search(queries, depth, within)], k)

    def _reranked(self, found: Ranking, queries: Sequence[str], k: int, reranker: Reranker) -> Ranking:
        """Put what was found into the order of a reranker's scores; equal ones by document."""
        numbers, places = np.nonzero(found.rows != NO_ROW)
        rows = found.rows[numbers, places]
        texts = {row: one.text for row, one in self._documents_of(np.unique(rows).tolist())}
        asked = zip(numbers.tolist(), rows.tolist(), strict=True)
        check_pictures(reranker.spec, list(texts.values()))
        pairs = [(queries[number], texts[row]) for number, row in asked]
        scores = reranker.score(pairs)
        cut = count_cut_pairs(reranker, pairs)
        self._cut += cut_remarks(cut, len(pairs), "pairs of query and document", reranker.spec)
        return rank_candidates(numbers, rows, np.asarray(scores, dtype=np.float32), len(queries), k)

    def _documents_of(self, rows: list[int]) -> Iterator[tuple[int, Document]]:
        return zip(rows, self.documents.take(rows), strict=True) if rows else iter(())

    def search(self, queries: str | Sequence[str], k: int = 10, **options: Any) -> list[list[Hit]]:
        """Find documents for one query or several; see :meth:`rank` for the options.

        Returns:
            The documents of each query, best first.
        """
        texts = [queries] if isinstance(queries, str) else list(queries)
        return [self._hits(rows, scores) for rows, scores in self._pairs(self.rank(texts, k, **options))]

    def describe(
        self,
        k: int = 10,
        *,
        index: str = "exact",
        hybrid: bool = False,
        filters: str | Sequence[str] = (),
        rerank: str | None = None,
    ) -> dict[str, Any]:
        """Return how a search with these options is done, and what of the last one was cut, as plain data."""
        return {
            "documents": len(self),
            "model": self.documents.model.ref,
            "similarity": self.documents.model.similarity,
            "index": index,
            "words": self.words.settings.reference + " (English stemmer)" if hybrid else None,
            "filters": " and ".join(_listed(filters)) or None,
            "reranker": rerank,
            "k": k,
            "notes": "; ".join(self._cut) or None,
        }

    def _pairs(self, ranking: Ranking) -> list[tuple[list[int], list[float]]]:
        return [
            (rows[:count].tolist(), scores[:count].tolist())
            for rows, scores, count in zip(ranking.rows, ranking.scores, ranking.counts, strict=True)
        ]

    def _hits(self, rows: Sequence[int], scores: Sequence[float]) -> list[Hit]:
        found = self.documents.take(rows) if rows else []
        return [
            Hit(rank, score, one.id, shown_text(one.text), json.loads(one.columns), row)
            for rank, (row, score, one) in enumerate(zip(rows, scores, found, strict=True), start=1)
        ]

    def _mask(self, filters: Sequence[ColumnFilter]) -> NDArray[np.bool_] | None:
        """Return which documents all filters let through; ``None`` without filters."""
        if not filters:
            return None
        parts = [
            [all(one.accepts(columns) for one in filters) for columns in part]
            for part in self.documents.columns()
        ]
        mask = np.array([one for part in parts for one in part], dtype=np.bool_)
        if not mask.any():
            ColumnFilter.explain_nothing(filters, self.documents.columns())
        return mask


def _listed(filters: str | Sequence[str]) -> Sequence[str]:
    return (filters,) if isinstance(filters, str) else filters


def check_queries(queries: Sequence[str]) -> None:
    """Refuse queries that are no texts.

    Raises:
        InputError: naming the first that is empty, or holds half a character.
    """
    for number, query in enumerate(queries, start=1):
        if not isinstance(query, str):
            raise InputError(f"query {number} is {query!r} ({type(query).__name__}), expected a text")
        if not query.strip():
            raise InputError(f"query {number} is empty, expected a text")
        if not is_whole(query):
            raise InputError(f"query {number} ({query[:40]!a}) holds half a character, expected UTF-8")
