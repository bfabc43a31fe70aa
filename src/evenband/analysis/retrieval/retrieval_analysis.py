"""The analysis of retrieval: figures with intervals, what each step loses, and paired tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from evenband.analysis.alignment import aligned
from evenband.analysis.audits import Analysis, Circumstances
from evenband.analysis.gated import GatedFigure
from evenband.analysis.retrieval.gated_searches import gated_searches
from evenband.analysis.retrieval.paired_tests import adjusted_tests, paired_test, pipeline_tests
from evenband.analysis.retrieval.retrieval_audit import (
    LostQuery,
    PipelineFigures,
    RetrievalAudit,
    RetrievalComparison,
    Step,
)
from evenband.errors import InputError
from evenband.stats.paired import mean_difference
from evenband.stats.query_means import bootstrap_means
from evenband.types import (
    Estimate,
    RetrievalMeasurement,
    Scores,
    pipeline_base,
)

LOST_LISTED = 10
"""Queries that lost a document that an audit lists for each step."""

ROUNDING = 1e-9
"""Difference of two recalls that is rounding only."""

FEWEST_QUERIES = 30
"""Queries below which a note says that there are few."""


class RetrievalAnalysis(Analysis):
    """How well each pipeline finds what is relevant, and what each step loses."""

    def analyse(self, measurement: RetrievalMeasurement, circumstances: Circumstances) -> RetrievalAudit:
        """Return figures by pipeline, lost queries by step, and paired tests of the steps."""
        is_judged = measurement.details.is_judged
        bases = (
            {name: pipeline_base(name, measurement.conditions) for name in measurement.conditions}
            if is_judged
            else {}
        )
        return RetrievalAudit(
            measurement=measurement,
            notes=tuple(_notes(measurement)),
            detailed=circumstances.detailed,
            pipelines=tuple(_figures(measurement, circumstances)),
            steps=tuple(_step(measurement, name, base) for name, base in bases.items()),
            tests=pipeline_tests(measurement, bases),
            chance=_chance(measurement) if is_judged else None,
        )

    def compare(
        self, left: RetrievalMeasurement, right: RetrievalMeasurement, rng: np.random.Generator
    ) -> RetrievalComparison:
        """Return the paired differences on the queries and pipelines that both have.

        Two runs need not have the same pipelines, but the same documents, queries and judgements. Two
        subjects without a common pipeline, such as a model and a run file, are compared by their first ones.

        Raises:
            InputError: if the datasets or the cutoffs of nDCG differ, or no query is shared.
        """
        left, right = self.made_comparable(left, right)
        k = left.details.cutoff
        names = left.conditions
        order = [right.conditions.index(name) for name in names]
        gains = right.scores[:, order] - left.scores

        def by_pipeline(before: Any, after: Any) -> dict[str, Estimate]:
            return {
                name: mean_difference(before[:, [column]], after[:, [order[column]]], rng)
                for column, name in enumerate(names)
            }

        tests = adjusted_tests(
            paired_test(left.subject.name, right.subject.name, name, gains[:, column])
            for column, name in enumerate(names)
        )
        is_judged = left.details.is_judged and right.details.is_judged
        both_count = is_judged and k in left.details.recall and k in right.details.recall
        return RetrievalComparison(
            left,
            right,
            ndcg=by_pipeline(left.scores, right.scores),
            recall=by_pipeline(left.details.recall[k], right.details.recall[k]) if both_count else {},
            tests=tests,
        )

    def made_comparable(
        self, left: RetrievalMeasurement, right: RetrievalMeasurement
    ) -> tuple[RetrievalMeasurement, RetrievalMeasurement]:
        """Return two measurements with the queries and pipelines that both have.

        Two without a common pipeline, such as those of a model and a run file, keep their first ones.

        Raises:
            InputError: if the datasets or the cutoffs of nDCG differ, or no query is shared.
        """
        _check_comparable(left, right)
        if set(left.conditions).isdisjoint(right.conditions):
            left, right = (one.take(range(len(one.items)), [0]) for one in (left, right))
            right = replace(right, conditions=left.conditions)
        return aligned(left, right)

    def gated(self, left: RetrievalMeasurement, right: RetrievalMeasurement) -> Iterator[GatedFigure]:
        """Return nDCG, recall, MRR and precision@1 of each pipeline."""
        return gated_searches(left, right)

    def summarise(self, audit: RetrievalAudit) -> dict[str, Any]:
        """Return the figures, steps and tests as plain data."""
        details = audit.measurement.details
        return {
            "cutoff": details.cutoff,
            "depth": details.depth,
            "judged": details.is_judged,
            "documents": details.documents,
            "corpus": details.corpus,
            "chance": audit.chance,
            "reranker": None if details.reranker is None else details.reranker.ref,
            "pipelines": [_plain(one) for one in audit.pipelines],
            "steps": [asdict(one) for one in audit.steps],
            "tests": [asdict(one) for one in audit.tests],
        }

    def summarise_comparison(self, comparison: RetrievalComparison) -> dict[str, Any]:
        """Return the paired differences by pipeline, and the tests."""
        return {
            "metric": comparison.left.metric.name,
            "difference": {name: asdict(one) for name, one in comparison.ndcg.items()},
            "recall": {name: asdict(one) for name, one in comparison.recall.items()},
            "tests": [asdict(one) for one in comparison.tests],
        }


def _check_comparable(left: RetrievalMeasurement, right: RetrievalMeasurement) -> None:
    """Refuse two measurements that did not ask the same, naming what differs.

    Raises:
        InputError: if documents, queries or judgements differ, or the cutoff of nDCG does.
    """
    name = left.probe.name
    if left.details.corpus != right.details.corpus:
        raise InputError(
            f"{name}: the two runs have other documents, queries or judgements, expected the same"
        )
    if left.metric != right.metric:
        raise InputError(
            f"{name}: {left.metric.name} and {right.metric.name} do not compare; measure both with the "
            "same -k"
        )


def _figures(measurement: RetrievalMeasurement, circumstances: Circumstances) -> Iterator[PipelineFigures]:
    """Yield the figures of each pipeline; all are resampled with the same queries."""
    details = measurement.details
    unknown = np.full(measurement.scores.shape, np.nan)
    tables = {
        "ndcg": measurement.scores if details.is_judged else unknown,
        **{f"recall {k}": table for k, table in details.recall.items()},
        **{f"precision {k}": table for k, table in _precision(measurement).items()},
        "reciprocal_rank": details.reciprocal_rank,
        "first_right": details.first_right,
        "against_exact": details.against_exact,
    }
    t = len(measurement.conditions)
    estimates = bootstrap_means(np.concatenate(list(tables.values()), axis=1), circumstances.rng)
    by_table = {name: estimates[place * t : (place + 1) * t] for place, name in enumerate(tables)}
    facts = {one.name: one for one in details.pipelines}
    for column, name in enumerate(measurement.conditions):
        costs: Mapping[str, float] = circumstances.costs.get(name, {})
        yield PipelineFigures(
            name=name,
            ndcg=by_table["ndcg"][column],
            recall={k: by_table[f"recall {k}"][column] for k in details.recall},
            precision={k: by_table[f"precision {k}"][column] for k in details.recall},
            reciprocal_rank=by_table["reciprocal_rank"][column],
            first_right=by_table["first_right"][column],
            against_exact=by_table["against_exact"][column],
            nbytes=facts[name].nbytes if name in facts else 0,
            rescored_nbytes=facts[name].rescored_nbytes if name in facts else 0,
            build_seconds=costs.get("build_seconds"),
            queries_per_second=costs.get("queries_per_second"),
        )


def _precision(measurement: RetrievalMeasurement) -> dict[int, Scores]:
    """Return the share of each query's first k documents that are relevant: of as many, recall says how many.

    Shape: (n, t), by k.
    """
    relevant = np.array(measurement.columns["relevant"], dtype=np.float64)[:, None]
    return {k: table * relevant / k for k, table in measurement.details.recall.items()}


def _step(measurement: RetrievalMeasurement, name: str, base: str) -> Step:
    """Return which queries lose a relevant document at a step; the model's own step loses what it misses."""
    details, column = measurement.details, measurement.conditions.index(name)
    recall = details.recall.get(details.cutoff, next(iter(details.recall.values())))
    after = recall[:, column]
    before = recall[:, measurement.conditions.index(base)] if base else _reachable(measurement)
    change = np.where(np.abs(after - before) > ROUNDING, after - before, 0.0)
    order = [row for row in np.argsort(change, kind="stable")[:LOST_LISTED].tolist() if change[row] < 0]
    texts = measurement.columns["text"]
    ranks = details.rank
    return Step(
        pipeline=name,
        base=base,
        lost=int((change < 0).sum()),
        gained=int((change > 0).sum()),
        worst=tuple(
            LostQuery(
                measurement.items[row],
                str(texts[row]),
                _rank(ranks[row, measurement.conditions.index(base)]) if base else None,
                _rank(ranks[row, column]),
                str(details.first[row, column]),
            )
            for row in order
        ),
    )


