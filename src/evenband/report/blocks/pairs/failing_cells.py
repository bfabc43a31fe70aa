"""Cells of a family that fail, with their texts and similarities, so that a reader can check them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evenband.analysis.pairs.violations import Violation, violations_of
from evenband.narrative.formats import fixed
from evenband.report.blocks.pairs.pair_views import Case
from evenband.types import PairsMeasurement, ProbeType

CASES = 3
"""Failing cells shown for each family, each from another sentence."""

CASE_TEXTS: Mapping[ProbeType, tuple[str, ...]] = {
    "INV": ("text", "variant"),
    "DIFF": ("text", "changed", "paraphrase"),
    "ORDER": ("query", "relevant", "irrelevant"),
}


def worst_cases(measurement: PairsMeasurement) -> Iterator[Case]:
    """Yield the worst cells, worst first, each from another sentence."""
    for violation in violations_of(measurement, CASES, varied=True):
        yield _case(measurement.probe.type, violation)


def _case(type_: ProbeType, violation: Violation) -> Case:
    names = [*CASE_TEXTS[type_]]
    names += names[-1:] * (len(violation.texts) - len(names))
    similar = ["", *(fixed(score, 4) for score in violation.scores)]
    texts = tuple(zip(names, violation.texts, similar, strict=True))
    return Case(violation.label, texts, _fault(type_, violation))


def _fault(type_: ProbeType, violation: Violation) -> str:
    """Say what is wrong, with the margin by which the cell fails."""
    if type_ == "INV":
        return f"The change moves the text {fixed(-violation.margin, 2)} times as far as another label does."
    gap = fixed(-violation.margin, 4)
    if type_ == "DIFF":
        return f"The changed text is nearer to the text than its paraphrases are, by {gap} on average."
    return f"The irrelevant text is nearer to the query, by {gap}."
