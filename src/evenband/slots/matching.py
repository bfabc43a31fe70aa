"""Real words that match a word in frequency and length: the fair control of a letter ablation.

Strings such as grandba are rare, long in tokens and mean nothing, so a real word differs from
them in any model. Words of about the same length and frequency differ from it in meaning alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache

Frequency = Callable[[str], float]


@dataclass(frozen=True)
class Match:
    """A matched word.

    Attributes:
        word: the word.
        target: the word that it was matched to.
        zipf: log10 of its occurrences in a billion words, 0 if unknown to wordfreq; ``None`` if
            wordfreq is not installed.
    """

    word: str
    target: str
    zipf: float | None


@cache
def frequency() -> Frequency | None:
    """Zipf frequency of an English word by wordfreq (extra ``words``), ``None`` if it is not installed."""
    try:
        from wordfreq import zipf_frequency
    except ImportError:
        return None
    return lambda word: float(zipf_frequency(word, "en"))


def matched_words(
    target: str, k: int, candidates: Iterable[str], exclude: Collection[str] = (), slack: int = 1
) -> tuple[Match, ...]:
    """The k candidates nearest to a target in frequency, among those of about its length.

    Only single, lower-case words are taken. Equal frequencies are told apart by the difference
    in length and then by a hash of the word, so that neither the alphabet nor chance decides;
    without wordfreq these two are all there is.

    Args:
        target: the word to match; never returned.
        k: how many; fewer come back where there are not enough.
        candidates: words to choose from.
        exclude: words never to return.
        slack: largest difference in length, in characters.
    """
    zipf = frequency()
    wanted = zipf(target) if zipf else 0.0
    avoided = {target, *exclude}

    def distance(word: str) -> tuple[float, int, bytes]:
        gap = abs(zipf(word) - wanted) if zipf else 0.0
        return gap, abs(len(word) - len(target)), hashlib.blake2b(word.encode(), digest_size=8).digest()

    usable = {
        word
        for word in candidates
        if word.isalpha() and word.islower() and abs(len(word) - len(target)) <= slack and word not in avoided
    }
    nearest = sorted(usable, key=distance)[:k]
    return tuple(Match(word, target, zipf(word) if zipf else None) for word in nearest)