def _reachable(measurement: RetrievalMeasurement) -> Scores:
    """Return the recall at the cutoff that no search can exceed: 10 of 50 relevant documents at most."""
    details = measurement.details
    k = details.cutoff if details.cutoff in details.recall else next(iter(details.recall))
    relevant = np.array([max(1, int(count)) for count in measurement.columns["relevant"]])
    return np.minimum(1.0, k / relevant)


def _rank(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _chance(measurement: RetrievalMeasurement) -> float:
    """Return the recall at the cutoff that a random order of the documents has."""
    details = measurement.details
    return min(1.0, details.cutoff / max(details.documents, 1))


def _plain(figures: PipelineFigures) -> dict[str, Any]:
    """Return a pipeline's figures as plain data; recall and precision by their cutoffs as text."""
    return {
        **asdict(figures),
        "recall": {str(k): asdict(one) for k, one in figures.recall.items()},
        "precision": {str(k): asdict(one) for k, one in figures.precision.items()},
    }


def _notes(measurement: RetrievalMeasurement) -> Iterator[str]:
    """Yield what a reader must know before believing the figures."""
    details = measurement.details
    if not details.is_judged:
        yield (
            "unjudged: nobody says what is relevant to these queries, so that recall, nDCG, MRR and "
            "precision have no value; what an index keeps of exact search, speed and size have one"
        )
    yield from details.remarks
    if len(measurement.items) < FEWEST_QUERIES:
        yield f"few queries: {len(measurement.items)}, so that the intervals are wide"
    empty = [
        name
        for column, name in enumerate(measurement.conditions)
        if details.is_judged and not details.reciprocal_rank[:, column].any()
    ]
    if empty:
        yield f"nothing found: no relevant document among the first {details.depth} by {', '.join(empty)}"
