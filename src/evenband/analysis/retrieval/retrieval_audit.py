"""Audit and comparison of measurements of retrieval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evenband.analysis.audits import Audit, Comparison
from evenband.types import Estimate, RetrievalMeasurement
from evenband.types.summaries import Field


@dataclass(frozen=True)
class LostQuery:
    """A query that finds fewer of its relevant documents after a step than before.

    Attributes:
        id: of the query.
        text: of the query.
        before: rank of its first relevant document before the step; ``None`` if it was not found.
        after: the same after the step.
        first: id of the document that comes first after the step; empty if none does.
    """

    id: str
    text: str
    before: float | None
    after: float | None
    first: str


@dataclass(frozen=True)
class Step:
    """What one step of a pipeline loses and gains, by recall at the cutoff.

    Attributes:
        pipeline: after the step.
        base: the pipeline before it; empty for the model itself, before which nothing was lost.
        lost: number of queries that find fewer of their relevant documents than before.
        gained: number of queries that find more.
        worst: the queries that lost most, the worst first.
    """

    pipeline: str
    base: str
    lost: int
    gained: int
    worst: tuple[LostQuery, ...]


@dataclass(frozen=True)
class PairedTest:
    """A paired test over queries: is the mean difference of nDCG zero?

    Attributes:
        left: what is compared with: a model's name, or a pipeline.
        right: what is compared.
        within: the pipeline in which two models are compared, or the model of two pipelines.
        difference: mean of right minus left, with its bootstrap interval.
        p: of the randomisation test.
        q: adjusted by Holm over all tests of the same table.
    """

    left: str
    right: str
    within: str
    difference: Estimate
    p: float
    q: float


@dataclass(frozen=True)
class PipelineFigures:
    """How one pipeline does, each a mean over queries in [0, 1] with a bootstrap interval over queries.

    Without judgements, what needs them has no value.

    Attributes:
        name: of the pipeline.
        ndcg: nDCG at the cutoff.
        recall: by cutoff.
        precision: by cutoff: share of a query's first documents that are relevant.
        reciprocal_rank: mean reciprocal rank of the first relevant document.
        first_right: share of queries whose first document is relevant (precision@1).
        against_exact: share of exact search's documents that it finds; without a value where there is none.
        nbytes: bytes that a search works on.
        rescored_nbytes: those of them that only candidates are read of, to score them again.
        build_seconds: time to build the index; ``None`` if not known.
        queries_per_second: without the time to embed; ``None`` if not known.
    """

    name: str
    ndcg: Estimate
    recall: Mapping[int, Estimate]
    precision: Mapping[int, Estimate]
    reciprocal_rank: Estimate
    first_right: Estimate
    against_exact: Estimate
    nbytes: int
    rescored_nbytes: int = 0
    build_seconds: float | None = None
    queries_per_second: float | None = None


@dataclass(frozen=True, repr=False)
class RetrievalAudit(Audit):
    """Retrieval by several pipelines.

    Attributes:
        measurement: metrics of each query.
        pipelines: figures of each pipeline, in the order of the conditions.
        steps: what each step loses: the model, then each index against exact search, then the reranker;
            none without judgements.
        tests: each pipeline against the one before its last step; none without judgements.
        chance: recall at the cutoff that a random order has, in [0, 1]; ``None`` without judgements.
    """

    measurement: RetrievalMeasurement
    pipelines: tuple[PipelineFigures, ...]
    steps: tuple[Step, ...]
    tests: tuple[PairedTest, ...]
    chance: float | None

    def figures(self) -> Iterable[Field]:
        """Return nDCG by pipeline; without judgements, the share of exact search's documents."""
        is_judged = self.measurement.details.is_judged
        return ((one.name, one.ndcg if is_judged else one.against_exact) for one in self.pipelines)


@dataclass(frozen=True, repr=False)
class RetrievalComparison(Comparison):
    """Two subjects, or two runs, on the queries and pipelines that both have.

    Attributes:
        left: measurement to compare with.
        right: measurement compared.
        ndcg: paired difference of nDCG, right minus left, by pipeline; without judgements, that of the share
            of exact search's documents.
        recall: the same of recall at the cutoff.
        tests: of nDCG, one for each pipeline.
    """

    left: RetrievalMeasurement
    right: RetrievalMeasurement
    ndcg: Mapping[str, Estimate]
    recall: Mapping[str, Estimate]
    tests: tuple[PairedTest, ...]

    def figures(self) -> Iterable[Field]:
        """Return the difference in nDCG by pipeline."""
        return self.ndcg.items()
