"""Audit of measurements of overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evenband.analysis.audits import Audit, Comparison
from evenband.types import Estimate, OperatorFacts, OverlapMeasurement
from evenband.types.summaries import Field


@dataclass(frozen=True)
class ChangedQuery:
    """A query whose first documents changed.

    Attributes:
        query: as it was.
        changed: after the operator.
        overlap: share of the first k documents that stayed, in [0, 1].
        rank_biased: rank-biased overlap, in [0, 1].
        first_rank: rank of its first document afterwards; ``None`` if it left the first k.
        lost: id of the best document that left the first k; empty if none did.
    """

    query: str
    changed: str
    overlap: float
    rank_biased: float
    first_rank: float | None
    lost: str


@dataclass(frozen=True)
class OperatorFigures:
    """What one operator does, over the queries that it changes. Shares in [0, 1].

    Attributes:
        facts: the operator.
        queries: number of queries that it changes.
        overlap: mean share of the first k documents that stay, with a bootstrap interval over queries.
        rank_biased: mean rank-biased overlap, likewise.
        first_kept: share of queries whose first document stays the first, likewise.
        band: 5%, 50% and 95% quantiles of the rank-biased overlap; ``None`` without a query.
        outliers: number of queries far below the band: beyond three interquartile ranges below the lower
            quartile of rank-biased overlap (Tukey's far out). Nothing is claimed of a single one.
        most: the queries that changed most; those that changed least where the meaning changes.
    """

    facts: OperatorFacts
    queries: int
    overlap: Estimate
    rank_biased: Estimate
    first_kept: Estimate
    band: tuple[float, float, float] | None
    outliers: int
    most: tuple[ChangedQuery, ...]


@dataclass(frozen=True, repr=False)
class OverlapAudit(Audit):
    """Rank consistency of one model over one corpus.

    Attributes:
        measurement: overlaps of each query and operator.
        operators: figures of each, in the order of the conditions.
        other: mean overlap of a query's list with another query's: what no change at all to the corpus'
            favourites would give; with a bootstrap interval.
    """

    measurement: OverlapMeasurement
    operators: tuple[OperatorFigures, ...]
    other: Estimate

    def figures(self) -> Iterable[Field]:
        """Return the mean overlap by operator."""
        return ((one.facts.name, one.overlap) for one in self.operators)


@dataclass(frozen=True, repr=False)
class OverlapComparison(Comparison):
    """Two subjects on the same changed queries.

    Attributes:
        rank_biased: paired difference of rank-biased overlap, right minus left, by operator.
    """

    rank_biased: dict[str, Estimate]

    def figures(self) -> Iterable[Field]:
        """Return the difference by operator."""
        return self.rank_biased.items()
