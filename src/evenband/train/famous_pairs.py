"""Well-known minimal pairs: a model that has seen them shows on them nothing but its memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evenband.train.data_findings import Quotation, Tally
from evenband.train.text_features import bare, words_of
from evenband.train.training_examples import Examples

FAMOUS_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "let's eat, grandma": ("let's eat grandma", "lets eat grandma", "let's eat grandpa", "lets eat grandpa"),
    "eats, shoots and leaves": ("eats shoots and leaves", "eats shoots leaves"),
    "dog bites man": ("dog bites man", "man bites dog", "the dog bit the man", "the man bit the dog"),
    "woman without her man": ("woman without her man is nothing", "a woman without her man is nothing"),
    "most of the time, travellers worry": ("most of the time travellers worry about their luggage",),
    "the trophy and the suitcase": (
        "the trophy doesn't fit in the brown suitcase because it's too",
        "the trophy doesn't fit into the brown suitcase because it's too",
        "the trophy doesn't fit in the suitcase because it is too",
    ),
    "the councilmen and the demonstrators": ("the city councilmen refused the demonstrators a permit",),
    "time flies like an arrow": ("time flies like an arrow", "fruit flies like a banana"),
    "the old man the boat": ("the old man the boat",),
    "the horse raced past the barn": ("the horse raced past the barn fell",),
    "colourless green ideas": (
        "colorless green ideas sleep furiously",
        "colourless green ideas sleep furiously",
    ),
    "stop clubbing baby seals": ("stop clubbing baby seals",),
    "I saw the man with the telescope": ("i saw the man with the telescope",),
    "king - man + woman": ("king man woman", "king man woman queen"),
}
"""Sentences by the name of the pair; case and punctuation do not count."""

_BARE = {
    name: tuple(f" {bare(variant)} " for variant in variants) for name, variants in FAMOUS_SENTENCES.items()
}
_TELLING = frozenset(max(line.split(), key=len) for lines in _BARE.values() for line in lines)
"""The longest word of each sentence; texts without any of them need not be searched."""

WORD_PAIRS = (
    ("king", "queen"),
    ("man", "woman"),
    ("grandma", "grandpa"),
    ("actor", "actress"),
    ("paris", "france"),
    ("rome", "italy"),
    ("good", "bad"),
    ("hot", "cold"),
    ("big", "small"),
    ("buy", "sell"),
)
"""Words whose exchange makes a well-known pair, where it is all that two texts differ in."""

MOST_FAMOUS_QUOTED = 1


def find_famous(examples: Examples) -> tuple[Tally, ...]:
    """Return the well-known pairs that examples hold, with the rows of each."""
    rows: dict[str, list[int]] = {}
    for row, texts in enumerate(zip(*examples.texts, strict=True)):
        for name in dict.fromkeys([*_sentences(texts), *_exchanges(texts)]):
            rows.setdefault(name, []).append(row)
    order = sorted(rows, key=lambda name: (-len(rows[name]), name))
    return tuple(
        Tally(
            name,
            len(rows[name]),
            len(examples),
            tuple(
                Quotation(examples.places[row], tuple(column[row] for column in examples.texts))
                for row in rows[name][:MOST_FAMOUS_QUOTED]
            ),
            is_fault=False,
        )
        for name in order
    )


def _sentences(texts: Sequence[str]) -> Iterator[str]:
    """Yield the names of the sentences that occur in a row, anywhere in a text."""
    rows = [words_of(text) for text in texts]
    lines = [f" {' '.join(row)} " for row in rows if not _TELLING.isdisjoint(row)]
    for name, variants in _BARE.items():
        if any(variant in line for line in lines for variant in variants):
            yield name


def _exchanges(texts: Sequence[str]) -> Iterator[str]:
    """Yield the word pairs that are all that two texts of a row differ in."""
    rows = [words_of(text) for text in texts]
    for number, one in enumerate(rows):
        for other in rows[number + 1 :]:
            if len(one) != len(other):
                continue
            changes = {(a, b) for a, b in zip(one, other, strict=True) if a != b}
            if len(changes) == 1:
                a, b = changes.pop()
                yield from (f"{x}/{y}" for x, y in WORD_PAIRS if {a, b} == {x, y})
