"""WordNet's noun hierarchy: lemmas, sense numbers, is-a and instance links. No glosses.

The data file is made by ``scripts/build_wordnet.py``, which documents its format.
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

FORMAT = "evenband nouns 1"
Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Links:
    """Edges of the hierarchy, from a synset to the one above it; each (e,)."""

    children: Positions
    parents: Positions

    def __add__(self, other: Links) -> Links:
        return Links(
            np.concatenate([self.children, other.children]), np.concatenate([self.parents, other.parents])
        )


@dataclass(frozen=True)
class Lexicon:
    """All noun synsets of WordNet. A synset is its position in the database, an entry a lemma of one synset.

    s synsets, m entries.

    Attributes:
        source: name and version of the database.
        lemmas: (m,) original spelling, words joined by underscores.
        keys: (m,) the same in lower case, as WordNet's index has them.
        senses: (m,) sense number, 1 is the most frequent sense of the lemma.
        parts: (m,) 1 if the lemma is a verb too, 2 an adjective, 4 an adverb, added up.
        starts: (s + 1,) a synset's entries are ``starts[i]:starts[i + 1]``.
        isa: hypernym links.
        instance: instance hypernym links, from a Paris to the cities.
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
        """(m,) the synset of each entry."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    @cached_property
    def entries(self) -> dict[str, tuple[int, ...]]:
        """Lower-case lemma to its entries, by sense number."""
        found: dict[str, tuple[int, ...]] = {}
        for entry in np.argsort(np.frombuffer(self.senses, np.uint8), kind="stable").tolist():
            key = self.keys[entry]
            found[key] = (*found[key], entry) if key in found else (entry,)
        return found

    def name(self, synset: int) -> str:
        """A synset's name after its first lemma, such as ``person.n.01``; the names that NLTK gives."""
        entry = self.starts[synset]
        return f"{self.keys[entry]}.n.{self.senses[entry]:02d}"

    def words(self, synset: int) -> tuple[str, ...]:
        """A synset's lemmas, underscores as spaces."""
        start, stop = self.starts[synset : synset + 2]
        return tuple(lemma.replace("_", " ") for lemma in self.lemmas[start:stop])

    def depths(self, root: int, instances: bool = False) -> Positions:
        """How many links each synset lies below the root at least: 0 is the root, -1 is not below it.

        Shape: (s,).
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
    """The lexicon that ships with the package, read once."""
    return decode(files("evenband.slots").joinpath("data/wordnet-nouns.zlib").read_bytes())


def decode(content: bytes) -> Lexicon:
    """The lexicon in a data file.

    Raises:
        ValueError: if it is not such a file.
    """
    header, _, body = zlib.decompress(content).partition(b"\n")
    description = json.loads(header)
    if description["format"] != FORMAT:
        raise ValueError(f"got the format {description['format']!r}, expected {FORMAT!r}")
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
