"""The texts a repair is learned from, and those it is judged on: other sentences, words and fillers.

A family's sentences are split: the second half to learn from, the first half (which a standard audit shows)
to judge by. The judged words are drawn first, and a label with one of them is not learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evenband import probes
from evenband.errors import InputError
from evenband.probes import Definition, Draw, MinimalPairs, PairTable
from evenband.randomness import stream
from evenband.running.plan import is_file, list_probes

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
        is_one_sentence: whether the family has a single sentence, so that only its words are held out.
    """

    name: str
    learned: MinimalPairs
    judged: MinimalPairs
    is_one_sentence: bool


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
    judged = _first(whole.load(None, Draw(fresh=2 * seed + 1)), LABELS_LEARNED, seed)
    learned = _without(whole.load(None, Draw(fresh=2 * seed + 2)), judged)
    half = (len(judged.templates) + 1) // 2
    is_one = len(judged.templates) == 1
    judged = replace(
        judged, name=definition.name, draw="", novel=None, templates=judged.templates[:half]
    )  # the only draw of its run, whose report and scorecard are of it
    learned = replace(learned, templates=learned.templates[0 if is_one else half :])
    learned, judged = (_first(probe, labels, seed) for probe in (learned, judged))
    return SplitFamily(definition.name, learned, judged, is_one)


def _first(probe: MinimalPairs, labels: int, seed: int) -> MinimalPairs:
    """Return so many labels of a probe; fewer are always among more, so that their vectors are cached."""
    order = stream(seed, "sample").permutation(len(probe.slot)).tolist()
    return probe.take(sorted(order[:labels]))


def _split_table(table: PairTable, seed: int, labels: int) -> SplitFamily:
    """Split the rows of a table of finished pairs in two halves."""
    whole = table.load()
    order = stream(seed, "sample").permutation(len(whole.slot)).tolist()
    half = len(order) // 2
    judged, learned = (whole.take(sorted(rows[:labels])) for rows in (order[:half], order[half:]))
    return SplitFamily(table.name, learned, judged, is_one_sentence=True)


def _without(learned: MinimalPairs, judged: MinimalPairs) -> MinimalPairs:
    """Return the probe without the labels that have a word of the judged ones.

    Where words of a small list are combined, so few would be left that only equal combinations are dropped.
    """
    taken = {value for slot in judged.slots for value in judged.values[slot]}
    values = [learned.values[slot] for slot in learned.slots]
    n = len(learned.slot)
    rows = [row for row in range(n) if not any(part[row] in taken for part in values)]
    if len(rows) < FEWEST_LEARNED and len(learned.slots) > 1:
        whole = set(judged.slot.values)
        rows = [row for row in range(n) if learned.slot.values[row] not in whole]
    return learned.take(rows)


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
