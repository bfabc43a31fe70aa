"""Long texts cut short for people, with what tells them apart left in sight."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.wording import shared_start

LONGEST_TEXT = 240
"""Characters up to which a text is shown whole."""

LONGEST_ABRIDGED = 60
"""Characters up to which a label is shown whole in a table or a title."""

AROUND = 60
"""Characters that stay on each side of what differs."""

GAP = "…"
"""Stands for what is left out."""


def abridge(texts: Sequence[str], longest: int = LONGEST_TEXT) -> tuple[str, ...]:
    """Return texts without their long parts; what differs from the likest of the others stays in sight.

    Args:
        texts: two texts or more that are read together.
        longest: characters up to which a text stays whole, roughly what is left of a longer one.
    """
    return tuple(
        text if len(text) <= longest else _abridged(text, [*texts[:place], *texts[place + 1 :]], longest)
        for place, text in enumerate(texts)
    )


def abridge_label(label: str, longest: int = LONGEST_ABRIDGED) -> str:
    """Return a label, without its middle if it is longer than a table has room for."""
    return label if len(label) <= longest else _without_middle(label, longest)


def _abridged(text: str, others: Sequence[str], longest: int) -> str:
    start, end = 0, 0
    for other in others:
        ahead = shared_start([text, other])
        room = min(len(text), len(other)) - ahead
        behind = min(room, shared_start([text[::-1], other[::-1]]))
        if ahead + behind > start + end:
            start, end = ahead, behind
    if 2 * (start + end) < len(text):  # it is like none of the others
        return _without_middle(text, longest)
    first, last = max(0, start - AROUND), min(len(text), len(text) - end + AROUND)
    middle = _without_middle(text[first:last], longest)
    return f"{GAP if first else ''}{middle}{GAP if last < len(text) else ''}"


def _without_middle(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    half = (longest - len(GAP)) // 2
    return f"{text[:half].rstrip()} {GAP} {text[-half:].lstrip()}"
