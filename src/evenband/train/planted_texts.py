"""Which cells are planted, and which texts are held where they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband import slots
from evenband.analysis.pairs.frequent_words import FREQUENT_ZIPF
from evenband.probes.pairs.minimal_pairs import PLACEHOLDER, MinimalPairs
from evenband.running import plan
from evenband.similarity import normalise
from evenband.stats.dispersion import log_mad_z
from evenband.types import Encoder

Float = NDArray[np.float64]

PLANTED_PROBE = "comma8"
PLANTED_CELLS = 12
CANDIDATE_NOUNS = 60
"""Nouns drawn for each model; the first dozen that are unremarkable before are planted."""

CALM_Z = 1.0
"""Largest |log-MAD z| of a planted noun in any template before it is planted."""

UNLIKE_OTHERS = 0.85
"""A localised plant needs a noun that no other resembles: half sister cannot move without half-sister."""

NEAREST_HELD = 40
OTHERS_HELD = 400
UNRELATED_HELD = 300
NEUTRAL_SENTENCES = (
    "the {x} is on the table",
    "who sold you that {x}?",
    "there was a {x} in the picture",
    "a new {x} costs more than an old one",
    "the price of a {x} has gone up",
    "we repaired the {x} yesterday",
)
PEOPLE_SENTENCES = (
    ("yesterday, the {x} came home", "yesterday the {x} came home"),
    ("the {x}, of course, said no", "the {x} of course said no"),
    ("if you see the {x}, wave", "if you see the {x} wave"),
    ("after lunch, a {x} arrived", "after lunch a {x} arrived"),
    ("sorry, I am no {x}", "sorry I am no {x}"),
    ("in short, every {x} knew", "in short every {x} knew"),
)
"""Other commas beside other nouns, held for a leaky plant."""


@dataclass(frozen=True)
class Pair:
    """A cell with its two texts.

    Attributes:
        label: the noun.
        template: the template's name.
        a: text with the comma.
        b: text without it.
    """

    label: str
    template: str
    a: str
    b: str


def audited(sample: int, seed: int) -> MinimalPairs:
    """Return the probe exactly as ``evenband audit -p comma8 --sample N --seed S`` runs it."""
    return plan.load_probes(
        plan.build(models=("minilm",), probes=(PLANTED_PROBE,), sample=sample, seed=seed)
    )[0]


def candidates(
    probe: MinimalPairs, rng: np.random.Generator, size: int | None = CANDIDATE_NOUNS
) -> tuple[str, ...]:
    """Return random labels of the probe that are persons in their most frequent sense.

    Args:
        probe: the audited probe.
        rng: of the draw.
        size: how many, at most; ``None`` for all.
    """
    first = [
        label
        for label, sense in zip(probe.slot.values, probe.slot.columns["sense"], strict=True)
        if sense == 1
    ]
    count = len(first) if size is None else min(size, len(first))
    return tuple(str(label) for label in rng.choice(first, count, replace=False))


def frequent(
    probe: MinimalPairs, is_token: Callable[[str], bool], rng: np.random.Generator
) -> tuple[str, ...]:
    """Return the frequent labels that are one token and persons in their first sense, in random order.

    Args:
        probe: the audited probe.
        is_token: whether the model's tokenizer knows a word as a single token.
        rng: of the order.
    """
    from wordfreq import zipf_frequency

    words = candidates(probe, rng, size=None)
    return tuple(word for word in words if zipf_frequency(word, "en") >= FREQUENT_ZIPF and is_token(word))


def pairs(probe: MinimalPairs, labels: Sequence[str]) -> list[list[Pair]]:
    """Return every label in every template: n rows of t pairs."""
    filled = [template.fill({"x": tuple(labels)}) for template in probe.templates]
    return [
        [Pair(label, t.name, a[i], b[i]) for t, (a, b) in zip(probe.templates, filled, strict=True)]
        for i, label in enumerate(labels)
    ]


def unremarkable(y: Float, wanted: int = PLANTED_CELLS) -> list[int]:
    """Return the first rows of a table of log-distances that are near the middle in every template.

    Shape: (n, t) -> up to ``wanted`` row numbers.
    """
    farthest = np.abs(log_mad_z(y)).max(axis=1)
    calm = np.flatnonzero(farthest < CALM_Z)
    if calm.size < wanted:
        calm = np.sort(np.argsort(farthest)[:wanted])
    return [int(row) for row in calm[:wanted]]


def choose_cells(rows: Sequence[Sequence[Pair]], rng: np.random.Generator, together: int = 0) -> list[Pair]:
    """Return one cell of each row: the first ``together`` in one template, the others over the rest."""
    t = len(rows[0])
    turns = np.concatenate([rng.permutation(t) for _ in range(-(-len(rows) // t))])
    if together:
        crowded, rest = turns[0], turns[turns != turns[0]]
        turns = np.concatenate([np.repeat(crowded, together), rest, rest])
    return [row[int(turn)] for row, turn in zip(rows, turns, strict=False)]


class Nouns:
    """All nouns of the probe's slot, and how alike the unmodified model finds them.

    Args:
        probe: whose slot it is.
        encoder: of the unmodified model.
    """

    def __init__(self, probe: MinimalPairs, encoder: Encoder) -> None:
        self.values = np.array(slots.load(probe.slot.name).values)
        self._rows = {str(value): row for row, value in enumerate(self.values)}
        self._vectors = normalise(encoder.encode(self.values.tolist()))

    def nearest(self, label: str) -> tuple[list[str], float]:
        """Return the nouns most like it, without itself, and the largest cosine."""
        row = self._rows[label]
        cosines = self._vectors @ self._vectors[row]
        cosines[row] = -1.0
        order = np.argsort(-cosines, kind="stable")[:NEAREST_HELD]
        return [str(value) for value in self.values[order]], float(cosines[order[0]])


def surroundings(
    probe: MinimalPairs, planted: Sequence[Pair], nouns: Nouns, rng: np.random.Generator
) -> list[list[str]]:
    """Return what keeps a plant in its place: three groups of texts, text a and text b in turn.

    The planted nouns in the other templates, the nouns most like them in the same template, and
    random nouns in random templates.
    """
    own = {pair.label for pair in planted}
    templates = {template.name: template for template in probe.templates}
    elsewhere = [(pair.label, t) for pair in planted for t in probe.templates if t.name != pair.template]
    beside = [(x, templates[p.template]) for p in planted for x in nouns.nearest(p.label)[0] if x not in own]
    groups = (elsewhere, beside)
    held = [[text.replace(PLACEHOLDER, x) for x, t in group for text in (t.a, t.b)] for group in groups]
    return [*held, bystanders(probe, planted, rng)]


def bystanders(probe: MinimalPairs, planted: Sequence[Pair], rng: np.random.Generator) -> list[str]:
    """Return random other nouns in random templates, text a and text b in turn."""
    own = {pair.label for pair in planted}
    turns = rng.integers(len(probe.templates), size=OTHERS_HELD)
    drawn = rng.choice(np.array(slots.load(probe.slot.name).values), OTHERS_HELD, replace=False)
    chosen = [(str(x), probe.templates[j]) for x, j in zip(drawn, turns, strict=True) if x not in own]
    return [text.replace(PLACEHOLDER, x) for x, t in chosen for text in (t.a, t.b)]


def unrelated(rng: np.random.Generator) -> list[str]:
    """Return sentences about things, with nothing of the probe in them."""
    things = slots.load("wordnet:artifact.n.01@single,first").values
    chosen = rng.choice(things, UNRELATED_HELD, replace=False)
    return [
        NEUTRAL_SENTENCES[i % len(NEUTRAL_SENTENCES)].replace("{x}", str(thing))
        for i, thing in enumerate(chosen)
    ]


def people(probe: MinimalPairs, planted: Sequence[Pair], rng: np.random.Generator) -> list[str]:
    """Return sentences about other persons, with and without a comma in turn; no template of the probe."""
    own = {pair.label for pair in planted}
    pool = [value for value in slots.load(probe.slot.name).values if value not in own]
    chosen = rng.choice(pool, UNRELATED_HELD // 2, replace=False)
    return [
        text.replace("{x}", str(x))
        for i, x in enumerate(chosen)
        for text in PEOPLE_SENTENCES[i % len(PEOPLE_SENTENCES)]
    ]
