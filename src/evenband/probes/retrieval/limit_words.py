"""Words of generated LIMIT-like datasets: things that people can like, and the names of these people.

The things come from WordNet's nouns. No two of a draw share a word, whatever their endings, so that nothing
but the thing that a query asks for stands in both texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np

from evenband.errors import InputError
from evenband.slots import names, wordnet

CATEGORIES = (
    "animal.n.01",
    "food.n.01",
    "food.n.02",
    "plant.n.02",
    "artifact.n.01",
    "sport.n.01",
    "game.n.01",
    "music.n.01",
    "geological_formation.n.01",
    "natural_object.n.01",
    "science.n.01",
)
"""Categories of WordNet whose nouns people in these datasets like."""

SAME_START = 6
"""Letters that two things must not have in common at their beginning, or they count as one word."""

SYNONYM_START = 4
"""Letters that a thing and its synonym must not share, so that no stemmer takes them for one word."""

_PLAIN_WORD = re.compile(r"[a-z]{3,14}")


def draw_things(count: int, synonyms: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Draw things, no two of which begin alike.

    Args:
        count: number of things.
        synonyms: number of things, the first ones, that get a word of the same meaning as well.
        rng: draws them.

    Returns:
        The things, and the synonyms.

    Raises:
        InputError: if WordNet has fewer.
    """
    taken: set[str] = set()
    things: list[str] = []
    others: list[str] = []
    for word, other in _in_order(_pairs(), rng) if synonyms else ():
        starts = {word[:SAME_START], other[:SAME_START]}
        if len(others) < synonyms and len(starts) == 2 and not starts & taken:
            things.append(word)
            others.append(other)
            taken |= starts
    for word in _in_order(_words(), rng):
        if len(things) < count and word[:SAME_START] not in taken and len(others) == synonyms:
            things.append(word)
            taken.add(word[:SAME_START])
    if len(things) < count or len(others) < synonyms:
        what = f"{synonyms:,} things with a synonym, got {len(others):,}" if synonyms else f"{count:,} things"
        raise InputError(
            f"WordNet has not enough words for {what} that do not begin alike; expected fewer queries, "
            "objects or documents"
        )
    return things, others


def draw_people(count: int, rng: np.random.Generator) -> list[str]:
    """Draw made-up full names, all different.

    Raises:
        InputError: if there are fewer.
    """
    if count > names.MOST_NAMES:
        raise InputError(f"got {count:,} documents, expected {names.MOST_NAMES:,} or fewer, one a name")
    return list(names.load(f"@n={count}", rng).values)


def enumerate_things(things: Sequence[str]) -> str:
    """Return a list as a sentence has it: ``tea, cats and old books``."""
    return f"{', '.join(things[:-1])} and {things[-1]}" if len(things) > 1 else "".join(things)


def _in_order(values: tuple, rng: np.random.Generator) -> list:  # type: ignore[type-arg]
    return [values[place] for place in rng.permutation(len(values))]


@cache
def _words() -> tuple[str, ...]:
    """Return every single word whose most frequent sense is in one of the categories."""
    found = (word for name in CATEGORIES for word in wordnet.load(f"{name}@first,single").values)
    return tuple(dict.fromkeys(word for word in found if _PLAIN_WORD.fullmatch(word)))


@cache
def _pairs() -> tuple[tuple[str, str], ...]:
    """Return pairs of words whose most frequent sense is the same."""
    known, pairs = set(_words()), []
    for word in _words():
        first = wordnet.senses(word)[0]
        for other in first.words:
            if (
                other in known
                and other[:SYNONYM_START] != word[:SYNONYM_START]
                and wordnet.senses(other)[0].synset == first.synset
            ):
                pairs.append((word, other))
                break
    return tuple(pairs)
