"""The scheme ``wordnet:``, all nouns of a category such as ``person.n.01``; and look-ups of words.

A *synset* is a set of words that share a sense; its words are its *lemmas*. A category is a synset
(the root) with all synsets below it in the hierarchy: its hyponyms, their hyponyms and so on. The
values are the lemmas of all of these but the root, with spaces for underscores, each spelling once,
in alphabetical order regardless of case.

Columns:
    synset: the synset of the value; if it is in several of the category, the one in which it is most
        frequent.
    sense: sense number of the value in that synset; 1 is its most frequent sense.
    depth: smallest number of links from that synset up to the root.

Options, after ``@`` and separated by commas:
    root: with the lemmas of the root.
    instances: follow instance links as well (Paris is an instance of a city).
    single: single words only, without a space or a hyphen.
    first: only lemmas whose most frequent noun sense is in the category. As in WordNet, senses are
        numbered regardless of case.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from evenband.errors import InputError, UnknownReferenceError
from evenband.slots import lexicon
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

WORDNET_OPTIONS = ("root", "instances", "single", "first")
PARTS_OF_SPEECH = {1: "verb", 2: "adjective", 4: "adverb"}
"""Parts of speech that a noun can also be, by the bit that stands for each in ``Lexicon.parts``."""


@dataclass(frozen=True)
class Sense:
    """A noun sense of a word.

    Attributes:
        synset: name of its synset, such as ``person.n.01``.
        number: sense number; 1 is the word's most frequent sense.
        words: all lemmas of the synset.
    """

    synset: str
    number: int
    words: tuple[str, ...]


@lru_cache(maxsize=8)
def load(argument: str) -> Slot:
    """Return the slot of a category, such as ``person.n.01`` or ``person.n.01@root,single``.

    It is kept, since the families of a suite share categories.

    Raises:
        UnknownReferenceError: if there is no such synset; the message suggests others.
        InputError: if an option is unknown or no value is left.
    """
    body, options = split_options("wordnet", argument, flags=WORDNET_OPTIONS)
    nouns = lexicon.load()
    root = _resolve(body, argument)
    depth = nouns.depths(root, instances="instances" in options)
    entries = _choose(depth, options)
    if not entries:
        raise InputError(
            f"slot 'wordnet:{argument}' has no values: nothing below {nouns.name(root)} is left, "
            "expected at least one noun; add @root or @instances, or take a synset higher up"
        )
    synsets = [int(nouns.synsets[entry]) for entry in entries]
    return Slot(
        name=f"wordnet:{argument}",
        values=tuple(nouns.lemmas[entry].replace("_", " ") for entry in entries),
        origin=_origin(nouns.name(root), options),
        columns={
            "synset": tuple(nouns.name(synset) for synset in synsets),
            "sense": tuple(int(nouns.senses[entry]) for entry in entries),
            "depth": tuple(int(depth[synset]) for synset in synsets),
        },
        language="en",
        own=frozenset({"synset", "sense", "depth"}),
    )


def is_noun(word: str) -> bool:
    """Return whether WordNet has the word as a noun, regardless of case."""
    return _key(word) in lexicon.load().entries


def senses(word: str) -> tuple[Sense, ...]:
    """Return the noun senses of a word, the most frequent first; empty if it is not a noun."""
    nouns = lexicon.load()
    senses_by_synset = {}
    for entry in nouns.entries.get(_key(word), ()):
        synset = int(nouns.synsets[entry])
        senses_by_synset[synset] = Sense(nouns.name(synset), int(nouns.senses[entry]), nouns.words(synset))
    return tuple(senses_by_synset.values())


def other_parts(word: str) -> tuple[str, ...]:
    """Return the other parts of speech of a noun: any of ``verb``, ``adjective``, ``adverb``.

    The result is empty for a word that is not a noun.
    """
    nouns = lexicon.load()
    entries = nouns.entries.get(_key(word))
    flags = int(nouns.parts[entries[0]]) if entries else 0
    return tuple(name for bit, name in PARTS_OF_SPEECH.items() if flags & bit)


def in_category(word: str, synset: str) -> bool:
    """Return whether the word's most frequent noun sense is a synset or lies below it.

    Instance links count: Paris is in the category of cities.

    Raises:
        UnknownReferenceError: if there is no such synset.
    """
    nouns = lexicon.load()
    entries = nouns.entries.get(_key(word))
    depth = _depths(_resolve(synset, synset))
    return entries is not None and bool(depth[nouns.synsets[entries[0]]] >= 0)


@cache
def _depths(root: int) -> lexicon.Positions:
    return lexicon.load().depths(root, instances=True)


def _key(word: str) -> str:
    """Return a word as WordNet's index spells it."""
    return word.lower().replace(" ", "_")


