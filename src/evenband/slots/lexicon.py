"""Data of WordNet's nouns: lemmas, sense numbers and the hierarchy, without glosses.

A *synset* is a set of words that share a sense; its words are its *lemmas*. The module ``wordnet``
answers questions with these data. The script ``scripts/build_wordnet.py`` writes the data file and
documents its format.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

NOUNS_FORMAT = "evenband nouns 1"
Positions = NDArray[np.int64]
"""Positions of synsets in the database, or of entries."""


@dataclass(frozen=True)
class Links:
    """Edges of the hierarchy, each from a synset to one directly above it.

    Attributes:
        children: lower synset of each edge. Shape: (e,).
        parents: upper synset of each edge. Shape: (e,).
    """

    children: Positions
    parents: Positions

    def __add__(self, other: Links) -> Links:
        return Links(
            np.concatenate([self.children, other.children]), np.concatenate([self.parents, other.parents])
        )


@dataclass(frozen=True)
class Lexicon:
    """All s noun synsets of WordNet with their m entries.

    A synset is identified by its position in the database. An entry is one lemma of one synset.

    Attributes:
        source: name and version of the database.
        lemmas: original spelling of each entry, with underscores for spaces. Shape: (m,).
        keys: the same in lower case, as in WordNet's index. Shape: (m,).
        senses: sense number of each entry; 1 is the most frequent sense of the lemma. Shape: (m,).
        parts: other parts of speech of each entry's lemma: the sum of 1 for a verb, 2 for an
            adjective and 4 for an adverb. Shape: (m,).
        starts: entries of synset i are ``starts[i]:starts[i + 1]``. Shape: (s + 1,).
        isa: links from a kind to what it is a kind of (hypernyms).
        instance: links from an individual to its class, such as Paris to city (instance hypernyms).
    """

    source: str
    lemmas: tuple[str, ...]
    keys: tuple[str, ...]
    senses: bytes
    parts: bytes
    starts: Positions
    isa: Links
    instance: Links

    @cached_property
    def synsets(self) -> Positions:
        """The synset of each entry.

        Shape: (m,).
        """
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    @cached_property
    def entries(self) -> dict[str, tuple[int, ...]]:
        """Entries of each lower-case lemma, ordered by sense number."""
        entries: dict[str, tuple[int, ...]] = {}
        for entry in np.argsort(np.frombuffer(self.senses, np.uint8), kind="stable").tolist():
            key = self.keys[entry]
            entries[key] = (*entries[key], entry) if key in entries else (entry,)
        return entries

    def name(self, synset: int) -> str:
        """Return the name of a synset by its first lemma, such as ``person.n.01``, as NLTK does."""
        entry = self.starts[synset]
        return f"{self.keys[entry]}.n.{self.senses[entry]:02d}"

    def words(self, synset: int) -> tuple[str, ...]:
        """Return the lemmas of a synset, with spaces for underscores."""
        start, stop = self.starts[synset : synset + 2]
        return tuple(lemma.replace("_", " ") for lemma in self.lemmas[start:stop])

    def depths(self, root: int, instances: bool = False) -> Positions:
        """Return the smallest number of links from each synset up to a root.

        Args:
            root: a synset.
            instances: follow instance links as well.

        Returns:
            0 for the root itself, -1 for a synset that is not below it. Shape: (s,).
        """
        links = self.isa + self.instance if instances else self.isa
        depth = np.full(len(self.starts) - 1, -1, dtype=np.int64)
        depth[root] = level = 0
        while True:
            below = links.children[depth[links.parents] == level]
            below = below[depth[below] < 0]
            if not below.size:
                return depth
            level += 1
            depth[below] = level


@cache
def load() -> Lexicon:
    """Return the lexicon that ships with the package; the file is read once."""
    return decode(files("evenband.slots").joinpath("data/wordnet-nouns.zlib").read_bytes())


def decode(content: bytes) -> Lexicon:
    """Decode the content of a data file.

    Raises:
        ValueError: if the file has another format version.
    """
    header, _, body = zlib.decompress(content).partition(b"\n")
    description = json.loads(header)
    if description["format"] != NOUNS_FORMAT:
        raise ValueError(f"got the format {description['format']!r}, expected {NOUNS_FORMAT!r}")
    ends = np.cumsum([0, *(size for _, _, size in description["sections"])]).tolist()
    spans = dict(zip((name for name, _, _ in description["sections"]), pairwise(ends), strict=True))
    dtypes = {name: dtype for name, dtype, _ in description["sections"]}

    def column(name: str) -> Positions:
        start, stop = spans[name]
        return np.frombuffer(body[start:stop], dtype=dtypes[name]).astype(np.int64)

    def links(name: str) -> Links:
        counts = column(f"{name}_counts")
        return Links(np.repeat(np.arange(len(counts)), counts), column(name))

    text = body[slice(*spans["lemmas"])].decode()
    return Lexicon(
        source=description["source"],
        lemmas=tuple(text.split("\n")),
        keys=tuple(text.lower().split("\n")),
        senses=body[slice(*spans["senses"])],
        parts=body[slice(*spans["parts"])],
        starts=np.concatenate([[0], np.cumsum(column("lemma_counts"))]),
        isa=links("isa"),
        instance=links("instance"),
    )
