"""The texts a repair is learned from, and those it is judged on: other sentences, words and fillers.

A family's sentences are split: the second half to learn from, the first half (which a standard audit shows)
to judge by. Words and fillers are divided between the two before any are combined. Where lists are too short
for that, combinations differ and words recur, and :attr:`SplitFamily.new` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from evenband import probes
from evenband.analysis.repairs import Novelty
from evenband.errors import InputError, UnfitValuesError
from evenband.probes import Definition, Draw, MinimalPairs, PairTable
from evenband.randomness import stream
from evenband.running.plan import is_file, list_probes
from evenband.train.repair_tables import halves_of

LABELS_LEARNED = 100
"""Labels of a family that are learned from, and judged, at most."""

FEWEST_LEARNED = 20
"""Labels below which nothing is learned from a family: half of them choose the strength."""


@dataclass(frozen=True)
class SplitFamily:
    """One probe family, split into what is learned from and what is judged.

    Attributes:
        name: of the family.
        learned: probe on the sentences and labels to learn from.
        judged: probe on the sentences and labels that the outcome is measured on.
        new: what the judged texts have that none of those learned from has.
    """

    name: str
    learned: MinimalPairs
    judged: MinimalPairs
    new: Novelty


def split_family(definition: Definition | PairTable, seed: int, labels: int = LABELS_LEARNED) -> SplitFamily:
    """Draw a family twice: to learn from, and to judge by.

    Args:
        definition: of the family, or a table of finished pairs, whose rows are split.
        seed: of both draws, 0 or more.
        labels: of each half, at most.

    Raises:
        InputError: if a slot cannot be loaded.
    """
    if isinstance(definition, PairTable):
        return _split_table(definition, seed, labels)
    whole = definition.model_copy(update={"sentences": len(definition.templates)})
    judged, learned = _divided(whole, seed) or _drawn_twice(whole, seed)
    half = (len(judged.templates) + 1) // 2
    is_one = len(judged.templates) == 1
    judged = replace(
        judged, name=definition.name, draw="", novel=None, templates=judged.templates[:half]
    )  # the only draw of its run, whose report and scorecard are of it
    learned = replace(learned, templates=learned.templates[0 if is_one else half :])
    learned, judged = (_first(probe, labels, seed) for probe in (learned, judged))
    shares_words = len(_without_words_of(judged, learned)) < len(learned.slot)
    new: Novelty = "sentences" if shares_words else "sentences and words"
    if is_one:
        new = "combinations" if shares_words else "words"
    return SplitFamily(definition.name, learned, judged, new)


def _first(probe: MinimalPairs, labels: int, seed: int) -> MinimalPairs:
    """Return so many labels of a probe; fewer are always among more, so that their vectors are cached."""
    order = stream(seed, "sample").permutation(len(probe.slot)).tolist()
    return probe.take(sorted(order[:labels]))


def _split_table(table: PairTable, seed: int, labels: int) -> SplitFamily:
    """Split the rows of a table of finished pairs in two halves, which share no text if that can be."""
    whole = table.load()
    order = stream(seed, "sample").permutation(len(whole.slot)).tolist()
    halves = halves_of(list(whole.parts.values()), order, FEWEST_LEARNED)
    judged, learned = (whole.take(sorted(rows[:labels])) for rows in (halves.judged, halves.learned))
    return SplitFamily(table.name, learned, judged, "rows" if halves.share_texts else "pairs")


def _divided(whole: Definition, seed: int) -> tuple[MinimalPairs, MinimalPairs] | None:
    """Draw what is judged and what is learned from of words that were divided before.

    Returns:
        ``None`` where lists are too short to be divided.
    """
    try:
        judged, learned = (
            whole.load(
                None, Draw(fresh=2 * seed + draw, allowed=partial(_is_learned, whole.name, seed, side))
            )
            for draw, side in ((1, 0), (2, 1))
        )
    except UnfitValuesError:
        return None
    judged = _first(judged, LABELS_LEARNED, seed)
    rows = _without_words_of(judged, learned)
    if len(rows) < FEWEST_LEARNED or len(judged.slot) < FEWEST_LEARNED:
        return None
    return judged, learned.take(rows)


def _is_learned(family: str, seed: int, side: int, value: str) -> bool:
    """Return whether a value is on a side: 0 is judged, 1 is learned from; capitals make no difference."""
    text = "\0".join((family, str(seed), value.casefold()))
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[0] % 2 == side


def _drawn_twice(whole: Definition, seed: int) -> tuple[MinimalPairs, MinimalPairs]:
    """Draw what is judged, then what is learned from of what that leaves over.

    Where words of a small list are combined, so few labels would be left without a judged word that only
    equal combinations are dropped.

    Raises:
        InputError: if a slot cannot be loaded.
    """
    judged = _first(whole.load(None, Draw(fresh=2 * seed + 1)), LABELS_LEARNED, seed)
    learned = whole.load(None, Draw(fresh=2 * seed + 2))
    rows = _without_words_of(judged, learned)
    if len(rows) < FEWEST_LEARNED and len(learned.slots) > 1:
        taken = set(judged.slot.values)
        rows = [row for row in range(len(learned.slot)) if learned.slot.values[row] not in taken]
    return judged, learned.take(rows)


def _without_words_of(judged: MinimalPairs, learned: MinimalPairs) -> list[int]:
    """Return the rows of the labels to learn from that have no word of a judged one, nor a form of one."""
    words = {value.casefold() for slot in judged.slots for value in judged.values[slot]}
    forms = {value.casefold() for values in judged.values.values() for value in values}

    def is_new(row: int) -> bool:
        own = {values[row].casefold() for values in learned.values.values()}
        return own.isdisjoint(words) and forms.isdisjoint(
            learned.values[slot][row].casefold() for slot in learned.slots
        )

    return [row for row in range(len(learned.slot)) if is_new(row)]


def check_learnable(families: Sequence[SplitFamily]) -> None:
    """Refuse families with too few labels to learn from.

    Raises:
        InputError: naming the family and the numbers.
    """
    for family in families:
        count = len(family.learned.slot)
        if count < FEWEST_LEARNED:
            raise InputError(
                f"probe {family.name!r}: {count} labels are left to learn from beside those it is judged on, "
                f"expected {FEWEST_LEARNED} or more; give it a longer list of words"
            )


def definitions_of(names: Sequence[str]) -> list[Definition | PairTable]:
    """Return the families of names, probe files and tables.

    Raises:
        InputError: if one does not exist or cannot be read.
    """
    found: list[Definition | PairTable] = []
    for name in list_probes(names):
        if name.endswith(".toml"):
            found += probes.read(Path(name))
        else:
            found.append(probes.read_table(Path(name)) if is_file(name) else probes.find(name))
    return found
