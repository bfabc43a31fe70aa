"""Upper estimates of the width of a text before it is drawn.

A browser's font may be narrower, never much wider.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import accumulate, takewhile

from evenband.wording import shared_start

ALIKE = 12
"""Characters from which what all labels begin with is left out of their captions."""

_EM = {
    **dict.fromkeys("iljI'|.,:;!`", 0.36),
    **dict.fromkeys(' ()[]/\\-tfr"', 0.46),
    **dict.fromkeys("mwMWQO@%GD", 1.0),
}


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Estimate the width of a text in pixels, in a wide sans-serif font."""
    return sum(_character(character) for character in text) * size * (1.13 if bold else 1.0)


def _character(character: str) -> float:
    if character in _EM:
        return _EM[character]
    if character.isascii():
        return 0.78 if character.isupper() else 0.66
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.category(character) in ("So", "Co", "Cn"):
        return 1.5
    return 1.1 if unicodedata.east_asian_width(character) in "WFA" else 0.9


def printable(text: str) -> str:
    """Return the text on one line, without control characters and bidirectional overrides."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return the text, or as much of its beginning as fits, with an ellipsis."""
    text = printable(text)
    if text_width(text, size, bold) <= width:
        return text
    widths = accumulate(text_width(character, size, bold) for character in text)
    text = text[: sum(1 for _ in takewhile(lambda taken: taken <= width, widths)) + 1]
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def telling(captions: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Return captions that still differ when they are cut: without the words that all of them begin with.

    Args:
        captions: some of the labels; a single one is held against all labels.
        labels: all of them.
    """
    alike = captions if len(captions) > 1 else labels
    shared = alike[0][: shared_start(alike)] if len(alike) > 1 else ""
    cut = shared.rfind(" ") + 1
    if cut < ALIKE:
        return list(captions)
    return [f"…{caption[cut:]}" for caption in captions]
