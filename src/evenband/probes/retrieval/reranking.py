"""A reranker over what a search found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.probes.cut_texts import count_cut_pairs, cut_remarks
from evenband.probes.retrieval.retrievers import Found
from evenband.types import NO_ROW, ModelSpec, Ranking, Reranker, rank_candidates

TIMED_PAIRS = 64
"""Pairs that a reranker scores without its cache to learn its speed."""


@dataclass(frozen=True)
class Reranking:
    """Puts the documents that a search found into the order of a reranker's scores.

    Attributes:
        reranker: scores a query and a document together; it may look scores up.
        timed: the same one, that computes every score: what its speed is measured by. ``None`` where asking
            it again costs money, so that its speed is not known.
    """

    reranker: Reranker
    timed: Reranker | None = None

    @property
    def spec(self) -> ModelSpec:
        """The reranker's."""
        return self.reranker.spec

    def order(
        self, ranking: Ranking, queries: Sequence[str], texts: Sequence[str]
    ) -> tuple[Ranking, list[tuple[str, str]]]:
        """Return a ranking in the reranker's order, and the pairs that were scored.

        Equal scores are in the order of the documents.

        Args:
            ranking: a row for each query.
            queries: their texts.
            texts: of the documents, by row.

        Raises:
            ModelError: if the reranker fails.
        """
        numbers, places = np.nonzero(ranking.rows != NO_ROW)
        rows = ranking.rows[numbers, places]
        pairs = [
            (queries[query], texts[row]) for query, row in zip(numbers.tolist(), rows.tolist(), strict=True)
        ]
        scores = np.asarray(self.reranker.score(pairs), dtype=np.float32)
        return rank_candidates(numbers.astype(np.int64), rows, scores, len(ranking), ranking.k), pairs

    def apply(self, found: Found, queries: Sequence[str], texts: Sequence[str]) -> Found:
        """Return what a search found in the reranker's order, with what that costs.

        Args:
            found: by the search.
            queries: text of each query.
            texts: of the documents, by row.

        Raises:
            ModelError: if the reranker fails.
        """
        ordered, pairs = self.order(found.ranking, queries, texts)
        seconds, before = self._seconds(pairs), found.search_seconds
        is_known = before is not None and seconds is not None
        return Found(
            ordered,
            found.nbytes,
            found.build_seconds,
            (before or 0.0) + (seconds or 0.0) if is_known else None,
            found.asked,
            rescored_nbytes=found.rescored_nbytes,
            cut=self.cut(count_cut_pairs(self.reranker, pairs), len(pairs)),
        )

    def cut(self, count: int, total: int) -> tuple[str, ...]:
        """Return the sentence on pairs that are longer than the reranker's limit; none where none is."""
        return tuple(cut_remarks(count, total, "pairs of query and document", self.spec))

    def _seconds(self, pairs: Sequence[tuple[str, str]]) -> float | None:
        """Return the time that all pairs take without a cache, by that of some; ``None`` if not known."""
        if self.timed is None or not pairs:
            return None if self.timed is None else 0.0
        step = max(1, len(pairs) // TIMED_PAIRS)
        sample = list(pairs[::step])[:TIMED_PAIRS]
        self.timed.score(sample[:1])  # what happens at the first call only is no part of the speed
        started = time.perf_counter()
        self.timed.score(sample)
        return (time.perf_counter() - started) * len(pairs) / len(sample)
