"""Which of two models to take, and what speaks for it: the sentences below the answer."""

from __future__ import annotations

from evenband.analysis.pairs.head_to_head import HeadToHead, Side
from evenband.narrative.formats import factor
from evenband.narrative.pairs.head_to_head import counted_moves, listed_families
from evenband.wording import listed

OWN_WORDS = "file:"
"""Start of the reference of a slot whose words the user brought."""


SIDES: tuple[Side, ...] = ("right", "left")
"""Sides in the order in which sentences name them."""


def reasons(one: HeadToHead) -> list[str]:
    """Return the families behind the answer, how far changes move texts, and what chance alone gives."""
    sentences = [_advice(one), *_where(one), _chance(one), _reaction_by_effect(one), counted_moves(one)]
    return [sentence for sentence in sentences if sentence]


def _where(one: HeadToHead) -> list[str]:
    """Name the families on which each model is better beyond its interval, with the difference in points."""
    if len(one.tested) < 2:
        return []
    return [
        f"{one.name_of(side)} is better on {listed_families(better, with_size=True)}."
        for side in SIDES
        if (better := one.better(side))
    ]


def _advice(one: HeadToHead) -> str:
    """Say which model to take, and when rather the other; or what to do where neither is better overall."""
    if len(one.tested) < 2 or one.has_reference:
        return ""
    if (side := one.passes_more) is not None:
        other: Side = "left" if side == "right" else "right"
        exceptions = listed([family.probe for family in one.better(other)], total=len(one.better(other)))
        unless = f", unless what matters most to you is {exceptions}" if exceptions else ""
        return f"By these families, take {one.name_of(side)}{unless}."
    advice = "Overall the pass rates differ within chance: choose by the families that your texts need."
    if (side := one.more_selective) is not None:
        advice += (
            f" If you need none of them more than others, {one.name_of(side)} tells meanings apart better."
        )
    return f"{advice} {_more_words(one)}"


def _more_words(one: HeadToHead) -> str:
    """Say what would settle more: the user's own words, or more of them."""
    if all(family.left.measurement.probe.slot.startswith(OWN_WORDS) for family in one.families):
        labels = max(len(family.comparison.left.items) for family in one.families)
        return f"More terms of yours than these {labels:,} would narrow the intervals."
    return "Or measure both on your own words (--terms)."


def _reaction_by_effect(one: HeadToHead) -> str:
    """Say how far the changes move right's texts against left's, by what a change does to the meaning."""
    parts = [
        f"{what} move its texts {factor(ratio.value).removeprefix('× ')} times as far"
        for what, ratio in (
            ("changes of meaning", one.r50_changed),
            ("changes that keep the meaning", one.r50_kept),
        )
        if ratio.value is not None
    ]
    if not parts:
        return ""
    if one.more_selective is not None:  # the answer has the figures
        return (
            "How far a change moves a text is measured against another label in the same place. Far is good "
            "for changes of meaning, near for those that keep it."
        )
    how = "measured against another label in the same place"
    text = f"{one.right} against {one.left}: {', '.join(parts)}, {how}."
    return f"{text} Far is good for the first kind, near for the second." if len(parts) > 1 else text


def _chance(one: HeadToHead) -> str:
    """Say how many intervals would be clear of zero by chance alone, and how many are."""
    if len(one.tested) < 2:
        return ""
    clear = len(one.better("left")) + len(one.better("right"))
    return (
        f"Each interval is a 90% interval of its own: if the models were equal, about {one.by_chance:.1f} of "
        f"{len(one.tested)} would lie clear of zero by chance. {clear} do."
    )
