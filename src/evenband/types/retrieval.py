"""Retrieval: how well each pipeline finds the documents that are relevant to each query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeAlias

from evenband.types.arrays import Scores, Texts
from evenband.types.details import Details, Tables
from evenband.types.measurement import Measurement, Metric
from evenband.types.specs import ModelSpec, ProbeSpec

RECALL_PREFIX = "recall@"
"""Name of a table of recall, before its cutoff."""

RERANK_SUFFIX = "+rerank"
"""What the name of a pipeline with a reranker adds to that of the pipeline before it."""

HYBRID_SUFFIX = "+bm25"
"""What the name of an index adds whose ranking is fused with that of BM25, by reciprocal ranks."""

EXACT_PIPELINE = "exact"
"""The pipeline that compares a query with every document; all others are held against it."""


def pipeline_base(name: str, names: Sequence[str]) -> str:
    """Return the pipeline before the last step of one, among those measured; empty for the model's own."""
    for suffix in (RERANK_SUFFIX, HYBRID_SUFFIX):
        before = name.removesuffix(suffix)
        if before != name and before in names:
            return before
    return EXACT_PIPELINE if name != EXACT_PIPELINE and EXACT_PIPELINE in names else ""


def ndcg_metric(cutoff: int) -> Metric:
    """Return the metric of a retrieval measurement, nDCG at a cutoff."""
    return Metric(f"nDCG@{cutoff}", "proportion", "higher")


def exact_metric(cutoff: int) -> Metric:
    """Return the metric of queries without judgements: the share of exact search's documents, to a cutoff."""
    return Metric(f"exact@{cutoff}", "proportion", "higher")


@dataclass(frozen=True)
class PipelineFacts:
    """What a pipeline is, beside its scores.

    Attributes:
        name: of the condition, such as ``ivf:lists=256`` or ``exact+rerank``.
        index: reference of its index.
        nbytes: bytes that a search works on: vectors or codes, lists and links, and the whole vectors where
            candidates are scored again. Older versions left these out.
        rescored_nbytes: bytes of these whole vectors, which may lie on disk.
    """

    name: str
    index: str
    nbytes: int
    rescored_nbytes: int = 0


@dataclass(frozen=True)
class RetrievalDetails(Details):
    """What n queries found by t pipelines, apart from nDCG, which is the score. All in [0, 1] unless said.

    Without judgements, the score is the share of exact search's first ``cutoff`` documents among a pipeline's
    own, and recall, ranks and whatever else needs them are NaN.

    Attributes:
        recall: share of a query's relevant documents among the first k, by k. Shape: (n, t) each.
        reciprocal_rank: 1 / rank of the first relevant document; 0 where it was not found. Shape: (n, t).
        first_right: 1 where the first document is relevant (precision@1), else 0. Shape: (n, t).
        rank: of the first relevant document, 1 or more; NaN where it was not found. Shape: (n, t).
        against_exact: share of exact search's first ``cutoff`` documents that the pipeline finds among as
            many; NaN without exact search, and after words or a reranker had a say. A document as near as
            the last of these counts as well. Shape: (n, t).
        first: id of the first document; empty where none was found. Shape: (n, t).
        cutoff: of nDCG and ``against_exact``.
        depth: number of documents that a pipeline was asked for.
        documents: number of documents.
        corpus: digest of documents, queries and judgements.
        pipelines: one for each condition.
        reranker: of the pipelines that have one; ``None`` without.
        remarks: what a reader must know of how the dataset was read.
        is_judged: whether it is known which documents are relevant to the queries.
        settings: of a generated dataset, by name; none of any other.
    """

    kind: ClassVar[str] = "retrieval"
    item: ClassVar[str] = "query"
    condition: ClassVar[str] = "pipeline"
    roles: ClassVar[tuple[str, ...]] = ("query", "document")

    recall: Mapping[int, Scores]
    reciprocal_rank: Scores
    first_right: Scores
    rank: Scores
    against_exact: Scores
    first: Texts
    cutoff: int = 10
    depth: int = 100
    documents: int = 0
    corpus: str = ""
    pipelines: tuple[PipelineFacts, ...] = ()
    reranker: ModelSpec | None = None
    remarks: tuple[str, ...] = ()
    is_judged: bool = True
    settings: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def others(self) -> tuple[ModelSpec, ...]:
        """The reranker, if there is one."""
        return () if self.reranker is None else (self.reranker,)

    @property
    def question(self) -> str:
        """Documents, queries, judgements and depths: whatever the pipelines are that answer."""
        depths = ",".join(map(str, sorted(self.recall)))
        return f"{self.corpus} {self.cutoff} {depths}"

    def to_tables(self) -> Tables:
        """Return the first document and all metrics, (n, t) each."""
        return {
            "first": self.first,
            **{f"{RECALL_PREFIX}{k}": table for k, table in self.recall.items()},
            "reciprocal_rank": self.reciprocal_rank,
            "first_right": self.first_right,
            "rank": self.rank,
            "against_exact": self.against_exact,
        }

    def to_facts(self) -> dict[str, Any]:
        """Return cutoffs, sizes, pipelines and reranker."""
        return {
            "cutoff": self.cutoff,
            "depth": self.depth,
            "documents": self.documents,
            "corpus": self.corpus,
            "pipelines": [[one.name, one.index, one.nbytes] for one in self.pipelines],
            "rescored": [one.rescored_nbytes for one in self.pipelines],
            "reranker": None if self.reranker is None else self.reranker.to_dict(),
            "remarks": list(self.remarks),
            "judged": self.is_judged,
            "settings": dict(self.settings),
        }

    @classmethod
    def rebuild(cls, tables: Tables, facts: Mapping[str, Any]) -> RetrievalDetails:
        """Return the details of these tables and facts."""
        reranker, pipelines = facts["reranker"], facts["pipelines"]
        rescored = facts.get("rescored") or [0] * len(pipelines)
        return cls(
            recall={
                int(name.removeprefix(RECALL_PREFIX)): table
                for name, table in tables.items()
                if name.startswith(RECALL_PREFIX)
            },
            reciprocal_rank=tables["reciprocal_rank"],
            first_right=tables["first_right"],
            rank=tables["rank"],
            against_exact=tables["against_exact"],
            first=tables["first"],
            cutoff=int(facts["cutoff"]),
            depth=int(facts["depth"]),
            documents=int(facts["documents"]),
            corpus=str(facts["corpus"]),
            pipelines=tuple(
                PipelineFacts(str(name), str(index), int(size), int(again))
                for (name, index, size), again in zip(pipelines, rescored, strict=True)
            ),
            reranker=None if reranker is None else ModelSpec.from_dict(reranker),
            remarks=tuple(map(str, facts["remarks"])),
            is_judged=bool(facts.get("judged", True)),
            settings=dict(facts.get("settings", {})),
        )

    def take(self, rows: list[int], columns: list[int]) -> Details:
        """As :meth:`Details.take`, with the facts of the chosen pipelines only."""
        taken = super().take(rows, columns)
        assert isinstance(taken, RetrievalDetails)
        chosen = tuple(self.pipelines[column] for column in columns) if self.pipelines else ()
        return replace(taken, pipelines=chosen)


RetrievalMeasurement: TypeAlias = Measurement[ProbeSpec, RetrievalDetails]
"""A measurement of retrieval."""
