"""One slip of the finger on an English keyboard, inside the longest word of a text."""

from __future__ import annotations

import re

import numpy as np

from evenband.slots import wordnet

SHORTEST = 4
"""Letters a word needs to have a slip."""

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SHIFT = (0.0, 0.25, 0.75)
"""How far each row stands to the right, in keys."""

WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]+")


def _find_neighbours() -> dict[str, tuple[str, ...]]:
    """The keys that touch each key: beside it and one row up or down."""
    places = {key: (row, at + SHIFT[row]) for row, keys in enumerate(ROWS) for at, key in enumerate(keys)}
    return {
        key: tuple(
            other
            for other, (there, right) in places.items()
            if other != key and abs(row - there) <= 1 and abs(at - right) <= 1
        )
        for key, (row, at) in places.items()
    }


NEIGHBOURS = _find_neighbours()


def slip(text: str, rng: np.random.Generator) -> str:
    """The text with two letters swapped, one replaced by a neighbouring key, or one left out.

    The first letter of the word stays, and the slip makes no noun of WordNet out of the word if that
    can be avoided (*beard* for *bread*). The three kinds of slip are equally likely.

    Raises:
        ValueError: if no word has four letters.
    """
    words = list(WORD.finditer(text))
    longest = max(words, key=lambda match: len(match[0]), default=None)
    if longest is None or len(longest[0]) < SHORTEST:
        raise ValueError(f"expected a word of {SHORTEST} letters or more")
    kinds = [sorted(kind) for kind in _list_slips(longest[0]) if kind]
    harmless = [kept for kind in kinds if (kept := [word for word in kind if not wordnet.is_noun(word)])]
    chosen = (harmless or kinds)[int(rng.integers(len(harmless or kinds)))]
    return text[: longest.start()] + chosen[int(rng.integers(len(chosen)))] + text[longest.end() :]


def _list_slips(word: str) -> tuple[set[str], set[str], set[str]]:
    """Every swap, replacement and omission after the first letter."""
    inside = range(1, len(word))
    swaps = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in inside if at + 1 < len(word)}
    replaced = {
        word[:at] + (key.upper() if word[at].isupper() else key) + word[at + 1 :]
        for at in inside
        for key in NEIGHBOURS.get(word[at].lower(), ())
    }
    dropped = {word[:at] + word[at + 1 :] for at in inside}
    return swaps - {word}, replaced, dropped
