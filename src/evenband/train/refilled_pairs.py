"""A probe made of the training data's own minimal pairs: the same sentences with other nouns in them.

Training on ``Let's eat, grandma`` and ``Let's eat grandma`` may teach that a comma before a name is nothing,
or only what these two texts are. The pair's noun is replaced by nouns of its kind that the training data do
not have: if these pairs do not move as the trained ones do, the rule was not learned.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from evenband import slots
from evenband.probes.pairs.minimal_pairs import PLACEHOLDER, MinimalPairs, Template
from evenband.probes.pairs.templates import gaps
from evenband.randomness import stream
from evenband.slots import matching, wordnet
from evenband.slots.lexical import lexical_columns
from evenband.train.occurrence import words_of
from evenband.train.shown_texts import ShownTexts
from evenband.types import Slot
from evenband.unshown_words import may_be_shown

REFILLED = "training-pairs"
"""Name of the probe."""

MOST_PATTERNS = 12
"""Sentences, at most."""

MOST_TRAINED = 24
"""Trained nouns in few sentences, at most."""

REFILLS = 3
"""Other nouns for each trained one, at least."""

MOST_REFILLS = 120
"""Other nouns over all trained ones, where these are few."""

MOST_OWN_CELLS = 720
"""Cells of the probe, about, where three other nouns for each trained one do not make more."""

LEAST_SHARED = 0.5
"""Share of the longer text's words that both texts of a minimal pair have, at least."""

SHORTEST_NOUN = 3

NOUN_KINDS = (
    *("person.n.01", "animal.n.01", "food.n.01", "plant.n.02", "body_part.n.01", "location.n.01"),
    *("artifact.n.01", "act.n.02", "communication.n.02", "attribute.n.02", "entity.n.01"),
)
"""Kinds of nouns, the narrower ones first."""

_NOUN_PATTERN = re.compile(r"(?<![\w'’-])[a-z]+(?![\w'’-])")


@dataclass(frozen=True)
class Pattern:
    """A minimal pair with its noun taken out.

    Attributes:
        first: the first text, with ``{x}`` for the noun.
        second: the second text likewise.
    """

    first: str
    second: str


@dataclass(frozen=True)
class Refilled:
    """The probe of the training data's minimal pairs.

    Attributes:
        probe: ``None`` where no pair has a noun that can be replaced.
        unaligned: number of minimal pairs without one.
    """

    probe: MinimalPairs | None
    unaligned: int


def refill(shown: ShownTexts, seed: int) -> Refilled:
    """Return a probe of the training data's minimal pairs with their own and with other nouns.

    Of many pairs some are drawn. The probe has all its sentences with all its nouns, so that a trained noun
    in other sentences is measured, too.

    Args:
        shown: texts and pairs of the training data.
        seed: of the draw.
    """
    patterns: dict[Pattern, list[str]] = {}
    unaligned = 0
    for a, b in shown.pairs:
        if not is_minimal(a, b):
            continue
        noun = _noun_of(a, b)
        if noun is None:
            unaligned += 1
        else:
            own = patterns.setdefault(Pattern(_opened(a, noun), _opened(b, noun)), [])
            own += [] if noun in own else [noun]
    if not patterns:
        return Refilled(None, unaligned)
    rng = stream(seed, "training pairs")
    drawn = _draw(patterns, rng)
    nouns = list(dict.fromkeys(noun for own in drawn.values() for noun in own))
    taken = {word for text in shown.texts for word in words_of(text)}
    room = (MOST_OWN_CELLS // len(drawn) - len(nouns)) // len(nouns)
    each = max(REFILLS, min(room, MOST_REFILLS // len(nouns)))
    others = list(_refills(nouns, taken, each))
    return Refilled(_probe(list(drawn), [*nouns, *others]) if others else None, unaligned)


def is_minimal(a: str, b: str) -> bool:
    """Return whether two texts differ in a small change: they share most of their words."""
    left, right = words_of(a), words_of(b)
    if a == b or any(gaps(text) for text in (a, b)) or max(len(left), len(right)) < 2:
        return False
    shared = (Counter(left) & Counter(right)).total()
    return shared > LEAST_SHARED * max(len(left), len(right))


def _noun_of(a: str, b: str) -> str | None:
    """Return the noun to replace, which both texts have once: no other part of speech, then the longest."""
    found = [Counter(_NOUN_PATTERN.findall(text)) for text in (a, b)]
    nouns = [
        word
        for word in found[0]
        if len(word) >= SHORTEST_NOUN and found[0][word] == found[1][word] == 1 and _is_noun(word)
    ]
    return min(nouns, key=_preference, default=None)


def _preference(noun: str) -> tuple[bool, int, int, str]:
    """Return what a noun to replace is chosen by, the best first."""
    return noun.endswith("ing"), len(wordnet.other_parts(noun)), -len(noun), noun


def _is_noun(word: str) -> bool:
    """Return whether a word is a noun as it is spelled: nice is none, Nice is."""
    return any(word in sense.words for sense in wordnet.senses(word))


def _opened(text: str, noun: str) -> str:
    return re.sub(rf"(?<![\w'’-]){noun}(?![\w'’-])", PLACEHOLDER, text)


def _draw(patterns: dict[Pattern, list[str]], rng: np.random.Generator) -> dict[Pattern, list[str]]:
    """Return the commonest sentences and some nouns of each, about equally many."""
    chosen = sorted(patterns, key=lambda one: -len(patterns[one]))[:MOST_PATTERNS]
    each = max(1, MOST_TRAINED // len(chosen))
    return {
        one: [patterns[one][k] for k in sorted(rng.permutation(len(patterns[one]))[:each].tolist())]
        for one in chosen
    }


def _refills(nouns: list[str], taken: Collection[str], each: int) -> Iterator[str]:
    """Yield nouns that are alike in kind, frequency and length, each once; none that the data have."""
    used = {*taken, *nouns}
    for noun in nouns:
        for match in matching.matched_words(noun, each, _kin(noun), used, slack=2):
            used.add(match.word)
            yield match.word


def _kin(noun: str) -> list[str]:
    """Return nouns of the narrowest category of a noun that begin with a vowel if it does."""
    category = next((one for one in NOUN_KINDS if wordnet.in_category(noun, one)), NOUN_KINDS[-1])
    values = slots.load(f"wordnet:{category}@single,first").values
    return [
        value
        for value in values
        if (value[0] in "aeiou") == (noun[0] in "aeiou") and may_be_shown("wordnet:", value)
    ]


def _probe(patterns: list[Pattern], nouns: list[str]) -> MinimalPairs:
    known = lexical_columns(nouns)
    return MinimalPairs(
        name=REFILLED,
        type="INV",
        effect="keeps",
        why="Minimal pairs of the training data, with their own nouns and with others of their kind.",
        slot=Slot(
            "training", tuple(nouns), "nouns of the training data's minimal pairs and nouns like them",
            known, language="en", own=frozenset(known),
        ),
        templates=tuple(
            Template(f"pair-{number}", one.first, one.second) for number, one in enumerate(patterns, 1)
        ),
        of="training",
    )  # fmt: skip
