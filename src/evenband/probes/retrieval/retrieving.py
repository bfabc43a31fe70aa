"""The probe of retrieval: a dataset's queries, answered by several pipelines.

They are held against judgements, or without any against what exact search finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.digests import digest_of
from evenband.errors import InputError
from evenband.probes.retrieval.dataset_rows import remark
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.exact_shares import exact_shares, first_documents, overlaps, without_unanswered
from evenband.probes.retrieval.hybrid_search import searched
from evenband.probes.retrieval.ir_metrics import QueryFigures, measure_ranking, unknown_figures
from evenband.probes.retrieval.reranking import Reranking
from evenband.probes.retrieval.retrievers import Found, Retriever
from evenband.types import (
    EXACT_PIPELINE,
    NO_ROW,
    RERANK_SUFFIX,
    Measurement,
    PipelineFacts,
    ProbeSpec,
    Ranking,
    RetrievalDetails,
    RetrievalMeasurement,
    exact_metric,
    ndcg_metric,
)

RETRIEVAL_WHY = "What a search does not find, its user does not get."

USUAL_CUTOFF = 10
"""Cutoff of nDCG, if it is among the depths at which recall is counted."""


@dataclass(frozen=True)
class Retrieved:
    """A measurement with the rankings that it rests on.

    Attributes:
        measurement: metrics of each query and pipeline.
        rankings: by pipeline; a row for each of the measurement's queries.
        query_ids: of these queries.
        costs: seconds to build and to search, and queries per second, by pipeline; for the manifest.
    """

    measurement: RetrievalMeasurement
    rankings: Mapping[str, Ranking]
    query_ids: tuple[str, ...]
    costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Retrieval:
    """A dataset and the pipelines that search it.

    Attributes:
        dataset: documents, queries and judgements.
        indexes: references; the exact one is always searched, and first. One that ends in ``+bm25`` is fused
            with BM25.
        reranker: reorders what each index finds; ``None`` for none.
        cutoffs: depths at which recall is counted; the largest one is how many documents are asked for.

    Raises:
        InputError: if there is no cutoff, or one is below 1.
    """

    dataset: Dataset
    indexes: tuple[str, ...] = (EXACT_PIPELINE,)
    reranker: Reranking | None = None
    cutoffs: tuple[int, ...] = (USUAL_CUTOFF,)

    def __post_init__(self) -> None:
        if not self.cutoffs or min(self.cutoffs) < 1:
            raise InputError(f"got cutoffs {self.cutoffs}, expected one or more, each 1 or more")
        object.__setattr__(self, "cutoffs", tuple(sorted(set(self.cutoffs))))
        object.__setattr__(self, "indexes", tuple(dict.fromkeys((EXACT_PIPELINE, *self.indexes))))

    @property
    def cutoff(self) -> int:
        """Cutoff of nDCG: 10 if recall is counted there, else the largest."""
        return USUAL_CUTOFF if USUAL_CUTOFF in self.cutoffs else self.cutoffs[-1]

    @property
    def depth(self) -> int:
        """Number of documents that a pipeline is asked for."""
        return max(self.cutoffs)

    def conditions(self, retriever: Retriever) -> tuple[str, ...]:
        """Return the names of a retriever's pipelines: each index, then each with the reranker."""
        names = retriever.names(self.indexes)
        return (*names, *(f"{name}{RERANK_SUFFIX}" for name in names if self.reranker is not None))

    def spec(self, retriever: Retriever) -> ProbeSpec:
        """Return what a measurement of a retriever says of the probe."""
        conditions = self.conditions(retriever)
        reranker = None if self.reranker is None else self.reranker.spec.digest
        return ProbeSpec(
            name=self.dataset.name,
            why=RETRIEVAL_WHY,
            digest=digest_of([self.dataset.digest, list(conditions), list(self.cutoffs), reranker]),
            items=len(self.dataset.query_ids),
            conditions=len(conditions),
            family=self.dataset.family or self.dataset.name,
            language="",
        )

    def measure(self, retriever: Retriever) -> Retrieved:
        """Answer all queries by every pipeline.

        Without judgements, a query for which exact search finds nothing is left out.

        Raises:
            EvenbandError: if the model, an index or the reranker fails.
            MissingVectorsError: without judgements, if nothing is found for any query.
        """
        dataset = self.dataset
        own = own_rows(dataset)
        depth = self.depth + int((own != NO_ROW).any())
        found = {
            name: without_own(one, own, self.depth)
            for name, one in searched(retriever, dataset, self.indexes, depth).items()
        }
        if not dataset.is_judged:
            dataset, found = without_unanswered(dataset, found, retriever.spec)
        if self.reranker is not None:
            found |= {
                f"{name}{RERANK_SUFFIX}": self.reranker.apply(one, dataset.queries, dataset.texts)
                for name, one in list(found.items())
            }
        figures = [
            measure_ranking(one.ranking, dataset.ids, dataset.relevant, self.cutoff, self.cutoffs)
            if dataset.is_judged
            else unknown_figures(len(dataset.queries), self.cutoffs)
            for one in found.values()
        ]
        return Retrieved(
            measurement=self._assemble(retriever, dataset, found, figures),
            rankings={name: one.ranking for name, one in found.items()},
            query_ids=dataset.query_ids,
            costs={name: _costs(one) for name, one in found.items()},
        )

    def _assemble(
        self,
        retriever: Retriever,
        dataset: Dataset,
        found: Mapping[str, Found],
        figures: Sequence[QueryFigures],
    ) -> RetrievalMeasurement:
        def table(name: str) -> Any:
            return np.stack([getattr(one, name) for one in figures], axis=1)

        is_judged, k = dataset.is_judged, self.cutoff
        return Measurement(
            probe=self.spec(retriever),
            subject=retriever.spec,
            metric=ndcg_metric(k) if is_judged else exact_metric(k),
            items=dataset.query_ids,
            conditions=tuple(found),
            scores=table("ndcg") if is_judged else overlaps(found, k),
            noise=None,
            details=RetrievalDetails(
                recall={k: np.stack([one.recall[k] for one in figures], axis=1) for k in self.cutoffs},
                reciprocal_rank=table("reciprocal_rank"),
                first_right=table("first_right"),
                rank=table("rank"),
                against_exact=exact_shares(found, k),
                first=first_documents(found, dataset.ids),
                cutoff=k,
                depth=min(self.depth, len(dataset.ids)),
                documents=len(dataset.ids),
                corpus=self.dataset.digest,
                pipelines=tuple(
                    PipelineFacts(name, name.removesuffix(RERANK_SUFFIX), one.nbytes, one.rescored_nbytes)
                    for name, one in found.items()
                ),
                reranker=None if self.reranker is None else self.reranker.spec,
                remarks=(*dataset.remarks, *_own_remark(dataset), *retriever.remarks, *_cut(found)),
                is_judged=is_judged,
                settings=dataset.settings,
            ),
            columns={
                "text": dataset.queries,
                "relevant": tuple(map(len, dataset.relevant)),
            },
        )


