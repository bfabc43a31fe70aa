"""The analysis of word arithmetic: accuracy by convention and by section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.analogy.analogy_audit import AnalogyAudit, AnalogyComparison, SectionAccuracy
from evenband.analysis.audits import Analysis, Circumstances
from evenband.analysis.gated import GatedFigure
from evenband.stats.intervals import wilson
from evenband.stats.paired import mean_difference
from evenband.types import AnalogyMeasurement, Estimate

TOP_RANKS = 10
"""Ranks that count as found among the first."""

ABSENT_NAMED = 3
"""Words without a vector that a note names."""

FEWEST_QUESTIONS = 30
"""Questions below which a note says that there are few."""


class AnalogyAnalysis(Analysis):
    """How often, and in which sections, the expected word comes first."""

    def analyse(self, measurement: AnalogyMeasurement, circumstances: Circumstances) -> AnalogyAudit:
        """Return accuracy, reciprocal and median ranks by convention, and accuracy by section."""
        ranks = {name: measurement.scores[:, k] for k, name in enumerate(measurement.conditions)}
        sections = np.array(measurement.columns["section"], dtype=object)
        return AnalogyAudit(
            measurement=measurement,
            notes=tuple(_notes(measurement)),
            detailed=circumstances.detailed,
            accuracy={name: _share(column == 1) for name, column in ranks.items()},
            top={name: _share(column <= TOP_RANKS) for name, column in ranks.items()},
            reciprocal_rank={
                name: _mean(1 / column[:, None], circumstances.rng) for name, column in ranks.items()
            },
            median_rank={name: float(np.median(column)) for name, column in ranks.items()},
            sections=tuple(
                SectionAccuracy(
                    section,
                    {name: _share(column[sections == section] == 1) for name, column in ranks.items()},
                )
                for section in dict.fromkeys(sections.tolist())
            ),
        )

    def compare(
        self, left: AnalogyMeasurement, right: AnalogyMeasurement, rng: np.random.Generator
    ) -> AnalogyComparison:
        """Return the paired difference in accuracy by convention."""
        accuracy = {
            name: mean_difference(left.scores[:, [k]] == 1, right.scores[:, [k]] == 1, rng)
            for k, name in enumerate(left.conditions)
        }
        return AnalogyComparison(left, right, accuracy)

    def gated(self, left: AnalogyMeasurement, right: AnalogyMeasurement) -> Iterator[GatedFigure]:
        """Yield the accuracy by convention."""
        for column, name in enumerate(left.conditions):
            other = right.conditions.index(name)
            before, after = (
                np.where(ranks == 1, 1.0, 0.0)
                for ranks in (left.scores[:, [column]], right.scores[:, [other]])
            )
            yield GatedFigure("accuracy", name, "higher", before, after)

    def summarise(self, audit: AnalogyAudit) -> dict[str, Any]:
        """Return the figures by convention and section as plain data."""
        details = audit.measurement.details
        return {
            "accuracy": _plain(audit.accuracy),
            "top10": _plain(audit.top),
            "reciprocal_rank": _plain(audit.reciprocal_rank),
            "median_rank": dict(audit.median_rank),
            "candidates": details.candidates,
            "sections": [
                {"section": one.section, "accuracy": _plain(one.accuracy)} for one in audit.sections
            ],
            "missing": [{"question": question, "word": word} for question, word in details.missing],
        }

    def summarise_comparison(self, comparison: AnalogyComparison) -> dict[str, Any]:
        """Return the paired difference in accuracy by convention."""
        return {"metric": "accuracy", "difference": _plain(comparison.accuracy)}


def _plain(estimates: Any) -> dict[str, Any]:
    return {name: asdict(one) for name, one in estimates.items()}


def _share(hits: NDArray[np.bool_]) -> Estimate:
    """Return a share with Wilson's interval."""
    n = len(hits)
    value = float(hits.mean())
    low, high = wilson(value, n)
    return Estimate(value, low, high, n)


def _mean(values: NDArray[np.float64], rng: np.random.Generator) -> Estimate:
    return mean_difference(np.zeros_like(values), values, rng)


def _notes(measurement: AnalogyMeasurement) -> Iterator[str]:
    """Yield what a reader must know before believing the figures."""
    missing = measurement.details.missing
    if missing:
        absent = dict.fromkeys(word for _, word in missing)
        named = ", ".join(repr(word) for word in list(absent)[:ABSENT_NAMED])
        more = f" and {len(absent) - ABSENT_NAMED:,} more" if len(absent) > ABSENT_NAMED else ""
        yield (
            f"missing: {len(missing):,} of {len(missing) + len(measurement.items):,} questions have a word "
            f"without a vector ({named}{more}) and are left out"
        )
    if len(measurement.items) < FEWEST_QUESTIONS:
        count = len(measurement.items)
        yield f"few questions: {count}, so that the intervals are wide"
