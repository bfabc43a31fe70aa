"""Typing errors: one slip of the finger on an English keyboard in the longest word of a text."""

from __future__ import annotations

import re

import numpy as np

from evenband.slots import wordnet

SHORTEST_WORD = 4
"""Number of letters that a word needs to get a typing error."""

KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
ROW_SHIFTS = (0.0, 0.25, 0.75)
"""How far each row of keys is shifted to the right, in widths of a key."""

LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]+")


def _find_neighbours() -> dict[str, tuple[str, ...]]:
    """Return the keys that touch each key: beside it, above it and below it."""
    positions = {
        key: (row, column + ROW_SHIFTS[row])
        for row, keys in enumerate(KEYBOARD_ROWS)
        for column, key in enumerate(keys)
    }
    return {
        key: tuple(
            other
            for other, (other_row, other_x) in positions.items()
            if other != key and abs(row - other_row) <= 1 and abs(x - other_x) <= 1
        )
        for key, (row, x) in positions.items()
    }


NEIGHBOURS = _find_neighbours()
"""The keys that touch each letter's key."""


def make_typo(text: str, rng: np.random.Generator) -> str:
    """Swap two letters of the longest word, replace one by a neighbouring key, or leave one out.

    The three kinds of error are equally likely. The first letter of the word stays. An error that
    makes another noun of the word (*beard* of *bread*) is avoided if possible.

    Raises:
        ValueError: if no word has four letters.
    """
    words = list(LATIN_WORD.finditer(text))
    longest = max(words, key=lambda match: len(match[0]), default=None)
    if longest is None or len(longest[0]) < SHORTEST_WORD:
        raise ValueError(f"expected a word of {SHORTEST_WORD} letters or more")
    # Each kind of error with the words that it can make; sorted, since sets have no fixed order.
    kinds = [sorted(kind) for kind in _list_typos(longest[0]) if kind]
    no_nouns = [[word for word in kind if not wordnet.is_noun(word)] for kind in kinds]
    candidates = [kind for kind in no_nouns if kind] or kinds
    kind = candidates[int(rng.integers(len(candidates)))]
    return text[: longest.start()] + kind[int(rng.integers(len(kind)))] + text[longest.end() :]


def _list_typos(word: str) -> tuple[set[str], set[str], set[str]]:
    """List every swap, replacement and omission of letters after the first one."""
    places = range(1, len(word))
    swaps = {
        word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        for place in places
        if place + 1 < len(word)
    }
    replacements = {
        word[:place] + (key.upper() if word[place].isupper() else key) + word[place + 1 :]
        for place in places
        for key in NEIGHBOURS.get(word[place].lower(), ())
    }
    omissions = {word[:place] + word[place + 1 :] for place in places}
    return swaps - {word}, replacements, omissions
