"""The figures of a search that a gate can hold: metrics of each pipeline, query by query."""

from __future__ import annotations

from collections.abc import Iterator

from evenband.analysis.gated import GatedFigure
from evenband.types import EXACT_PIPELINE, RetrievalMeasurement, Scores, exact_metric


def gated_searches(left: RetrievalMeasurement, right: RetrievalMeasurement) -> Iterator[GatedFigure]:
    """Yield nDCG, recall, MRR, precision@1 and the share of exact search's documents of each pipeline.

    The first two at the cutoff are usual; the last one is without judgements.

    Args:
        left: measurement to compare with.
        right: measurement compared, with the same queries and pipelines.
    """
    before, after = _tables(left), _tables(right)
    itself = exact_metric(left.details.cutoff).name
    usual = (left.metric.name, f"recall@{left.details.cutoff}")
    for column, name in enumerate(left.conditions):
        other = right.conditions.index(name)
        for metric, table in before.items():
            is_itself = name == EXACT_PIPELINE and metric == itself
            if metric in after and not is_itself:
                cells = table[:, [column]], after[metric][:, [other]]
                yield GatedFigure(metric, name, "higher", *cells, usual=metric in usual)


def _tables(measurement: RetrievalMeasurement) -> dict[str, Scores]:
    """Return what a gate can hold, by name. Shape: (n, t) each."""
    details = measurement.details
    return {
        measurement.metric.name: measurement.scores,
        **{f"recall@{k}": table for k, table in details.recall.items()},
        f"MRR@{details.depth}": details.reciprocal_rank,
        "precision@1": details.first_right,
        exact_metric(details.cutoff).name: details.against_exact,
    }
