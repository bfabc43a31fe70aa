"""Retrievers: what answers a dataset's queries, by vectors, by words, or from a run file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evenband import index
from evenband.errors import MissingVectorsError
from evenband.index import DocumentVectors
from evenband.index.approximate import SEARCH_OPTIONS, ApproximateIndex
from evenband.index.bm25 import Bm25Index, Bm25Settings, bm25_spec
from evenband.index.scoring import Scoring
from evenband.probes.cut_texts import count_cut, cut_remarks
from evenband.probes.embedding import Embedded, embed
from evenband.probes.retrieval.datasets import Dataset
from evenband.types import EXACT_PIPELINE, NO_ROW, Encoder, Index, ModelSpec, Ranking, Rescoring, Role

LEAST_SECONDS = 0.2
"""Time for which a search is repeated, so that the time of one is known."""

MOST_REPEATS = 20


@dataclass(frozen=True)
class Found:
    """What a search found, and what it took.

    Attributes:
        ranking: rows are those of the dataset's documents.
        nbytes: bytes that the search works on.
        rescored_nbytes: those of them that only candidates are read of, to score them again.
        cut: sentences about pairs that a reranker did not read to the end.
        build_seconds: time to build the index, the vectors given; ``None`` where nothing was built.
        search_seconds: time to answer all queries, their vectors given; ``None`` where nothing was searched.
        asked: number of queries that were searched for in this time.
        nearness: similarities that exact search gives to the documents found; ``None`` where there is none.
            Shape: as the ranking's.
    """

    ranking: Ranking
    nbytes: int = 0
    build_seconds: float | None = None
    search_seconds: float | None = None
    asked: int = 0
    nearness: NDArray[np.float32] | None = None
    rescored_nbytes: int = 0
    cut: tuple[str, ...] = ()


class Retriever(Protocol):
    """What answers the queries of one dataset."""

    @property
    def spec(self) -> ModelSpec:
        """Identity of the answers."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader must know, such as documents that cannot be found."""

    def names(self, indexes: Sequence[str]) -> tuple[str, ...]:
        """Return which of some indexes it can search with."""

    def search(self, reference: str, k: int) -> Found:
        """Find k documents for each query; one that cannot be asked finds nothing.

        Raises:
            EvenbandError: if the index cannot be built or searched.
        """


@dataclass(frozen=True)
class DenseRetriever:
    """Search by the vectors of an encoder, with queries and documents in their roles.

    Attributes:
        encoder: of texts.
        dataset: to search.
        stored: vectors of all documents, such as a store's; they are embedded if not given.
        origin: sentences on where the vectors of the documents come from.
    """

    encoder: Encoder
    dataset: Dataset
    stored: DocumentVectors | None = None
    origin: tuple[str, ...] = ()

    @property
    def spec(self) -> ModelSpec:
        """The encoder's."""
        return self.encoder.spec

    @cached_property
    def documents(self) -> Embedded:
        """Vectors of the documents."""
        embedded = embed(self.encoder, self.dataset.texts, Role.DOCUMENT)
        if not embedded.present.any():
            raise MissingVectorsError(
                f"{self.spec.ref} has no vector for any document of {self.dataset.name}"
            )
        return embedded

    @cached_property
    def queries(self) -> Embedded:
        """Vectors of the queries."""
        embedded = embed(self.encoder, self.dataset.queries, Role.QUERY)
        if not embedded.present.any():
            raise MissingVectorsError(f"{self.spec.ref} has no vector for any query of {self.dataset.name}")
        return embedded

    @property
    def remarks(self) -> tuple[str, ...]:
        """Where vectors come from, how many texts have none, and how many are longer than the limit."""
        so = "count as finding nothing" if self.dataset.is_judged else "are left out"
        counts = (
            ("queries", int((~self.queries.present).sum()), so),
            ("documents", len(self.dataset.ids) - len(self._rows), "cannot be found"),
        )
        missing = [f"missing: {n:,} {what} have no vector and {so}" for what, n, so in counts if n]
        texts = (
            ("queries", self.dataset.queries, Role.QUERY),
            ("documents", self.dataset.texts, Role.DOCUMENT),
        )
        return (*self.origin, *missing, *(one for part in texts for one in self._cut(*part)))

    def _cut(self, what: str, texts: Sequence[str], role: Role) -> list[str]:
        return cut_remarks(count_cut(self.encoder, texts, role), len(texts), what, self.spec)

    def names(self, indexes: Sequence[str]) -> tuple[str, ...]:
        """All of them."""
        return tuple(indexes)

    def search(self, reference: str, k: int) -> Found:
        """As :meth:`Retriever.search`."""
        rows, present = self._rows, self.queries.present
        queries = self.queries.vectors[present]
        built, build_seconds = self._build(reference)
        ranking, search_seconds = timed(lambda: built.search(queries, min(k, len(rows))))
        nearness = np.full((len(present), ranking.k), -np.inf, dtype=np.float32)
        numbers, places = np.nonzero(ranking.rows != NO_ROW)
        scoring = Scoring(queries, self._present, self.spec.similarity)
        nearness[np.flatnonzero(present)[numbers], places] = scoring.exact(
            numbers.astype(np.int64), ranking.rows[numbers, places]
        )
        found = spread(mapped(ranking, rows), present)
        rescored = built.rescored_nbytes if isinstance(built, Rescoring) else 0
        return Found(found, built.nbytes, build_seconds, search_seconds, len(queries), nearness, rescored)

    def _build(self, reference: str) -> tuple[Index, float]:
        """Return an index of the documents that have a vector, and the time that it took to build.

        One that differs from an earlier one in the options of its search only, such as ``probes``, is not
        built again.
        """
        parsed = index.parse_index(reference)
        kept = {key: value for key, value in parsed.options.items() if key not in SEARCH_OPTIONS}
        key = parsed.scheme, parsed.argument, *sorted(kept.items())
        similarity = self.spec.similarity
        earlier, seconds = self._indexes.get(key, (None, 0.0))
        if isinstance(earlier, ApproximateIndex):
            return ApproximateIndex(parsed, self._present, similarity, earlier.engine), seconds
        started = time.perf_counter()
        built = index.build(reference, self._present, similarity)
        self._indexes[key] = built, time.perf_counter() - started
        return self._indexes[key]

    @cached_property
    def _rows(self) -> NDArray[np.intp]:
        """Rows of the documents that have a vector; a store holds no others. Shape: (n,)."""
        return (
            np.arange(len(self.stored)) if self.stored is not None else np.flatnonzero(self.documents.present)
        )

    @cached_property
    def _present(self) -> DocumentVectors:
        """Vectors of the documents that have one."""
        if self.stored is not None:
            return self.stored
        embedded = self.documents
        is_whole = bool(embedded.present.all())
        return DocumentVectors(embedded.vectors if is_whole else embedded.vectors[embedded.present])

    @cached_property
    def _indexes(self) -> dict[tuple[object, ...], tuple[Index, float]]:
        """Indexes built so far, and the seconds that each took."""
        return {}


