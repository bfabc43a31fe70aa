"""What pipelines find of what exact search finds: known for any queries, judged or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evenband.errors import MissingVectorsError
from evenband.probes.retrieval.dataset_rows import remark
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.ir_metrics import share_of_exact
from evenband.probes.retrieval.retrievers import Found
from evenband.types import (
    EXACT_PIPELINE,
    HYBRID_SUFFIX,
    NO_ROW,
    RERANK_SUFFIX,
    ModelSpec,
    Ranking,
    Scores,
    Texts,
)


def exact_shares(found: Mapping[str, Found], k: int) -> Scores:
    """Return the share of exact search's first k documents that each pipeline of vectors alone finds.

    Shape: (m, t), NaN with a reranker or BM25, and where there is no exact search or it found nothing.
    """
    exact = found.get(EXACT_PIPELINE)
    missing = np.full(len(next(iter(found.values())).ranking), np.nan)
    return np.stack(
        [
            missing
            if exact is None or name.endswith((RERANK_SUFFIX, HYBRID_SUFFIX))
            else share_of_exact(one.ranking, exact.ranking, k, one.nearness)
            for name, one in found.items()
        ],
        axis=1,
    )


def overlaps(found: Mapping[str, Found], k: int) -> Scores:
    """Return the share of exact search's first k documents among the first k of every pipeline.

    Args:
        found: by pipeline, exact search among them, which found a document for each query.
        k: number of documents that are compared.

    Shape: (m, t) in [0, 1].
    """
    exact = found[EXACT_PIPELINE].ranking
    return np.stack([share_of_exact(one.ranking, exact, k, one.nearness) for one in found.values()], axis=1)


def first_documents(found: Mapping[str, Found], ids: Sequence[str]) -> Texts:
    """Return the id of the first document of each query and pipeline; empty where there is none.

    Shape: (m, t).
    """
    named = np.array([*ids, ""], dtype=object)  # row -1, of no document, is the last
    assert NO_ROW == -1
    return np.stack([named[one.ranking.rows[:, 0]] for one in found.values()], axis=1)


def without_unanswered(
    dataset: Dataset, found: Mapping[str, Found], spec: ModelSpec
) -> tuple[Dataset, dict[str, Found]]:
    """Leave out the queries for which exact search finds nothing: of them no share is known.

    Raises:
        MissingVectorsError: if there is no other.
    """
    rows = np.flatnonzero(found[EXACT_PIPELINE].ranking.counts > 0)
    if not len(rows):
        raise MissingVectorsError(f"{spec.ref} finds no document for any of {len(dataset.queries):,} queries")
    if len(rows) == len(dataset.queries):
        return dataset, dict(found)
    lacking = [dataset.queries[row] for row in range(len(dataset.queries)) if row not in set(rows.tolist())]
    remarks = remark("nothing found", list(map(repr, lacking)), "queries find no document and are left out")
    kept = replace(dataset.asked(rows.tolist()), remarks=(*dataset.remarks, *remarks))
    return kept, {name: _taken(one, rows.tolist()) for name, one in found.items()}


def _taken(found: Found, rows: list[int]) -> Found:
    """Return what was found for some queries; what it took is of all."""
    return replace(
        found,
        ranking=Ranking(found.ranking.rows[rows], found.ranking.scores[rows]),
        nearness=None if found.nearness is None else found.nearness[rows],
    )
