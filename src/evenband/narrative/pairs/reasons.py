"""An explanation in plain words. No number is computed here that is not in the explanation."""

from __future__ import annotations

from collections.abc import Iterator

from evenband.analysis.pairs.divergence import INSIDE
from evenband.analysis.pairs.explanation import Explanation
from evenband.analysis.pairs.verdict import untested
from evenband.narrative.pairs.verdicts import MEANINGS
from evenband.types import Divergence, Insight, Inspection

ABOVE_MOST = 2.0
"""z beyond which a label is farther than most others in a sentence; to be *far* takes more, see limits."""

NEGLIGIBLE = 0.03
"""A factor this near to 1 is not worth a sentence."""


def sentences_of(found: Explanation) -> Iterator[str]:
    """The nine parts that are known, the verdict first; of a blind model only that it is."""
    if found.blind:
        yield (
            f"{found.measurement.subject.name} does not see this change (blind): all distances are below "
            "three noise floors, so there is nothing to explain."
        )
        return
    yield _verdict(found)
    if found.expected is not None:
        yield _expectation(found)
    if len(found.row) > 1:
        yield _row(found)
    if found.controls:
        yield _controls(found)
    if found.standing is not None:
        yield _matches(found)
    if found.insight is not None:
        yield from _inside(found.insight)
    if found.reference is not None:
        yield _reference(found)
    if _is_left_over(found):
        yield _left_over(found)


def _verdict(found: Explanation) -> str:
    outlier = found.outlier
    if outlier.verdict is None and outlier.q is None:
        return (
            f"{found.label}: {untested(len(found.measurement.items))}. Its farthest text has "
            f"s {outlier.score:.4f}, z {outlier.z:.1f} in {quote(outlier.template)}."
        )
    if outlier.verdict is None:
        return (
            f"{found.label} is no outlier: s {outlier.score:.4f}, z {outlier.z:.1f} in "
            f"{quote(outlier.template)} is within what the band's own tail does."
        )
    evidence = f" Evidence: {'; '.join(outlier.evidence)}." if outlier.evidence else ""
    return f"{found.label}: {outlier.verdict}. That is, {MEANINGS[outlier.verdict]}.{evidence}"


def _expectation(found: Explanation) -> str:
    expected = found.expected
    assert expected is not None
    parts = [
        f"x{one.factor:.2f} {one.description} ({one.reading})"
        for one in expected.contributions
        if abs(one.factor - 1) > NEGLIGIBLE
    ]
    why = f"; the largest contributions: {'; '.join(parts)}" if parts else ""
    place = "above" if expected.surprising else "within"
    over = f" (geometric mean of its {len(found.row)} sentences)" if len(found.row) > 1 else ""
    return (
        f"Its distance 1 - s is {expected.observed:.4f}{over}, the usual one {expected.usual:.4f}. "
        f"From what is known of it, {expected.expected:.4f} is expected, "
        f"90 % of such labels between {expected.low:.4f} and {expected.high:.4f}{why}. "
        f"It is {place} that interval: x{expected.observed / expected.usual:.1f} the usual distance, "
        f"where x{expected.expected / expected.usual:.1f} is expected."
    )


def _row(found: Explanation) -> str:
    far = [cell for cell in found.row if cell.z > ABOVE_MOST]
    sentence = f"It is farther than most (z above {ABOVE_MOST:g}) in {len(far)} of {len(found.row)} sentences"
    names = ", ".join(
        f"{quote(cell.template)} {cell.z:.1f}" for cell in sorted(far, key=lambda cell: -cell.z)[:4]
    )
    return f"{sentence}: {names}." if names else f"{sentence}."


def _controls(found: Explanation) -> str:
    mean = sum(cell.z for cell in found.controls) / len(found.controls)
    worst = max(found.controls, key=lambda cell: cell.z)
    return (
        f"Under {len(found.controls)} control perturbations its z is {mean:.1f} on average, "
        f"at most {worst.z:.1f} ({worst.name})."
    )


def _matches(found: Explanation) -> str:
    standing = found.standing
    assert standing is not None
    names = ", ".join(match.label for match in found.matches[:4])
    return (
        f"Among {standing.n - 1} words most like it ({names} ...) it ranks {standing.rank} of {standing.n}, "
        f"{standing.factor:.1f} times as far as their median."
    )


def _inside(insight: Insight) -> Iterator[str]:
    inspection, divergence = insight.inspection, insight.divergence
    if divergence is not None and divergence.split is not None and divergence.shares is not None:
        yield told_of_layers(divergence, len(inspection.layers) - 1)
    yield _attribution(inspection)
    if inspection.pooling_share is not None:
        yield f"Pooling one token more accounts for {inspection.pooling_share:.0%} of the distance."


def told_of_layers(divergence: Divergence, last: int) -> str:
    """From where on the pair is odd, and where most of that comes from; both are rows of the table."""
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
    shares = ", ".join(f"{quote(part.piece)} {part.contribution / total:+.0%}" for part in parts)
    return f"The tokens that carry most of the distance: {shares}."


def _reference(found: Explanation) -> str:
    pairs = [(cell.score, cell.reference) for cell in found.row if cell.reference is not None]
    if not pairs:
        return f"{found.reference} has no vectors for its texts."
    here = sum(score for score, _ in pairs) / len(pairs)
    there = sum(other for _, other in pairs) / len(pairs)
    return f"On {found.reference} its mean s is {there:.4f}, here {here:.4f}."


def _left_over(found: Explanation) -> str:
    expected = found.expected
    assert expected is not None
    factor = expected.observed / expected.expected
    return f"What is left, a factor of {factor:.1f} beyond the expected distance, is unexplained."


def _is_left_over(found: Explanation) -> bool:
    surprising = found.expected is not None and found.expected.surprising
    return found.outlier.verdict is not None and surprising


def quote(text: str) -> str:
    """A template or token in double quotes, whatever is in it."""
    return f'"{text}"'
