"""Cells of a family that fail, with their texts and similarities, so that a reader can check them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from evenband.analysis.pairs.violations import Violation, violations_of
from evenband.narrative.abridgement import abridge, abridge_label
from evenband.narrative.formats import fixed, percent, significant
from evenband.report.blocks.pairs.pair_views import Case
from evenband.types import PairsMeasurement, ProbeType, Similarity
from evenband.types.picture_texts import shown_text

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
        yield _case(measurement, violation)


def _case(measurement: PairsMeasurement, violation: Violation) -> Case:
    type_, similarity = measurement.probe.type, measurement.subject.similarity
    names = [*CASE_TEXTS[type_]]
    names += names[-1:] * (len(violation.texts) - len(names))
    write = partial(fixed, digits=4) if similarity == "cosine" else partial(significant, digits=5)
    similar = ["", *(write(score) for score in violation.scores)]
    named = [shown_text(text) for text in violation.texts]
    shown = abridge(named)
    is_asked_from_a = measurement.probe.is_asked_from_a
    return Case(
        title=abridge_label(violation.label),
        texts=tuple(zip(names, shown, similar, strict=True)),
        sentence=_fault(type_, violation, similarity, is_asked_from_a=is_asked_from_a),
        similarity=similarity,
        whole=tuple("" if part == text else text for part, text in zip(shown, named, strict=True)),
    )


def _fault(type_: ProbeType, violation: Violation, similarity: Similarity, *, is_asked_from_a: bool) -> str:
    """Say what is wrong, with the margin by which the cell fails."""
    by = "" if similarity == "cosine" else f" by {similarity}"
    if type_ == "INV" and similarity == "relevance":
        query, answer = ("text", "variant") if is_asked_from_a else ("variant", "text")
        return (
            f"For the {query} as a query, {percent(-violation.margin)} of the rivals, other labels’ "
            f"{answer}s, score higher than its own {answer} does."
        )
    if type_ == "INV" and by:
        return (
            f"Other labels’ texts are nearer to the text{by} than the variant is. By cosine, the change "
            f"moves it {fixed(-violation.margin, 2)} times as far as another label does."
        )
    if type_ == "INV":
        return f"The change moves the text {fixed(-violation.margin, 2)} times as far as another label does."
    gap = significant(-violation.margin, 4) if by else fixed(-violation.margin, 4)
    if type_ == "DIFF":
        return f"The changed text is nearer{by} to the text than its paraphrases are, by {gap} on average."
    return f"The irrelevant text is nearer{by} to the query, by {gap}."
