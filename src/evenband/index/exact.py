"""Exact search: one matrix product in blocks, of which only scores that can be among the best are kept.

No score is sorted that cannot be among the best k. A block of scores stays in the processor's cache, and the
vectors are read once, so they may lie on disk. The few candidates are scored again in float64, so that equal
vectors have equal scores and rounding decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from evenband.index.document_vectors import DocumentVectors, wrapped
from evenband.index.scoring import Scoring, Single, checked_depth, checked_mask
from evenband.types import Ranking, Similarity, Vectors, rank_candidates

QUERIES_AT_ONCE = 256
"""Queries that share one pass over the documents."""

SCORES_AT_ONCE = 1 << 18
"""Scores of a block, 1 MB: what stays in a core's own cache until they were compared."""

LARGEST_BLOCK = 8192
"""Largest number of documents in a block, so that few queries read no more than some MB at a time."""

CANDIDATES_PER_PLACE = 16
"""Candidates per place of a ranking, by fast scores, from which on exact scores decide who stays."""

Rows = NDArray[np.int64]


class ExactIndex:
    """Every document is compared with every query.

    Args:
        vectors: of the documents, shape (n, d), in one or several arrays.
        similarity: what is nearer.
    """

    def __init__(
        self, vectors: Vectors | Sequence[Vectors] | DocumentVectors, similarity: Similarity = "cosine"
    ) -> None:
        self._documents = wrapped(vectors)
        self._similarity = similarity

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def nbytes(self) -> int:
        """Bytes of the vectors."""
        return self._documents.nbytes

    def search(self, queries: Vectors, k: int, within: NDArray[np.bool_] | None = None) -> Ranking:
        """Find the k nearest documents of each query.

        Shape: queries (q, d) -> ranking (q, k).

        Raises:
            InputError: if k is below 1, or a shape does not fit.
            ModelError: if a vector has no direction although cosines are compared.
        """
        checked_depth(k)
        rows = checked_mask(within, len(self))
        queries = np.asarray(queries, dtype=np.float32)
        starts = range(0, max(len(queries), 1), QUERIES_AT_ONCE)
        parts = [self._search(queries[start : start + QUERIES_AT_ONCE], k, rows) for start in starts]
        return Ranking(
            np.concatenate([part.rows for part in parts]), np.concatenate([part.scores for part in parts])
        )

    def _search(self, queries: Vectors, k: int, rows: Rows | None) -> Ranking:
        """Search for queries that share a pass, the documents divided among the threads."""
        scoring = Scoring(queries, self._documents, self._similarity)
        count = len(self) if rows is None else len(rows)
        size = max(LARGEST_BLOCK, -(-count // _blas_threads()))
        ranges = [(start, min(start + size, count)) for start in range(0, count, size)]
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max(len(ranges), 1)) as pool:
            found = list(pool.map(lambda ends: self._scan(scoring, k, rows, *ends), ranges))
        best = Candidates(scoring, len(queries), k)
        for candidates in found:
            best.add(candidates.queries, candidates.rows, candidates.scores)
        return best.ranking()

    def _scan(self, scoring: Scoring, k: int, rows: Rows | None, start: int, stop: int) -> Candidates:
        """Return the candidates among some of the documents, or of the rows that may be found."""
        count = scoring.count
        best = Candidates(scoring, count, k)
        size = max(1, min(LARGEST_BLOCK, SCORES_AT_ONCE // max(count, 1)))
        room = np.empty(size * count, dtype=np.float32)
        for place, block in self._documents.blocks(size, start, stop, rows):
            chosen = None if rows is None else rows[place : place + len(block)]
            best.add_block(scoring.fast(place, block, chosen, room), place, chosen)
        best.prune()
        return best


def _blas_threads() -> int:
    """Return how many threads matrix products are allowed."""
    pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max(pools, default=1)


class Candidates:
    """Documents that may be among the k best of their query, by fast scores.

    Args:
        scoring: of the queries.
        count: number of queries.
        k: number of places.

    Attributes:
        queries: number of each candidate's query. Shape: (c,).
        rows: document of each. Shape: (c,).
        scores: fast score of each. Shape: (c,).
    """

    def __init__(self, scoring: Scoring, count: int, k: int) -> None:
        self._scoring, self._count, self._k = scoring, count, k
        self.queries, self.rows = np.empty(0, np.int64), np.empty(0, np.int64)
        self.scores: Single = np.empty(0, np.float32)
        self._least: Single = np.full(count, -np.inf, dtype=np.float32)
        self._pieces: list[tuple[Rows, Rows, Single]] = []
        self._waiting = 0

    def add_block(self, scores: Single, place: int, rows: Rows | None) -> None:
        """Take those documents of a block that can still be among the best.

        Args:
            scores: fast scores, shape (q, b).
            place: row of the first document, if the rows follow each other.
            rows: of the documents; those from ``place`` on if not given.
        """
        width = scores.shape[1]
        if width > self._k and not np.isfinite(self._least).all():
            self._raise_least(np.partition(scores, width - self._k, axis=1)[:, width - self._k])
        hits = np.flatnonzero(scores >= self._least[:, None])
        if not len(hits):
            return
        queries, columns = np.divmod(hits, width)
        found = columns + place if rows is None else rows[columns]
        self.add(queries, found, scores.reshape(-1)[hits])

    def add(self, queries: Rows, rows: Rows, scores: Single) -> None:
        """Take candidates, each query and document at most once."""
        self._pieces.append((queries, rows, scores))
        self._waiting += len(rows)
        if self._waiting > max(len(self.rows), self._k * self._count):
            self.prune()

    def prune(self) -> None:
        """Drop candidates that cannot be among the best k."""
        pieces = [(self.queries, self.rows, self.scores), *self._pieces]
        self._pieces, self._waiting = [], 0
        queries, rows, scores = (np.concatenate(columns) for columns in zip(*pieces, strict=True))
        self._raise_least(rank_candidates(queries, rows, scores, self._count, self._k).scores[:, -1])
        is_kept = scores >= self._least[queries]
        self.queries, self.rows, self.scores = queries[is_kept], rows[is_kept], scores[is_kept]
        if len(self.rows) > CANDIDATES_PER_PLACE * self._k * self._count:
            self._prune_exactly()

    def _prune_exactly(self) -> None:
        """Keep k candidates of each query by exact scores, where very many are about equal."""
        exact = self._scoring.exact(self.queries, self.rows)
        kept = rank_candidates(self.queries, self.rows, exact, self._count, self._k).rows
        keys = self.queries * (self.rows.max() + 1) + self.rows
        queries, places = np.nonzero(kept >= 0)
        is_kept = np.isin(keys, queries * (self.rows.max() + 1) + kept[queries, places])
        self.queries, self.rows = self.queries[is_kept], self.rows[is_kept]
        self.scores = self.scores[is_kept]

    def _raise_least(self, scores: Single) -> None:
        """Raise what a fast score must reach, where the k best so far have these last ones."""
        lowered = scores - np.float32(2.1) * self._scoring.error.astype(np.float32)
        self._least = np.maximum(self._least, lowered)

    def ranking(self) -> Ranking:
        """Return the k best documents of each query, by exact scores."""
        self.prune()
        exact = self._scoring.exact(self.queries, self.rows)
        return rank_candidates(self.queries, self.rows, exact, self._count, self._k)
