"""A reranker over what a search found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.probes.retrieval.retrievers import Found
from evenband.types import NO_ROW, ModelSpec, Reranker, rank_candidates


@dataclass(frozen=True)
class Reranking:
    """Puts the documents that a search found into the order of a reranker's scores.

    Attributes:
        reranker: scores a query and a document together.
    """

    reranker: Reranker

    @property
    def spec(self) -> ModelSpec:
        """The reranker's."""
        return self.reranker.spec

    def apply(self, found: Found, queries: Sequence[str], texts: Sequence[str]) -> Found:
        """Return what a search found in the reranker's order; equal scores in the order of the documents.

        Args:
            found: by the search.
            queries: text of each query.
            texts: of the documents, by row.

        Raises:
            ModelError: if the reranker fails.
        """
        started = time.perf_counter()
        ranking = found.ranking
        numbers, places = np.nonzero(ranking.rows != NO_ROW)
        rows = ranking.rows[numbers, places]
        pairs = [
            (queries[query], texts[row]) for query, row in zip(numbers.tolist(), rows.tolist(), strict=True)
        ]
        scores = np.asarray(self.reranker.score(pairs), dtype=np.float32)
        ordered = rank_candidates(numbers.astype(np.int64), rows, scores, len(ranking), ranking.k)
        seconds = time.perf_counter() - started
        before = found.search_seconds
        return Found(ordered, found.nbytes, found.build_seconds, None if before is None else before + seconds)
