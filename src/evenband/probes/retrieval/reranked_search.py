"""Search by text whose first documents a reranker puts into its own order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evenband.probes.cut_texts import count_cut_pairs
from evenband.probes.retrieval.rank_changes import TextSearch
from evenband.probes.retrieval.reranking import Reranking
from evenband.types import RERANK_SUFFIX, Ranking


def reranked_search(search: TextSearch, reranking: Reranking, texts: Sequence[str], depth: int) -> TextSearch:
    """Return a search with a reranker over the first documents that it finds.

    Args:
        search: finds them.
        reranking: orders them.
        texts: of the documents, by row.
        depth: number of documents that the reranker scores for each query, or more if more are asked for.
    """
    reranked = _Reranked(search, reranking, texts, depth)
    return replace(
        search,
        pipeline=f"{search.pipeline}{RERANK_SUFFIX}",
        find=reranked.find,
        reranker=reranking.spec,
        remarks=reranked.remarks,
    )


@dataclass
class _Reranked:
    """A search, its reranker, and how many of the pairs so far were longer than the limit."""

    search: TextSearch
    reranking: Reranking
    texts: Sequence[str]
    depth: int
    counts: list[tuple[int, int]] = field(default_factory=list)

    def find(self, queries: Sequence[str], k: int) -> tuple[Ranking, NDArray[np.bool_]]:
        """As :attr:`TextSearch.find`."""
        found, answered = self.search.find(queries, min(max(self.depth, k), len(self.search.ids)))
        ordered, pairs = self.reranking.order(found, queries, self.texts)
        self.counts.append((count_cut_pairs(self.reranking.reranker, pairs), len(pairs)))
        return Ranking(ordered.rows[:, :k], ordered.scores[:, :k]), answered

    def remarks(self) -> tuple[str, ...]:
        """Return which reranker it is, and how many pairs it did not read to the end."""
        depth, name = min(self.depth, len(self.search.ids)), self.reranking.spec.name
        cut, total = (sum(one) for one in zip(*self.counts, strict=True)) if self.counts else (0, 0)
        said = f"reranked: {name} puts the first {depth:,} documents of each query in its own order"
        return (said, *self.reranking.cut(cut, total))