def _choose(depth: lexicon.Positions, options: Collection[str]) -> list[int]:
    """Return one entry for each spelling in the category, in alphabetical order.

    Of several entries of one spelling it is the one with the lowest sense number.
    """
    nouns = lexicon.load()
    in_category = depth[nouns.synsets] >= (0 if "root" in options else 1)
    entries = np.flatnonzero(in_category).tolist()
    if "first" in options:
        first_sense_keys = {nouns.keys[entry] for entry in entries if nouns.senses[entry] == 1}
        entries = [entry for entry in entries if nouns.keys[entry] in first_sense_keys]
    entry_of_lemma: dict[str, int] = {}
    for entry in entries:
        lemma = nouns.lemmas[entry]
        if "single" in options and ("_" in lemma or "-" in lemma):
            continue
        if lemma not in entry_of_lemma or nouns.senses[entry] < nouns.senses[entry_of_lemma[lemma]]:
            entry_of_lemma[lemma] = entry
    values = {entry: lemma.replace("_", " ") for lemma, entry in entry_of_lemma.items()}
    return sorted(values, key=lambda entry: (values[entry].casefold(), values[entry]))


def _origin(root: str, options: Collection[str]) -> str:
    """Describe in words where the values come from."""
    parts = [f"{lexicon.load().source}, nouns below {root}"]
    if "root" in options:
        parts.append("with its own lemmas")
    if "instances" in options:
        parts.append("with instances")
    if "single" in options:
        parts.append("single words")
    if "first" in options:
        parts.append("first senses only")
    return ", ".join(parts)


def _resolve(name: str, argument: str) -> int:
    """Return the synset of a name such as ``person.n.01``.

    As in NLTK, the name may use any lemma of the synset: mortal.n.01 is person.n.01.

    Args:
        name: name of the synset.
        argument: the whole argument of the reference, for messages.
    """
    nouns = lexicon.load()
    match = re.fullmatch(r"(?P<word>.+)\.(?P<part>[a-z])\.(?P<number>\d+)", _key(name.strip()))
    word = match["word"] if match else _key(name.strip())
    entries = nouns.entries.get(word, ())
    if match and match["part"] == "n":
        for entry in entries:
            if nouns.senses[entry] == int(match["number"]):
                return int(nouns.synsets[entry])
    raise UnknownReferenceError(
        f"slot 'wordnet:{argument}': no noun synset is called {name!r}; {_hint(word)}"
    )


def _hint(word: str) -> str:
    """Say what to write instead: a synset of the word or, if it is not a noun, of a similar word."""
    word_senses = senses(word)
    if word_senses:
        listed = ", ".join(f"{sense.synset} ({', '.join(sense.words[:3])})" for sense in word_senses)
        return f"the nouns called {word!r} are {listed}"
    candidates = [key for key in lexicon.load().entries if abs(len(key) - len(word)) <= 2]
    similar = difflib.get_close_matches(word, candidates, n=3, cutoff=0.7)
    if not similar:
        return "expected a name such as person.n.01"
    return f"did you mean {', '.join(f'{key}.n.01' for key in similar)}?"


WORDNET_SCHEME = Scheme(
    name="wordnet",
    about="all nouns below a WordNet synset; options root, instances, single, first",
    example="wordnet:person.n.01@first",
    make=load,
)
