"""What a reranker behind a search would mend, and what it would break, in sentences.

A reranker orders the candidates that an encoder finds. On a family on which it passes more often, it would
put right what the encoder has the wrong way round; it cannot bring back what the encoder does not find.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.pairs.head_to_head import FamilyDifference, HeadToHead, Side
from evenband.analysis.pairs.orderings import has_distances
from evenband.narrative.formats import short
from evenband.wording import counted, listed

MOST_MENDED = 6
"""Families that a sentence names, at most."""


def mended(head_to_heads: Sequence[HeadToHead]) -> list[str]:
    """Return a sentence for each encoder and reranker: which families the reranker mends and breaks.

    Only families whose paired difference is clear of zero are named. Nothing is said where no difference
    has an interval.
    """
    tested = [one for one in head_to_heads if one.tested]
    return [_sentence(one, side) for one in tested if (side := reranker_side(one)) is not None]


def reranker_side(one: HeadToHead) -> Side | None:
    """Return the side that is a reranker, where the other is an encoder."""
    left, right = (
        has_distances(audit.measurement) for audit in (one.families[0].left, one.families[0].right)
    )
    if left == right:
        return None
    return "right" if left else "left"


def _sentence(one: HeadToHead, side: Side) -> str:
    other: Side = "left" if side == "right" else "right"
    reranker, encoder = (one.right, one.left) if side == "right" else (one.left, one.right)
    better, worse = one.better(side), one.better(other)
    start = f"{reranker} as a reranker of {encoder}'s candidates"
    of = counted(len(one.tested), "family", "families")
    if not better and not worse:
        return f"{start}: no difference on any of {of} is clear of zero."
    parts = [
        f"would {verb} {len(families)} of {of} ({_named(families, other, side)})"
        for verb, families in (("mend", better), ("break", worse))
        if families
    ]
    return f"{start} {' and '.join(parts)}; each interval is clear of zero."


def _named(families: Sequence[FamilyDifference], before: Side, after: Side) -> str:
    """Return the families, each with the pass rates of encoder and reranker: ``and-or .14 to .93``."""
    rates = [
        f"{one.probe} {short(one.rate(before).value)} to {short(one.rate(after).value)}" for one in families
    ]
    return listed(rates, MOST_MENDED)