def own_rows(dataset: Dataset) -> NDArray[np.int64]:
    """Return the row of the document that has a query's own id and is not relevant to it; -1 without one.

    In ArguAna and Quora queries are documents of the corpus. BEIR leaves these out of what a query finds.
    A set whose query is meant to find the document of its id has it among the relevant ones, and keeps it.
    Queries of a file, which come without judgements, have no ids of their own.

    Shape: (m,).
    """
    if not dataset.is_judged:
        return np.full(len(dataset.query_ids), NO_ROW, dtype=np.int64)
    return np.array(
        [
            NO_ROW if id_ in relevant else dataset.rows.get(id_, NO_ROW)
            for id_, relevant in zip(dataset.query_ids, dataset.relevant, strict=True)
        ],
        dtype=np.int64,
    )


def without_own(found: Found, own: NDArray[np.int64], depth: int) -> Found:
    """Return what was found without each query's own document, to a depth."""
    ranking = found.ranking
    is_own = (ranking.rows == own[:, None]) & (own[:, None] != NO_ROW)
    order = np.argsort(is_own, axis=1, kind="stable")[:, :depth]

    def moved(table: NDArray[Any], empty: float) -> NDArray[Any]:
        return np.take_along_axis(np.where(is_own, empty, table).astype(table.dtype), order, axis=1)

    return replace(
        found,
        ranking=Ranking(moved(ranking.rows, NO_ROW), moved(ranking.scores, -np.inf)),
        nearness=None if found.nearness is None else moved(found.nearness, -np.inf),
    )


def _own_remark(dataset: Dataset) -> list[str]:
    rows = np.flatnonzero(own_rows(dataset) != NO_ROW).tolist()
    sentence = "queries have the id of a document, which is left out of what they find, as in BEIR"
    return remark("own id", [dataset.query_ids[row] for row in rows], sentence)


def _cut(found: Mapping[str, Found]) -> list[str]:
    """Return what a reranker did not read to the end, with the pipeline; retrievers tell of their own."""
    return [f"{sentence} ({name})" for name, one in found.items() for sentence in one.cut]


def _costs(found: Found) -> dict[str, float]:
    """Return the seconds that are known, and queries per second."""
    costs: dict[str, float] = {}
    if found.build_seconds is not None:
        costs["build_seconds"] = round(found.build_seconds, 6)
    if found.search_seconds is not None:
        costs["search_seconds"] = round(found.search_seconds, 6)
        costs["queries_per_second"] = round(found.asked / max(found.search_seconds, 1e-9), 3)
    return costs
