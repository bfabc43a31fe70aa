"""Search by vectors and by words at once: two rankings fused by reciprocal ranks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenband.index.bm25 import BM25_NAME, Bm25Index, read_bm25
from evenband.index.fusion import FUSED_DEPTH, fuse
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.rank_changes import TextSearch
from evenband.probes.retrieval.retrievers import Found, LexicalRetriever, Retriever
from evenband.types import EXACT_PIPELINE, HYBRID_SUFFIX, Ranking


def searched(retriever: Retriever, dataset: Dataset, indexes: Sequence[str], k: int) -> dict[str, Found]:
    """Return what a retriever finds by each of some indexes, those included that BM25 is fused with.

    Args:
        retriever: searches the dataset.
        dataset: whose words are searched.
        indexes: references; ``exact+bm25`` is exact search fused with BM25.
        k: number of documents to find.

    Raises:
        EvenbandError: if an index cannot be built or searched, or BM25 cannot be used.
    """
    words: list[Found] = []
    depth = min(max(k, FUSED_DEPTH), len(dataset.ids))
    found = {}
    for name in retriever.names(indexes):
        if not name.endswith(HYBRID_SUFFIX):
            found[name] = retriever.search(name, k)
            continue
        if not words:
            words.append(LexicalRetriever(read_bm25(BM25_NAME), dataset).search(EXACT_PIPELINE, depth))
        by_vectors = retriever.search(name.removesuffix(HYBRID_SUFFIX), depth)
        found[name] = fused_found(by_vectors, words[0], min(k, len(dataset.ids)))
    return found


def fused_found(by_vectors: Found, by_words: Found, k: int) -> Found:
    """Return the fusion of what two searches found; its costs are those of both, and of the fusion."""
    started = time.perf_counter()
    ranking = fuse([by_vectors.ranking, by_words.ranking], k)
    seconds = time.perf_counter() - started
    return replace(
        by_vectors,
        ranking=ranking,
        nbytes=by_vectors.nbytes + by_words.nbytes,
        build_seconds=_sum(by_vectors.build_seconds, by_words.build_seconds),
        search_seconds=_sum(by_vectors.search_seconds, by_words.search_seconds, seconds),
        asked=len(ranking),
        nearness=None,
    )


def hybrid_search(load: Callable[[], TextSearch], words: Callable[[], Bm25Index]) -> TextSearch:
    """Return the search of a corpus by vectors and by words.

    Args:
        load: returns the search by vectors.
        words: returns the words of the same documents.
    """
    search, index = load(), words()

    def find(queries: Sequence[str], k: int) -> tuple[Ranking, NDArray[np.bool_]]:
        depth = min(max(k, FUSED_DEPTH), len(search.ids))
        by_vectors, _ = search.find(queries, depth)
        return fuse([by_vectors, index.search(queries, depth)], k), np.ones(len(queries), dtype=np.bool_)

    return replace(search, pipeline=f"{search.pipeline}{HYBRID_SUFFIX}", find=find)


def _sum(*seconds: float | None) -> float | None:
    known = [one for one in seconds if one is not None]
    return sum(known) if len(known) == len(seconds) else None
