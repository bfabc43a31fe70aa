"""The probe of rank consistency: how much of a query's first documents stays when the query is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from evenband import index
from evenband.digests import digest_of
from evenband.errors import InputError, MissingVectorsError
from evenband.index.bm25 import Bm25Index, Bm25Settings, bm25_spec
from evenband.probes.cut_texts import count_cut, cut_remarks
from evenband.probes.embedding import embed
from evenband.probes.retrieval.dataset_rows import remark
from evenband.probes.retrieval.retrievers import mapped, spread
from evenband.probes.retrieval.text_operators import Operator
from evenband.randomness import named_stream
from evenband.stats.rank_biased import overlap_at, rank_biased_overlap
from evenband.types import (
    EXACT_PIPELINE,
    NO_ROW,
    Encoder,
    Measurement,
    ModelSpec,
    OperatorFacts,
    OverlapDetails,
    OverlapMeasurement,
    ProbeSpec,
    Ranking,
    Role,
    Scores,
    Texts,
    overlap_metric,
)

OVERLAP_WHY = (
    "A small change to a query should change its first documents as little, or as much, as it means."
)
RANKS_SUFFIX = "-ranks"
"""What the name of the probe adds to that of its corpus."""

RERANKED_RANKS_SUFFIX = f"{RANKS_SUFFIX}-rerank"
"""What it adds where a reranker orders what was found."""


@dataclass(frozen=True)
class TextSearch:
    """A corpus that can be searched by text.

    Attributes:
        spec: identity of the model that ranks.
        corpus: name of the corpus.
        digest: identity of the documents.
        ids: of the documents, by row.
        pipeline: index that is searched.
        find: returns the first k documents of some texts, and which of the texts could be asked.
        cut: returns how many of some queries are longer than the model's limit; ``None`` without a limit.
        reranker: identity of what orders the documents that were found; ``None`` without one.
        remarks: returns what a reader must know of the searches so far; ``None`` for nothing.
    """

    spec: ModelSpec
    corpus: str
    digest: str
    ids: Sequence[str]
    pipeline: str
    find: Callable[[Sequence[str], int], tuple[Ranking, NDArray[np.bool_]]]
    cut: Callable[[Sequence[str]], int] | None = None
    reranker: ModelSpec | None = None
    remarks: Callable[[], Sequence[str]] | None = None


@dataclass(frozen=True)
class RankChanges:
    """Queries, and the changes that are made to them.

    Attributes:
        queries: different texts, none empty.
        operators: the changes.
        k: number of first documents that are compared.
        remarks: what a reader must know of how the queries were read.

    Raises:
        InputError: if there is no query or operator, or k is below 1.
    """

    queries: tuple[str, ...]
    operators: tuple[Operator, ...]
    k: int = 10
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "queries", tuple(dict.fromkeys(self.queries)))
        if not self.queries or not self.operators or self.k < 1:
            raise InputError(
                f"got {len(self.queries)} queries, {len(self.operators)} operators and k = {self.k}, "
                "expected one or more of each"
            )

    @cached_property
    def changed(self) -> Texts:
        """Each query after each operator. Shape: (n, t)."""
        return np.array([[one.apply(text) for one in self.operators] for text in self.queries], dtype=object)

    def spec(self, search: TextSearch) -> ProbeSpec:
        """Return what a measurement says of the probe."""
        content = [list(self.queries), self.changed.tolist(), search.digest, search.pipeline, self.k]
        reranker = [] if search.reranker is None else [search.reranker.digest]
        return ProbeSpec(
            name=f"{search.corpus}{RERANKED_RANKS_SUFFIX if reranker else RANKS_SUFFIX}",
            why=OVERLAP_WHY,
            digest=digest_of([*content, *reranker]),
            items=len(self.queries),
            conditions=len(self.operators),
            language="",
        )

    def measure(self, search: TextSearch) -> OverlapMeasurement:
        """Search for each query as it is, and after each operator.

        Raises:
            MissingVectorsError: if no query can be asked.
            ModelError: if the model fails.
        """
        k = min(self.k, len(search.ids))
        plain, answered = search.find(self.queries, k)
        has_found = plain.counts > 0
        rows = np.flatnonzero(answered & has_found)
        if not len(rows):
            what = "finds no document for" if answered.any() else "has no vector for"
            raise MissingVectorsError(f"{search.spec.ref} {what} any of {len(self.queries):,} queries")
        queries = np.array(self.queries, dtype=object)[rows]
        before = plain.rows[rows]
        columns = [
            self._column(search, queries, self.changed[rows, column], before, k)
            for column in range(len(self.operators))
        ]
        overlap, biased, first_rank, applied, lost, unasked = (
            np.stack(part, axis=1) for part in zip(*columns, strict=True)
        )
        return Measurement(
            probe=self.spec(search),
            subject=search.spec,
            metric=overlap_metric(k),
            items=tuple(queries),
            conditions=tuple(one.name for one in self.operators),
            scores=overlap,
            noise=None,
            details=OverlapDetails(
                changed=self.changed[rows],
                applied=applied,
                rank_biased=biased,
                first_rank=first_rank,
                other_overlap=np.repeat(
                    _other_overlap(before, queries)[:, None], len(self.operators), axis=1
                ),
                lost=lost,
                k=k,
                documents=len(search.ids),
                corpus=search.digest,
                pipeline=search.pipeline,
                operators=tuple(OperatorFacts(one.name, one.effect, one.why) for one in self.operators),
                remarks=(
                    *self._remarks(answered, has_found, self.changed[rows][unasked].tolist()),
                    *self._cut(search),
                    *(() if search.remarks is None else search.remarks()),
                ),
            ),
        )

    def _column(
        self, search: TextSearch, queries: Texts, changed: Texts, before: NDArray[np.int64], k: int
    ) -> tuple[Scores, Scores, Scores, Scores, Texts, NDArray[np.bool_]]:
        """Return overlap, RBO, rank of the first document, whether applied, document lost, no vector."""
        rows = np.flatnonzero(changed != queries)
        overlap, biased, first_rank = np.ones(len(queries)), np.ones(len(queries)), np.ones(len(queries))
        applied, lost = np.zeros(len(queries)), np.full(len(queries), "", dtype=object)
        unasked = np.zeros(len(queries), dtype=np.bool_)
        if len(rows):
            ranking, answered = search.find(changed[rows].tolist(), k)
            after, was = ranking.rows, before[rows]
            unasked[rows] = ~answered
            applied[rows] = 1.0
            overlap[rows] = overlap_at(was, after)
            biased[rows] = rank_biased_overlap(was, after)
            for row, old, new in zip(rows.tolist(), was.tolist(), after.tolist(), strict=True):
                first_rank[row] = new.index(old[0]) + 1 if old[0] in new else np.nan
                gone = next((one for one in old if one != NO_ROW and one not in new), None)
                lost[row] = "" if gone is None else search.ids[gone]
        return overlap, biased, first_rank, applied, lost, unasked

    def _remarks(
        self, answered: NDArray[np.bool_], has_found: NDArray[np.bool_], lost: list[str]
    ) -> tuple[str, ...]:
        """Return what was left out, and which changed queries could not be asked."""
        nothing = "queries find no document as they are, so that nothing can be lost, and are left out"
        return (
            *self.remarks,
            *remark("missing", self._named(~answered), "queries have no vector and are left out"),
            *remark("nothing found", self._named(answered & ~has_found), nothing),
            *remark("lost", lost, "changed queries have no vector and count as finding nothing"),
        )

    def _cut(self, search: TextSearch) -> list[str]:
        """Return how many queries, changed or not, the model does not read to the end."""
        texts = list(dict.fromkeys([*self.queries, *self.changed.ravel().tolist()]))
        count = 0 if search.cut is None else search.cut(texts)
        return cut_remarks(count, len(texts), "queries, changed ones included,", search.spec)

    def _named(self, chosen: NDArray[np.bool_]) -> list[str]:
        return [repr(self.queries[row]) for row in np.flatnonzero(chosen).tolist()]


def dense_search(
    encoder: Encoder, corpus: str, digest: str, ids: Sequence[str], texts: Sequence[str], reference: str
) -> TextSearch:
    """Return the search of documents by an encoder's vectors, through an index.

    Raises:
        MissingVectorsError: if no document has a vector.
        EvenbandError: if the model fails or the index cannot be built.
    """
    documents = embed(encoder, texts, Role.DOCUMENT)
    rows = np.flatnonzero(documents.present)
    if not len(rows):
        raise MissingVectorsError(f"{encoder.spec.ref} has no vector for any document of {corpus}")
    built = index.build(reference, documents.vectors[rows], encoder.spec.similarity)

    def find(queries: Sequence[str], k: int) -> tuple[Ranking, NDArray[np.bool_]]:
        embedded = embed(encoder, queries, Role.QUERY)
        found = mapped(built.search(embedded.vectors[embedded.present], k), rows)
        return spread(found, embedded.present), embedded.present

    return TextSearch(encoder.spec, corpus, digest, ids, reference, find, query_cut(encoder))


def query_cut(encoder: Encoder) -> Callable[[Sequence[str]], int]:
    """Return the function that counts queries that are longer than an encoder's limit."""
    return partial(count_cut, encoder, role=Role.QUERY)


def lexical_search(
    settings: Bm25Settings, corpus: str, digest: str, ids: Sequence[str], texts: Sequence[str]
) -> TextSearch:
    """Return the search of documents by their words.

    Raises:
        EvenbandError: if BM25 cannot be used.
    """
    built = Bm25Index(texts, settings)

    def find(queries: Sequence[str], k: int) -> tuple[Ranking, NDArray[np.bool_]]:
        return built.search(queries, k), np.ones(len(queries), dtype=np.bool_)

    return TextSearch(bm25_spec(settings.reference, settings), corpus, digest, ids, EXACT_PIPELINE, find)


def _other_overlap(lists: NDArray[np.int64], queries: Texts) -> Scores:
    """Return the overlap of each query's list with that of another query; NaN for a single query."""
    n = len(lists)
    if n < 2:
        return np.full(n, np.nan)
    order = named_stream("another query", *map(str, queries)).permutation(n)
    other = np.empty(n, dtype=np.int64)
    other[order] = np.roll(order, 1)
    return overlap_at(lists, lists[other])
