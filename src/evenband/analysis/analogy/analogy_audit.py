"""Audit and comparison of measurements of word arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evenband.analysis.audits import Audit, Comparison
from evenband.types import AnalogyMeasurement, Estimate
from evenband.types.summaries import Field


@dataclass(frozen=True)
class SectionAccuracy:
    """How often the expected word came first, in one section of the questions.

    Attributes:
        section: as the file names it; empty without sections.
        accuracy: by convention.
    """

    section: str
    accuracy: Mapping[str, Estimate]


@dataclass(frozen=True, repr=False)
class AnalogyAudit(Audit):
    """Word arithmetic over a set of questions, by convention.

    Attributes:
        measurement: ranks of the answers.
        accuracy: share of questions whose answer ranks first, in [0, 1], with Wilson's 90% interval.
        top: share whose answer is among the first ten, likewise.
        reciprocal_rank: mean of 1 / rank, in [0, 1], with a bootstrap interval over questions.
        median_rank: median rank of the answer, 1 or more.
        sections: accuracy of each section, in the file's order.
    """

    measurement: AnalogyMeasurement
    accuracy: Mapping[str, Estimate]
    top: Mapping[str, Estimate]
    reciprocal_rank: Mapping[str, Estimate]
    median_rank: Mapping[str, float]
    sections: tuple[SectionAccuracy, ...]

    def figures(self) -> Iterable[Field]:
        """Return the accuracy by convention."""
        return self.accuracy.items()


@dataclass(frozen=True, repr=False)
class AnalogyComparison(Comparison):
    """Two subjects on the questions that both could be asked.

    Attributes:
        accuracy: share of answers that rank first, right minus left, by convention; a paired bootstrap
            interval over questions.
    """

    accuracy: Mapping[str, Estimate]

    def figures(self) -> Iterable[Field]:
        """Return the difference in accuracy by convention."""
        return self.accuracy.items()
