"""Cells of a family that fail, with texts and similarities to be checked by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evenband.analysis.pairs.violations import Violation, violations_of
from evenband.narrative.formats import fixed
from evenband.report.views import Case
from evenband.types import PairsMeasurement, ProbeType

CASES = 3
"""Cells that fail, shown for each family, each of another sentence."""

TEXTS: Mapping[ProbeType, tuple[str, ...]] = {
    "INV": ("text", "variant"),
    "DIFF": ("text", "changed", "paraphrase"),
    "ORDER": ("query", "relevant", "irrelevant"),
}


def worst_cases(measurement: PairsMeasurement) -> Iterator[Case]:
    """The worst first, each of another sentence."""
    for found in violations_of(measurement, CASES, varied=True):
        yield _case(measurement.probe.type, found)


def _case(type_: ProbeType, found: Violation) -> Case:
    names = [*TEXTS[type_], *[TEXTS[type_][-1]] * max(0, len(found.texts) - len(TEXTS[type_]))]
    similar = ["", *(fixed(score, 4) for score in found.scores)]
    texts = tuple(zip(names, found.texts, similar, strict=True))
    return Case(found.label, texts, _fault(type_, found))


def _fault(type_: ProbeType, found: Violation) -> str:
    """What is wrong, in figures that a reader can check."""
    if type_ == "INV":
        return f"The change moves the text {fixed(-found.margin, 2)} times as far as another label does."
    gap = fixed(-found.margin, 4)
    if type_ == "DIFF":
        return f"The changed text is nearer to the text than its paraphrases are, by {gap} on average."
    return f"The irrelevant text is nearer to the query, by {gap}."