@dataclass(frozen=True)
class LexicalRetriever:
    """BM25 over the texts.

    Attributes:
        settings: what a word is.
        dataset: to search.
    """

    settings: Bm25Settings
    dataset: Dataset

    @property
    def spec(self) -> ModelSpec:
        """BM25 with its settings."""
        return bm25_spec(self.settings.reference, self.settings)

    @property
    def remarks(self) -> tuple[str, ...]:
        """None."""
        return ()

    def names(self, indexes: Sequence[str]) -> tuple[str, ...]:
        """Words are compared with every document: the exact pipeline, whatever others are asked for."""
        del indexes
        return (EXACT_PIPELINE,)

    def search(self, reference: str, k: int) -> Found:
        """As :meth:`Retriever.search`."""
        del reference
        started = time.perf_counter()
        built = Bm25Index(self.dataset.texts, self.settings)
        build_seconds = time.perf_counter() - started
        ranking, seconds = timed(lambda: built.search(self.dataset.queries, min(k, len(built))))
        return Found(ranking, built.nbytes, build_seconds, seconds, len(ranking))


def timed(search: Callable[[], Ranking]) -> tuple[Ranking, float]:
    """Return what a search finds, and the least time that it took of several."""
    started = time.perf_counter()
    ranking = search()
    best = spent = time.perf_counter() - started
    for _ in range(MOST_REPEATS):
        if spent >= LEAST_SECONDS:
            break
        started = time.perf_counter()
        search()
        seconds = time.perf_counter() - started
        best, spent = min(best, seconds), spent + seconds
    return ranking, best


def mapped(ranking: Ranking, rows: NDArray[np.intp]) -> Ranking:
    """Return a ranking of some documents as one of all; ``rows`` are ascending."""
    if not len(rows) or rows[-1] == len(rows) - 1:
        return ranking
    is_empty = ranking.rows == NO_ROW
    return Ranking(np.where(is_empty, NO_ROW, rows[np.where(is_empty, 0, ranking.rows)]), ranking.scores)


def spread(ranking: Ranking, present: NDArray[np.bool_]) -> Ranking:
    """Return a ranking of some queries as one of all, of which the others found nothing."""
    if present.all():
        return ranking
    rows = np.full((len(present), ranking.k), NO_ROW, dtype=np.int64)
    scores = np.full(rows.shape, -np.inf, dtype=np.float32)
    rows[present], scores[present] = ranking.rows, ranking.scores
    return Ranking(rows, scores)
