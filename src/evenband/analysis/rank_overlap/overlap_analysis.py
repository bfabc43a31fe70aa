"""The analysis of overlap: means, bands and the queries that changed most, by operator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from evenband.analysis.audits import Analysis, Circumstances
from evenband.analysis.gated import GatedFigure
from evenband.analysis.rank_overlap.overlap_audit import (
    ChangedQuery,
    OperatorFigures,
    OverlapAudit,
    OverlapComparison,
)
from evenband.stats.paired import mean_difference
from evenband.stats.query_means import bootstrap_means
from evenband.types import Estimate, OperatorFacts, OverlapMeasurement, Scores
from evenband.wording import counted, listed

CHANGED_LISTED = 10
"""Queries that an audit lists for each operator."""

FAR_OUT = 3.0
"""Interquartile ranges below the lower quartile from which on a query is far below the band."""

CONSTANT_OVERLAP = 0.5
"""Overlap of two queries' lists from which on a note says that every query finds the same."""


class OverlapAnalysis(Analysis):
    """How much of the first documents stays, by operator."""

    def analyse(self, measurement: OverlapMeasurement, circumstances: Circumstances) -> OverlapAudit:
        """Return the figures by operator, and what two different queries have in common."""
        details, rng = measurement.details, circumstances.rng
        applied = details.applied == 1
        first_kept = np.where(details.first_rank == 1, 1.0, 0.0)
        tables = [
            np.where(applied, table, np.nan)
            for table in (measurement.scores, details.rank_biased, first_kept)
        ]
        estimates = bootstrap_means(np.concatenate([*tables, details.other_overlap[:, :1]], axis=1), rng)
        t = len(measurement.conditions)
        operators = tuple(
            OperatorFigures(
                facts=facts,
                queries=int(applied[:, column].sum()),
                overlap=estimates[column],
                rank_biased=estimates[t + column],
                first_kept=estimates[2 * t + column],
                **_band(details.rank_biased[applied[:, column], column]),
                most=_most(measurement, column, facts),
            )
            for column, facts in enumerate(details.operators)
        )
        return OverlapAudit(
            measurement=measurement,
            notes=tuple(_notes(measurement, estimates[-1])),
            detailed=circumstances.detailed,
            operators=operators,
            other=estimates[-1],
        )

    def compare(
        self, left: OverlapMeasurement, right: OverlapMeasurement, rng: np.random.Generator
    ) -> OverlapComparison:
        """Return the paired difference of rank-biased overlap, over the queries that an operator changes."""
        differences: dict[str, Estimate] = {}
        for column, name in enumerate(left.conditions):
            rows = (left.details.applied[:, column] == 1) & (right.details.applied[:, column] == 1)
            if rows.any():
                before, after = (one.details.rank_biased[rows, column] for one in (left, right))
                differences[name] = mean_difference(before[:, None], after[:, None], rng)
            else:
                differences[name] = Estimate(None)
        return OverlapComparison(left, right, differences)

    def gated(self, left: OverlapMeasurement, right: OverlapMeasurement) -> Iterator[GatedFigure]:
        """Yield rank-biased overlap, overlap and the share of first documents that stay, by operator.

        Where the meaning stays, more is better; where it changes, less. Rank-biased overlap is usual.
        """
        effects = {one.name: one.effect for one in left.details.operators}
        for column, name in enumerate(left.conditions):
            columns = column, right.conditions.index(name)
            sides = list(zip((left, right), columns, strict=True))
            applied = np.all([one.details.applied[:, place] == 1 for one, place in sides], axis=0)
            for metric in ("RBO", left.metric.name, "first stays"):
                before, after = (
                    np.where(applied, _gated_column(one, place, metric), np.nan)[:, None]
                    for one, place in sides
                )
                better: Literal["higher", "lower"] = (
                    "higher" if effects.get(name, "keeps") == "keeps" else "lower"
                )
                yield GatedFigure(metric, name, better, before, after, usual=metric == "RBO")

    def summarise(self, audit: OverlapAudit) -> dict[str, Any]:
        """Return the figures by operator as plain data."""
        details = audit.measurement.details
        return {
            "k": details.k,
            "documents": details.documents,
            "corpus": details.corpus,
            "pipeline": details.pipeline,
            "other_overlap": asdict(audit.other),
            "operators": [
                {
                    "operator": one.facts.name,
                    "effect": one.facts.effect,
                    **_plain(one),
                }
                for one in audit.operators
            ],
        }

    def summarise_comparison(self, comparison: OverlapComparison) -> dict[str, Any]:
        """Return the paired differences by operator."""
        differences = {name: asdict(one) for name, one in comparison.rank_biased.items()}
        return {"metric": "rank-biased overlap", "difference": differences}


def _gated_column(measurement: OverlapMeasurement, column: int, metric: str) -> Scores:
    """Return what a gate can hold of an operator. Shape: (n,)."""
    details = measurement.details
    if metric == "RBO":
        return details.rank_biased[:, column]
    if metric == "first stays":
        return np.where(details.first_rank[:, column] == 1, 1.0, 0.0)
    return measurement.scores[:, column]


def _plain(figures: OperatorFigures) -> dict[str, Any]:
    plain = asdict(figures)
    del plain["facts"]
    return {**plain, "band": None if figures.band is None else list(figures.band)}


def _band(values: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    """Return the quantiles of the rank-biased overlap, and the number of queries far below them."""
    if not values.size:
        return {"band": None, "outliers": 0}
    low, quarter, middle, upper, high = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    fence = quarter - FAR_OUT * (upper - quarter)
    return {
        "band": (float(low), float(middle), float(high)),
        "outliers": int((values < fence - 1e-12).sum()),
    }


def _most(measurement: OverlapMeasurement, column: int, facts: OperatorFacts) -> tuple[ChangedQuery, ...]:
    """Return the queries that changed most, or least where the meaning changes."""
    details = measurement.details
    biased = details.rank_biased[:, column]
    order = np.argsort(biased if facts.effect == "keeps" else -biased, kind="stable")
    rows = [row for row in order.tolist() if details.applied[row, column] == 1][:CHANGED_LISTED]
    if facts.effect == "keeps":
        rows = [row for row in rows if biased[row] < 1]
    return tuple(
        ChangedQuery(
            query=measurement.items[row],
            changed=str(details.changed[row, column]),
            overlap=float(measurement.scores[row, column]),
            rank_biased=float(biased[row]),
            first_rank=None
            if np.isnan(details.first_rank[row, column])
            else float(details.first_rank[row, column]),
            lost=str(details.lost[row, column]),
        )
        for row in rows
    )


def _notes(measurement: OverlapMeasurement, other: Estimate) -> Iterator[str]:
    """Yield what a reader must know before believing the figures."""
    details = measurement.details
    yield from details.remarks
    idle = [one.name for column, one in enumerate(details.operators) if not details.applied[:, column].any()]
    if idle:
        yield f"not applied: no query has the words or signs that {listed(idle)} would change"
    if details.documents <= 2 * details.k:
        yield (
            f"small corpus: {counted(details.documents, 'document')}, so that the first {details.k} of any "
            "two queries have most in common"
        )
    elif other.value is not None and other.value >= CONSTANT_OVERLAP:
        yield (
            f"alike: two different queries have {other.value:.0%} of their first {details.k} documents in "
            "common, so that an overlap says little"
        )
