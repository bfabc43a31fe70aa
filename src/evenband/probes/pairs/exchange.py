"""The swap baseline of a probe with several slots: one slot's value exchanged, the others kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenband.probes.embedding import embed
from evenband.probes.pairs.templates import fill
from evenband.similarity import paired_distance
from evenband.types import Encoder, Role, Scores, Vectors

LABELS = 16
"""Labels whose slots are exchanged, evenly spread over all."""


@dataclass(frozen=True)
class Exchange:
    """Which slots there are, and what fills their gaps.

    Attributes:
        slots: names of two or more slots.
        values: n strings for each gap, by name.
    """

    slots: tuple[str, ...]
    values: Mapping[str, Sequence[str]]

    def measure(self, encoder: Encoder, text: str, vectors: Vectors, role: Role) -> dict[str, Scores]:
        """Distance of text a from text a with another value in one slot.

        Args:
            encoder: may be cached.
            text: text a with its gaps.
            vectors: of text a, (n, d).
            role: of text a.

        Returns:
            ``swap_x`` for a slot x, (n,), NaN where it was not measured, and ``swap``, the mean
            of the slots' medians, equal for all labels.
        """
        n = len(vectors)
        rows = np.unique(np.linspace(0, n - 1, min(LABELS, n)).astype(int))
        found: dict[str, Scores] = {}
        for slot in self.slots:
            found[f"swap_{slot}"] = np.full(n, np.nan)
            pairs = [(row, other) for row in rows.tolist() if (other := self._other(slot, row)) is not None]
            if pairs:
                here = [row for row, _ in pairs]
                changed = embed(encoder, fill(text, self._values(slot, pairs)), role)
                there = np.array(here)[changed.present]
                found[f"swap_{slot}"][there] = paired_distance(
                    vectors[there], changed.vectors[changed.present]
                )
        medians = [float(np.nanmedian(one)) for one in found.values() if not np.isnan(one).all()]
        found["swap"] = np.full(n, np.mean(medians) if medians else np.nan)
        return found

    def _other(self, slot: str, row: int) -> int | None:
        """The next label whose value in that slot is none of this label's values."""
        n = len(self.values[slot])
        own = {self.values[name][row] for name in self.slots}
        return next(
            (other % n for other in range(row + 1, row + n) if self.values[slot][other % n] not in own),
            None,
        )

    def _values(self, slot: str, pairs: Sequence[tuple[int, int]]) -> dict[str, list[str]]:
        """The gaps of each row, those of one slot from the other row."""
        return {
            key: [part[other if key.partition(".")[0] == slot else row] for row, other in pairs]
            for key, part in self.values.items()
        }
