"""An explanation of one label in sentences. All numbers come from the explanation.

s is the cosine similarity of a pair, d = 1 - s its distance; z is a robust z-score of log d within one
sentence; q is a p-value adjusted for the false discovery rate.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from evenband.analysis.pairs.divergence import INSIDE
from evenband.analysis.pairs.explanation import Explanation
from evenband.analysis.pairs.verdict import untested
from evenband.narrative.formats import counted, fixed
from evenband.narrative.pairs.verdicts import MEANINGS
from evenband.types import Divergence, Insight, Inspection
from evenband.unshown_words import examples_of
from evenband.wording import listed, signed_as_read

ABOVE_MOST = 2.0
"""z beyond which a label is farther than most others in a sentence; *far* begins later, see limits."""

NEGLIGIBLE = 0.03
"""Factors this close to 1 are left out."""

CELLS_NAMED = 4
"""Sentences in which the label is far that one sentence names, at most."""

MATCHES_NAMED = 4
"""Similar labels that a sentence names, at most."""


def sentences_of(explanation: Explanation) -> Iterator[str]:
    """Yield a sentence for each known part, verdict first; for a blind model only that it is blind."""
    if explanation.blind:
        yield (
            f"{explanation.measurement.subject.name} does not see this change (blind): all distances are "
            "below three noise floors, so there is nothing to explain."
        )
        return
    yield _verdict(explanation)
    if explanation.expected is not None:
        yield _expectation(explanation)
    if len(explanation.row) > 1:
        yield _row(explanation)
    if explanation.controls:
        yield _controls(explanation)
    if explanation.standing is not None:
        yield _matches(explanation)
    if explanation.insight is not None:
        yield from _inside(explanation.insight)
    if explanation.reference is not None:
        yield _reference(explanation)
    if _has_remainder(explanation):
        yield _remainder(explanation)


def _verdict(explanation: Explanation) -> str:
    outlier = explanation.outlier
    if outlier.verdict is None and outlier.q is None:
        return (
            f"{explanation.label}: {untested(len(explanation.measurement.items))}. Its farthest text has "
            f"s {fixed(outlier.score, 4)}, z {fixed(outlier.z, 1)} in {quote(outlier.template)}."
        )
    if outlier.verdict is None:
        return (
            f"{explanation.label} is no outlier: s {fixed(outlier.score, 4)}, z {fixed(outlier.z, 1)} in "
            f"{quote(outlier.template)} is within the tail of the band."
        )
    evidence = f" Evidence: {'; '.join(outlier.evidence)}." if outlier.evidence else ""
    return f"{explanation.label}: {outlier.verdict}. That is, {MEANINGS[outlier.verdict]}.{evidence}"


def _expectation(explanation: Explanation) -> str:
    expected = explanation.expected
    assert expected is not None
    parts = [
        f"x{one.factor:.2f} {one.description} ({one.reading})"
        for one in expected.contributions
        if abs(one.factor - 1) > NEGLIGIBLE
    ]
    why = f"; the largest contributions: {'; '.join(parts)}" if parts else ""
    place = "above" if expected.surprising else "within"
    mean = f" (geometric mean of its {len(explanation.row)} sentences)" if len(explanation.row) > 1 else ""
    return (
        f"Its distance 1 − s is {expected.observed:.4f}{mean}, the usual one {expected.usual:.4f}. "
        f"From what is known about it, {expected.expected:.4f} is expected, "
        f"for 90% of such labels between {expected.low:.4f} and {expected.high:.4f}{why}. "
        f"It is {place} that interval: x{expected.observed / expected.usual:.1f} the usual distance, "
        f"where x{expected.expected / expected.usual:.1f} is expected."
    )


def _row(explanation: Explanation) -> str:
    far = [cell for cell in explanation.row if cell.z > ABOVE_MOST]
    sentence = (
        f"It is farther than most (z above {ABOVE_MOST:g}) in {len(far)} of {len(explanation.row)} sentences"
    )
    names = ", ".join(
        f"{quote(cell.template)} {cell.z:.1f}" for cell in sorted(far, key=lambda cell: -cell.z)[:CELLS_NAMED]
    )
    return f"{sentence}: {names}." if names else f"{sentence}."


def _controls(explanation: Explanation) -> str:
    mean = sum(cell.z for cell in explanation.controls) / len(explanation.controls)
    worst = max(explanation.controls, key=lambda cell: cell.z)
    controls = counted(len(explanation.controls), "control perturbation")
    return (
        f"Under {controls}, changes that mean nothing, its z is {fixed(mean, 1)} on average, "
        f"at most {fixed(worst.z, 1)} ({worst.name})."
    )


def _matches(explanation: Explanation) -> str:
    standing = explanation.standing
    assert standing is not None
    matches = [match.label for match in explanation.matches]
    names = listed(
        examples_of(explanation.measurement.probe.slot, matches), MATCHES_NAMED, total=len(matches)
    )
    if standing.n == 2:
        return f"The label most like it is {names}; it is {standing.factor:.1f} times as far as that."
    return (
        f"Among itself and the {standing.n - 1} labels most like it ({names}) it ranks {standing.rank} "
        f"of {standing.n} by distance, {standing.factor:.1f} times their median."
    )


def _inside(insight: Insight) -> Iterator[str]:
    inspection, divergence = insight.inspection, insight.divergence
    if divergence is not None and divergence.split is not None and divergence.shares is not None:
        yield layers_sentence(divergence, len(inspection.layers) - 1)
    yield _attribution(inspection)
    if inspection.pooling_share is not None:
        yield f"Pooling over one more token accounts for {inspection.pooling_share:.0%} of the distance."


def layers_sentence(divergence: Divergence, last: int) -> str:
    """Say from which layer on the pair is unusually far apart, and which layer adds most of that."""
    shares = divergence.shares
    assert shares is not None
    assert divergence.split is not None

    def at(place: int) -> str:
        ratio = divergence.ratios[place]
        name = f"layer {place} of {last}" if place else "the embeddings"
        return name if ratio is None else f"{name} (x{ratio:.2f} the ordinary distance)"

    most = max(range(len(shares)), key=lambda place: shares[place])
    start = f"Inside the model it is farther apart than {INSIDE:.0%} of ordinary pairs from "
    start += f"{at(divergence.split)} on"
    added = f"adds the largest part of its excess over them, {shares[most]:.0%}"
    return f"{start}; this step {added}." if most == divergence.split else f"{start}; {at(most)} {added}."


def _attribution(inspection: Inspection) -> str:
    parts = sorted(inspection.attribution.parts, key=lambda part: -abs(part.contribution))[:3]
    total = inspection.attribution.total or 1.0
    shares = [signed_as_read(f"{part.contribution / total:+.0%}") for part in parts]
    named = ", ".join(f"{quote(part.piece)} {share}" for part, share in zip(parts, shares, strict=True))
    return f"The tokens that carry most of the distance: {named}."


def _reference(explanation: Explanation) -> str:
    pairs = [(cell.score, cell.reference) for cell in explanation.row if cell.reference is not None]
    if not pairs:
        return f"{explanation.reference} did not measure its texts."
    here = sum(score for score, _ in pairs) / len(pairs)
    there = sum(other for _, other in pairs) / len(pairs)
    return f"On the reference {explanation.reference} its mean s is {fixed(there, 4)}, here {fixed(here, 4)}."


def _remainder(explanation: Explanation) -> str:
    expected = explanation.expected
    assert expected is not None
    factor = expected.observed / expected.expected
    return f"What is left, a factor of {factor:.1f} beyond the expected distance, is unexplained."


def _has_remainder(explanation: Explanation) -> bool:
    surprising = explanation.expected is not None and explanation.expected.surprising
    return explanation.outlier.verdict is not None and surprising


def how_to_look(explanation: Explanation) -> str:
    """Say what to type to see layers and tokens of a label's pair, as the end of a sentence."""
    measurement = explanation.measurement
    model, probe = measurement.key
    words = shlex.join(["-p", probe, "-m", model, "--", explanation.label])
    if not explanation.label.startswith("-"):
        words = shlex.join([explanation.label, "-p", probe, "-m", model])
    return (
        f"type: evenband explain DIR {words} (DIR is the run's folder; the model must be one that runs here)."
    )


def quote(text: str) -> str:
    """Return the text in double quotes."""
    return f'"{text}"'
