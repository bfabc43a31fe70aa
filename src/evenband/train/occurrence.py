"""Which texts occur among others: the same words, or nearly.

Texts are compared as words: case, punctuation, apostrophes and spaces do not count. A text *occurs* among
others if one of them

* has the same words in the same order;
* or differs in one letter of one word of five letters or more, where neither spelling is another label;
* or shares 80% of the words (the words of both over those of either, each once), the label's own words
  among them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LEAST_JACCARD = 0.8
"""Share of words that near texts have in common, at least."""

LEAST_LETTERS = 5
"""Letters of a word of which one may differ, at least."""

Words = tuple[str, ...]

_WORD_PATTERN = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’ʼ]")


def words_of(text: str) -> Words:
    """Return the words of a text in lower case; a text without words is one itself."""
    plain = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return tuple(_WORD_PATTERN.findall(plain)) or (plain.strip(),)


@dataclass(frozen=True)
class Sought:
    """A text that is looked for.

    Attributes:
        words: of the text.
        own: words that a near text must have, such as the label's.
    """

    words: Words
    own: frozenset[str] = field(default_factory=frozenset)


def occurring(
    sought: Sequence[Sought], texts: Iterable[str], labels: Collection[str] = ()
) -> NDArray[np.bool_]:
    """Return which of the sought texts occur among others. Shape: n -> (n,).

    Args:
        sought: n texts.
        texts: to look among; each is read once.
        labels: words that stand for something else, however near they are to another, such as ``grandpa``.
    """
    found = np.zeros(len(sought), dtype=bool)
    same: dict[Words, list[int]] = defaultdict(list)
    for number, one in enumerate(sought):
        same[one.words].append(number)
    near = _by_rare_words(sought)
    known = frozenset(labels)
    for text in texts:
        words = words_of(text)
        found[same.get(words, [])] = True
        candidates = {number for word in set(words) for number in near.get(word, ())}
        for number in candidates:
            if not found[number] and _is_near(sought[number], words, known):
                found[number] = True
    return found


def _by_rare_words(sought: Sequence[Sought]) -> dict[str, list[int]]:
    """Return the sought texts by those of their words of which a near text must have one at least.

    A near text lacks one word in five, or one, at most. So it has one of the two (or more) rarest.
    """
    counts = Counter(word for one in sought for word in set(one.words))
    near: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(sought):
        words = sorted(set(one.words), key=lambda word: (counts[word], word))
        for word in words[: max(2, int(len(words) * (1 - LEAST_JACCARD)) + 1)]:
            near[word].append(number)
    return near


def _is_near(one: Sought, words: Words, labels: Collection[str]) -> bool:
    left, right = set(one.words), set(words)
    shared = len(left & right)
    if shared >= LEAST_JACCARD * len(left | right) and one.own <= right:
        return True
    if len(words) != len(one.words):
        return False
    others = [(a, b) for a, b in zip(one.words, words, strict=True) if a != b]
    return len(others) == 1 and _is_misspelt(*others[0], labels)


def _is_misspelt(word: str, other: str, labels: Collection[str]) -> bool:
    """Return whether two words differ in one letter that is missing, added or another."""
    if min(len(word), len(other)) < LEAST_LETTERS - 1 or max(len(word), len(other)) < LEAST_LETTERS:
        return False
    if other in labels or not (word.isalpha() and other.isalpha()):
        return False
    if len(word) == len(other):
        return sum(a != b for a, b in zip(word, other, strict=True)) == 1
    short, long = sorted((word, other), key=len)
    return len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
