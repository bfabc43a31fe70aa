"""Audit of an agreement measurement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evenband.analysis.audits import Audit
from evenband.types import AgreementMeasurement, Estimate, SentInput
from evenband.types.summaries import Field


@dataclass(frozen=True, repr=False)
class AgreementAudit(Audit):
    """How far two references that should be one model differ.

    Intervals are over texts; a largest difference has none, since it belongs to these very texts.

    Attributes:
        measurement: the score is 1 - cosine of a text's two vectors.
        largest: largest 1 - cosine, in [0, 2].
        median: median 1 - cosine.
        component_largest: largest difference of a component of the unit vectors, in [0, 2].
        component_median: median over texts of a text's largest such difference.
        pair_largest: largest difference of the cosine of two of the texts, in [0, 2].
        pair_median: median over texts of a text's median such difference.
        overlap: mean share of a text's nearest neighbours that both sides have, in [0, 1].
        overlap_worst: the smallest share of one text.
        worst: rows of the measurement, the largest 1 - cosine first.
        fewest_shared: rows of the texts with the fewest neighbours in common, the fewest first.
        tolerance: largest 1 - cosine that the user accepts; ``None`` if no limit was set.
    """

    measurement: AgreementMeasurement
    largest: Estimate
    median: Estimate
    component_largest: Estimate
    component_median: Estimate
    pair_largest: Estimate
    pair_median: Estimate
    overlap: Estimate
    overlap_worst: Estimate
    worst: tuple[int, ...]
    fewest_shared: tuple[int, ...]
    tolerance: float | None = None

    def figures(self) -> Iterable[Field]:
        """Return both sides' difference, and by how much it is above the tolerance."""
        yield "against", self.measurement.details.left.name
        yield from (("largest", self.largest), ("median", self.median))
        yield from (("overlap", self.overlap), ("excess", self.excess))

    @property
    def excess(self) -> float | None:
        """By how much the largest 1 - cosine is above the tolerance; ``None`` if it is not."""
        if self.tolerance is None or self.largest.value is None or self.largest.value <= self.tolerance:
            return None
        return self.largest.value - self.tolerance

    @property
    def reinterpreted(self) -> tuple[SentInput, ...]:
        """The texts that the two sides send differently, of those that differ most."""
        return tuple(sent for sent in self.measurement.details.inputs if sent.differs)
