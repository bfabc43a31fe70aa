"""Features of texts that have nothing to do with their meaning: length, overlap, form, and single words."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Features: TypeAlias = Callable[[Sequence[str], Sequence[str]], Float]
"""Features of the second texts, given the first ones. Shape: n and n texts -> (n, p)."""

WORD = re.compile(r"\w+(?:['’]\w+)*")
HASHED = 256
"""Columns into which words are hashed."""

TYPICAL_LOG_LENGTH = 4.0
"""Log of a usual number of characters; lengths are squared around it."""


def normalised(text: str) -> str:
    """Return a text without differences of case, spacing and Unicode form; punctuation counts."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def words_of(text: str) -> list[str]:
    """Return the words of a text without case and punctuation."""
    return WORD.findall(text.casefold())


def bare(text: str) -> str:
    """Return the words of a text joined by single spaces."""
    return " ".join(words_of(text))


def overlap(first: str, second: str) -> tuple[float, float, float, float]:
    """Return how much of two texts is shared, in [0, 1].

    The four are the Jaccard similarity of the words, the share of the second's words that the first has,
    the share of the first's that the second has, and the Jaccard similarity of the letter trigrams.
    """
    one, other = set(words_of(first)), set(words_of(second))
    common = len(one & other)
    return (
        common / max(len(one | other), 1),
        common / max(len(other), 1),
        common / max(len(one), 1),
        _jaccard(_trigrams(first), _trigrams(second)),
    )


def length_features(first: Sequence[str], second: Sequence[str]) -> Float:
    """Return log characters and words of the second text, their square, and the distance to the first."""
    a, b = (np.array([np.log1p(len(text)) for text in side]) for side in (first, second))
    words = np.array([np.log1p(len(words_of(text))) for text in second])
    return np.stack([b, words, (b - TYPICAL_LOG_LENGTH) ** 2, np.abs(a - b)], axis=1)


def length_gap(first: Sequence[str], second: Sequence[str]) -> Float:
    """Return the distance of the two lengths, as a logarithm."""
    return length_features(first, second)[:, -1:]


def overlap_features(first: Sequence[str], second: Sequence[str]) -> Float:
    """Return the four numbers of :func:`overlap`."""
    return np.array([overlap(a, b) for a, b in zip(first, second, strict=True)])


FORM_MARKS: Mapping[str, Callable[[str], float]] = {
    "a full stop at the end": lambda text: float(text.rstrip().endswith(".")),
    "a question mark at the end": lambda text: float(text.rstrip().endswith("?")),
    "a capital at the start": lambda text: float(text.lstrip()[:1].isupper()),
    "digits": lambda text: float(np.log1p(sum(map(str.isdecimal, text)))),
    "commas": lambda text: float(np.log1p(text.count(","))),
    "letters beyond ASCII": lambda text: float(not text.isascii()),
}
"""Marks of a text's form by name."""


def form_features(first: Sequence[str], second: Sequence[str]) -> Float:  # noqa: ARG001 (read alone)
    """Return the marks of the second text's form."""
    return np.array([[mark(text) for mark in FORM_MARKS.values()] for text in second])


def word_features(first: Sequence[str], second: Sequence[str]) -> Float:  # noqa: ARG001 (read alone)
    """Return which words the second text has, hashed into columns."""
    table = np.zeros((len(second), HASHED))
    for row, text in enumerate(second):
        for word in set(words_of(text)):
            table[row, zlib.crc32(word.encode("utf-8", "surrogatepass")) % HASHED] = 1.0
    return table


def _trigrams(text: str) -> set[str]:
    line = normalised(text)
    return {line[k : k + 3] for k in range(max(len(line) - 2, 1))}


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)
