"""Training examples from a family of minimal pairs, of which templates and fillers are held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from evenband.digests import digest_of
from evenband.errors import InputError
from evenband.probes.files import catalogue
from evenband.probes.files.drawing import Draw
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.train.training_examples import Examples
from evenband.types.transfers import TransferGroup

HELD_TEMPLATES, HELD_PART = 2, 3
"""One template in so many is held out, since few sentences prove little; and one value of a slot."""

FEWEST_ROWS = 4
"""Labels that both sides need."""

TESTED_ROWS, TESTED_TEMPLATES = 32, 8
"""Labels and templates of each group that is measured, at most."""

NEGATIVES_OF_A_CELL = 8
"""Examples that one cell of an INV family gives, at most, each with another label as negative."""

_SUFFIXES: Mapping[TransferGroup, str] = {
    "trained": "trained",
    "new fillers": "new-fillers",
    "new templates": "new-templates",
    "new both": "new-both",
}


@dataclass(frozen=True)
class FamilySplit:
    """A family whose templates and fillers are divided into those to train on and those to test on.

    What is held out depends on the texts alone, by a digest: it is the same in every run.

    Attributes:
        probe: the whole family: all templates, all labels.
        templates: numbers of the templates to train on, from 0.
        rows: numbers of the labels to train on.
        held_templates: numbers of the templates that are held out.
        held_rows: numbers of the labels all of whose values are held out.
    """

    probe: MinimalPairs
    templates: tuple[int, ...]
    rows: tuple[int, ...]
    held_templates: tuple[int, ...]
    held_rows: tuple[int, ...]

    def shown(self, count: int, seed: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return templates and labels each combination of which is among that many examples.

        Half of the examples are theirs at most, so that the others come from all that there is.
        """
        rng = np.random.default_rng((seed, count))
        cells = max(FEWEST_ROWS, count // 2 // self._ways)
        templates = max(1, min(TESTED_TEMPLATES, len(self.templates), cells // FEWEST_ROWS))
        labels = max(1, min(TESTED_ROWS, len(self.rows), cells // templates))
        chosen = (
            rng.permutation(part)[:most] for part, most in ((self.templates, templates), (self.rows, labels))
        )
        first, second = (tuple(sorted(map(int, numbers))) for numbers in chosen)
        return first, second

    def groups(self, count: int, seed: int) -> dict[TransferGroup, MinimalPairs]:
        """Return the probes that are measured before and after a training.

        Args:
            count: number of triplets that the training shows, as for :meth:`examples`.
            seed: likewise.

        Raises:
            InputError: if so few triplets tell nothing.
        """
        least = FEWEST_ROWS * self._ways
        if count < least:
            raise InputError(
                f"--generate: got {count}, expected {least} or more, since fewer do not tell what is learned"
            )
        templates, rows = self.shown(count, seed)
        chosen: dict[TransferGroup, tuple[tuple[int, ...], tuple[int, ...]]] = {
            "trained": (templates, rows),
            "new fillers": (templates, self.held_rows),
            "new templates": (self.held_templates, rows),
            "new both": (self.held_templates, self.held_rows),
        }
        return {
            group: self._part(f"{self.probe.name}-{_SUFFIXES[group]}", templates, rows)
            for group, (templates, rows) in chosen.items()
        }

    def _part(self, name: str, templates: tuple[int, ...], rows: tuple[int, ...]) -> MinimalPairs:
        part = self.probe.take(rows[:TESTED_ROWS])
        return replace(
            part, name=name, templates=tuple(part.templates[j] for j in templates[:TESTED_TEMPLATES])
        )

    def examples(self, count: int, seed: int) -> Examples:
        """Return triplets made of the templates and labels to train on.

        INV gives (text, changed text, another label's changed text), DIFF (text, paraphrase, changed text),
        ORDER (query, relevant, irrelevant).

        Args:
            count: number of triplets.
            seed: decides which cells are taken.

        Raises:
            InputError: if the family does not give as many.
        """
        rng = np.random.default_rng((seed, count))
        texts = [self.probe.take(self.rows).texts(self.probe.templates[j]) for j in self.templates]
        cells = [(j, i) for j in range(len(texts)) for i in range(len(self.rows))]
        ways = NEGATIVES_OF_A_CELL if self.probe.type == "INV" else self._ways
        most = len(cells) * ways
        if not 1 <= count <= most:
            raise InputError(f"--generate: got {count:,}, expected 1 to {most:,} for {self.probe.name}")
        templates, labels = self.shown(count, seed)
        grid = [
            (way, self.templates.index(j), self.rows.index(i))
            for way in range(self._ways)
            for j in templates
            for i in labels
        ]
        turns = [(way, *cells[at]) for way in range(ways) for at in rng.permutation(len(cells))]
        turns = list(dict.fromkeys([*grid, *turns]))
        rows = [self._triplet(texts[j], i, way, rng) for way, j, i in turns[:count]]
        return Examples("triplets", tuple(zip(*rows, strict=True)), source=f"family {self.probe.name}")

    @property
    def _ways(self) -> int:
        """Examples that show all texts of a cell: one for each paraphrase of DIFF."""
        return len(self.probe.templates[0].others) if self.probe.type == "DIFF" else 1

    def _triplet(
        self, texts: tuple[list[str], ...], row: int, way: int, rng: np.random.Generator
    ) -> tuple[str, str, str]:
        """Return anchor, positive and negative of a cell."""
        filled = [column[row] for column in texts]
        if self.probe.type == "DIFF":
            return filled[0], filled[2 + way], filled[1]
        if self.probe.type == "ORDER":
            return filled[0], filled[1], filled[2]
        other = int(rng.integers(len(texts[1]) - 1))
        return filled[0], filled[1], texts[1][other + (other >= row)]

    def record(self) -> dict[str, Any]:
        """Return what was trained on and what was held out, as plain data."""
        templates, values = self.probe.templates, self.probe.slot.values
        return {
            "family": self.probe.name,
            "digest": self.probe.spec.digest,
            "trained_templates": [templates[j].name for j in self.templates],
            "held_out_templates": [templates[j].name for j in self.held_templates],
            "trained_fillers": [values[i] for i in self.rows],
            "held_out_fillers": [values[i] for i in self.held_rows],
        }


def split_family(family: str, most: int = 1000) -> FamilySplit:
    """Divide a family that ships with evenband, or that of a probe file.

    Args:
        family: name, or path of a .toml file with one probe.
        most: labels of it that are used.

    Raises:
        InputError: if there is no such family, or it has too few templates or labels to hold some out.
    """
    path = Path(family)
    if path.suffix == ".toml":
        definitions = catalogue.read(path)
        if len(definitions) != 1:
            raise InputError(f"{family} holds {len(definitions)} probes, expected one to train on")
        definition, folder = definitions[0], path.parent
    else:
        definition, folder = catalogue.find(family), None
    whole = definition.load(folder, Draw("full"))
    probe = whole.sample(most, np.random.default_rng(len(whole.slot)))
    by_digest = sorted(
        range(len(probe.templates)),
        key=lambda j: digest_of(
            ["held-out template", definition.name, list(definition.templates[j].template(probe.type).texts)]
        ),
    )
    held = max(1, len(by_digest) // HELD_TEMPLATES)
    sides = [_sides(probe, row) for row in range(len(probe.slot))]
    rows = tuple(row for row, side in enumerate(sides) if side == {False})
    held_rows = tuple(row for row, side in enumerate(sides) if side == {True})
    if len(by_digest) < 2 or min(len(rows), len(held_rows)) < FEWEST_ROWS:
        raise InputError(
            f"family {probe.name!r} has {len(by_digest)} templates and {len(probe.slot)} labels, too few to "
            "hold some out: whether a gain transfers could not be told"
        )
    return FamilySplit(
        probe, tuple(sorted(by_digest[held:])), rows, tuple(sorted(by_digest[:held])), held_rows
    )


def _sides(probe: MinimalPairs, row: int) -> set[bool]:
    """Return whether the values of a label are held out: both where it combines values of both sides."""
    values = probe.values
    return {is_held(probe.family or probe.name, values[slot][row]) for slot in probe.slots}


def is_held(family: str, value: str) -> bool:
    """Return whether a value is held out of a family's training."""
    return int(digest_of(["held-out filler", family, value])[:8], 16) % HELD_PART == 0
