"""Word frequency, and real words matched to a word in frequency and length.

Matched words are the control group of a letter ablation, which compares a word with strings that
differ from it in one letter. Such strings (grandba) are rare, take many tokens and mean nothing, so
a real word stands out among them in any model. Among words of about the same length and frequency it
stands out only by its meaning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache

Frequency = Callable[[str], float]
"""Function from a word to its Zipf frequency: log10 of its occurrences in a billion words."""


@dataclass(frozen=True)
class Match:
    """A word matched to another one.

    Attributes:
        word: the matched word.
        target: the word that it was matched to.
        zipf: Zipf frequency of ``word``, 0 if unknown to wordfreq; ``None`` if wordfreq is not
            installed.
    """

    word: str
    target: str
    zipf: float | None


@cache
def frequency() -> Frequency | None:
    """Return wordfreq's Zipf frequency of English words, or ``None`` if wordfreq is not installed.

    The function gives 0 for a word that is unknown to wordfreq, which the extra ``words`` installs.
    """
    try:
        from wordfreq import zipf_frequency
    except ImportError:
        return None
    return lambda word: float(zipf_frequency(word, "en"))


def matched_words(
    target: str, k: int, candidates: Iterable[str], exclude: Collection[str] = (), slack: int = 1
) -> tuple[Match, ...]:
    """Return the k candidates nearest to a target in frequency, among those of about its length.

    Only single lower-case words are considered. Among words of equal distance in frequency the nearer
    in length comes first, then the one with the smaller hash, so that neither the alphabet nor chance
    decides. Without wordfreq only length and hash count.

    Args:
        target: the word to match; it is not returned itself.
        k: number of words; fewer are returned if there are not enough.
        candidates: words to choose from.
        exclude: words not to return.
        slack: largest difference in length, in characters.
    """
    zipf = frequency()
    target_zipf = zipf(target) if zipf else 0.0
    excluded = {target, *exclude}

    def distance(word: str) -> tuple[float, int, bytes]:
        gap = abs(zipf(word) - target_zipf) if zipf else 0.0
        return gap, abs(len(word) - len(target)), hashlib.blake2b(word.encode(), digest_size=8).digest()

    usable = {
        word
        for word in candidates
        if word.isalpha()
        and word.islower()
        and abs(len(word) - len(target)) <= slack
        and word not in excluded
    }
    nearest = sorted(usable, key=distance)[:k]
    return tuple(Match(word, target, zipf(word) if zipf else None) for word in nearest)
