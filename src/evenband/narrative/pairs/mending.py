"""What a reranker behind a search would mend, and what it would break, in sentences.

A reranker orders the candidates that an encoder finds. On a family on which it passes more often, it would
put right what the encoder has the wrong way round; it cannot bring back what the encoder does not find. That
is said of DIFF and ORDER only, where both are asked which of the same texts is nearer to a text. An INV probe
asks a reranker another question than an encoder.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.pairs.head_to_head import FamilyDifference, HeadToHead, Side
from evenband.analysis.pairs.orderings import has_distances
from evenband.narrative.formats import short
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.wording import counted, listed

MOST_MENDED = 6
"""Families that a sentence names, at most."""


def mended(head_to_heads: Sequence[HeadToHead]) -> list[str]:
    """Return a sentence for each encoder and reranker: which families the reranker mends and breaks.

    Only families of DIFF and ORDER are named, if their paired difference is clear of zero. Nothing is said
    where no difference of such a family has an interval.
    """
    compared = [one for one in head_to_heads if _asked_alike(one)]
    return [_sentence(one, side) for one in compared if (side := reranker_side(one)) is not None]


def reranker_side(one: HeadToHead) -> Side | None:
    """Return the side that is a reranker, where the other is an encoder."""
    left, right = (
        has_distances(audit.measurement) for audit in (one.families[0].left, one.families[0].right)
    )
    if left == right:
        return None
    return "right" if left else "left"


def _asked_alike(one: HeadToHead) -> list[FamilyDifference]:
    """Return the families with an interval on which both models are asked the same."""
    return [family for family in one.tested if family.left.measurement.probe.type != "INV"]


def _sentence(one: HeadToHead, side: Side) -> str:
    other: Side = "left" if side == "right" else "right"
    reranker, encoder = (one.right, one.left) if side == "right" else (one.left, one.right)
    families = _asked_alike(one)
    better, worse = ([family for family in one.better(end) if family in families] for end in (side, other))
    of = counted(len(families), "family", "families")
    start = f"{reranker}, as a reranker of {encoder}'s candidates"
    if not better and not worse:
        said = f"{start}: no difference on any of {of} is clear of zero"
    else:
        parts = [
            f"{how} often on {len(some)} of {of} ({_named(some, other, side)})"
            for how, some in (("more", better), ("less", worse))
            if some
        ]
        said = (
            f"{start}, would pass {' and '.join(parts)}; each interval is clear of zero, as about "
            f"{len(families) * (1 - INTERVAL_LEVEL):.1f} of {len(families)} would be by chance"
        )
    return f"{said}.{_left_out(len(one.tested) - len(families))}"


def _left_out(count: int) -> str:
    """Say how many families are not counted, since they ask the two different questions."""
    if not count:
        return ""
    return (
        f" {counted(count, 'INV family', 'INV families')} {'is' if count == 1 else 'are'} not counted: these "
        "ask a reranker another question."
    )


def _named(families: Sequence[FamilyDifference], before: Side, after: Side) -> str:
    """Return the families, each with the pass rates of encoder and reranker: ``and-or .14 to .93``."""
    rates = [
        f"{one.probe} {short(one.rate(before).value)} to {short(one.rate(after).value)}" for one in families
    ]
    return listed(rates, MOST_MENDED)
