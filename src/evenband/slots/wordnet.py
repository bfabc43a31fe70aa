"""Every noun under a WordNet synset: ``wordnet:person.n.01``, and what WordNet knows of a word.

The values are the lemmas of all synsets in the transitive closure of the hyponym relation, with
spaces for underscores, once per spelling, in alphabetical order regardless of case. The root's own
lemmas are left out. A value keeps the synset that it came from: of several, the one in which
the word is most frequent.

Options, after ``@`` and separated by commas:
    root: the root's own lemmas too.
    instances: follow instance links as well as is-a links (Paris is an instance of a city).
    single: single words only: no space and no hyphen.
    first: only lemmas whose first, most frequent, noun sense is in the category; as in
        WordNet, senses are numbered regardless of case.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import numpy as np

from evenband.errors import InputError, UnknownReferenceError
from evenband.slots import lexicon
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

OPTIONS = ("root", "instances", "single", "first")
PARTS_OF_SPEECH = {1: "verb", 2: "adjective", 4: "adverb"}
"""Parts of speech that a noun can also be, by the bit that stands for each in ``Lexicon.parts``."""

PARTS = PARTS_OF_SPEECH
"""Former name, until ``analysis.pairs.covariates`` reads the columns of :mod:`evenband.slots.lexical`."""


@dataclass(frozen=True)
class Sense:
    """One noun sense of a word.

    Attributes:
        synset: its name, such as ``person.n.01``.
        number: sense number of the word, 1 is the most frequent.
        words: all lemmas of the synset.
    """

    synset: str
    number: int
    words: tuple[str, ...]


def load(argument: str) -> Slot:
    """The slot of ``person.n.01`` or ``person.n.01@root,single``.

    Raises:
        UnknownReferenceError: if there is no such synset, naming the nearest ones.
        InputError: if an option is unknown or no value is left.
    """
    body, options = split_options("wordnet", argument, flags=OPTIONS)
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
    )


def is_noun(word: str) -> bool:
    """Whether WordNet has the word as a noun, in any capitals."""
    return _key(word) in lexicon.load().entries


def senses(word: str) -> tuple[Sense, ...]:
    """The noun senses of a word, the most frequent first; none if WordNet does not have it."""
    nouns = lexicon.load()
    found = {}
    for entry in nouns.entries.get(_key(word), ()):
        synset = int(nouns.synsets[entry])
        found[synset] = Sense(nouns.name(synset), int(nouns.senses[entry]), nouns.words(synset))
    return tuple(found.values())


def other_parts(word: str) -> tuple[str, ...]:
    """What else than a noun a noun is: ``verb``, ``adjective``, ``adverb``; empty if it is not a noun."""
    nouns = lexicon.load()
    entries = nouns.entries.get(_key(word))
    flags = int(nouns.parts[entries[0]]) if entries else 0
    return tuple(name for bit, name in PARTS_OF_SPEECH.items() if flags & bit)


def in_category(word: str, synset: str) -> bool:
    """Whether the word's most frequent noun sense is the synset or lies below it, instances included.

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
    return word.lower().replace(" ", "_")


def _choose(depth: lexicon.Positions, options: Collection[str]) -> list[int]:
    """One entry per spelling in the category, alphabetically: the one with the lowest sense number."""
    nouns = lexicon.load()
    inside = depth[nouns.synsets] >= (0 if "root" in options else 1)
    found = np.flatnonzero(inside).tolist()
    if "first" in options:
        first = {nouns.keys[entry] for entry in found if nouns.senses[entry] == 1}
        found = [entry for entry in found if nouns.keys[entry] in first]
    chosen: dict[str, int] = {}
    for entry in found:
        lemma = nouns.lemmas[entry]
        if "single" in options and ("_" in lemma or "-" in lemma):
            continue
        if lemma not in chosen or nouns.senses[entry] < nouns.senses[chosen[lemma]]:
            chosen[lemma] = entry
    spelled = {entry: lemma.replace("_", " ") for lemma, entry in chosen.items()}
    return sorted(spelled, key=lambda entry: (spelled[entry].casefold(), spelled[entry]))


def _origin(root: str, options: Collection[str]) -> str:
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
    """The synset of a name; as in NLTK, any of its lemmas may stand for the first."""
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
    """What to write instead: the word's synsets, or those of the nearest words."""
    shown = senses(word)
    if shown:
        listed = ", ".join(f"{sense.synset} ({', '.join(sense.words[:3])})" for sense in shown)
        return f"the nouns called {word!r} are {listed}"
    alike = [key for key in lexicon.load().entries if abs(len(key) - len(word)) <= 2]
    close = difflib.get_close_matches(word, alike, n=3, cutoff=0.7)
    if not close:
        return "expected a name such as person.n.01"
    return f"did you mean {', '.join(f'{key}.n.01' for key in close)}?"


WORDNET_SCHEME = Scheme(
    name="wordnet",
    about="every noun below a WordNet synset; options root, instances, single, first",
    example="wordnet:person.n.01@first",
    make=load,
)
