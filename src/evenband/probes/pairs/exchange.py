"""Swap distance for a probe with several slots: one slot's value is exchanged, the others stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.encoders import Reading
from evenband.probes.embedding import embed
from evenband.probes.pairs.templates import fill
from evenband.similarity import paired_distance
from evenband.types import Encoder, Role, Scores, Vectors
from evenband.types.details import UNSEEN_PREFIX

MOST_EXCHANGED_LABELS = 16
"""Largest number of labels whose slots are exchanged; they are spread evenly over all."""


@dataclass(frozen=True)
class Exchange:
    """The slots of a probe, and what fills its gaps.

    Attributes:
        slots: names of two or more slots.
        values: n strings for each gap, by name.
    """

    slots: tuple[str, ...]
    values: Mapping[str, Sequence[str]]

    def measure(
        self, encoder: Encoder, text: str, vectors: Vectors, role: Role, reader: Encoder | None = None
    ) -> dict[str, Scores]:
        """Return the distance of text a from text a with another value in one slot.

        An exchange that the model reads as the same tokens is none: the other value stands behind the
        model's limit, or differs only in what the tokenizer drops. Its distance of 0 is not counted.

        Args:
            encoder: may be cached.
            text: text a with its gaps.
            vectors: of text a. Shape: (n, d).
            role: of text a.
            reader: the same model uncached, which may tell what it reads.

        Returns:
            ``swap_x`` for a slot x, NaN where it was not measured; ``unseen_x``, 1 where it was not for being
            the same tokens; and ``swap``, the mean of the slots' medians, equal for all labels.
            Shape: (n,) each, cosine distances in [0, 2].

        Raises:
            ModelError: if the encoder fails.
        """
        distances: dict[str, Scores] = {}
        unseen: dict[str, Scores] = {}
        for slot in self.slots:
            both = self._distances(encoder, text, vectors, role, slot, reader)
            distances[f"swap_{slot}"], unseen[UNSEEN_PREFIX + slot] = both
        medians = [float(np.nanmedian(column)) for column in distances.values() if not np.isnan(column).all()]
        swap = np.full(len(vectors), np.mean(medians) if medians else np.nan)
        return {**distances, **unseen, "swap": swap}

    def texts(self, text: str) -> list[str]:
        """Return the texts that :meth:`measure` embeds, of a text with its gaps."""
        return [
            filled
            for slot in self.slots
            if (pairs := self._pairs(slot))
            for filled in fill(text, self._exchanged_values(slot, pairs))
        ]

    def _distances(
        self,
        encoder: Encoder,
        text: str,
        vectors: Vectors,
        role: Role,
        slot: str,
        reader: Encoder | None,
    ) -> tuple[Scores, Scores]:
        """Return the distances after an exchange in one slot, and where it is the same tokens to the model.

        Shape: -> (n,), NaN where it was not measured; (n,), 1 or 0.
        """
        distances, unseen = np.full(len(vectors), np.nan), np.zeros(len(vectors))
        pairs = self._pairs(slot)
        if pairs:
            texts = fill(text, self._exchanged_values(slot, pairs))
            exchanged, rows = embed(encoder, texts, role), [row for row, _ in pairs]
            own = fill(text, {gap: [strings[row] for row in rows] for gap, strings in self.values.items()})
            is_same = _reads_alike(reader, own, texts, role)
            kept = exchanged.present & ~is_same
            measured = np.array(rows)[kept]
            distances[measured] = paired_distance(vectors[measured], exchanged.vectors[kept])
            unseen[np.array(rows)[is_same]] = 1.0
        return distances, unseen

    def _pairs(self, slot: str) -> list[tuple[int, int]]:
        """Return the rows whose value in a slot is exchanged, each with the row that it comes from."""
        n = len(self.values[slot])
        rows = np.unique(np.linspace(0, n - 1, min(MOST_EXCHANGED_LABELS, n)).astype(int)).tolist()
        return [(row, other) for row in rows if (other := self._other_row(slot, row)) is not None]

    def _other_row(self, slot: str, row: int) -> int | None:
        """Return the next label whose value in that slot differs from all values of this label."""
        n = len(self.values[slot])
        own = {self.values[name][row] for name in self.slots}
        return next(
            (other % n for other in range(row + 1, row + n) if self.values[slot][other % n] not in own),
            None,
        )

    def _exchanged_values(self, slot: str, pairs: Sequence[tuple[int, int]]) -> dict[str, list[str]]:
        """Return the values of every gap for each row, those of one slot taken from the other row."""
        return {
            gap: [strings[other if gap.partition(".")[0] == slot else row] for row, other in pairs]
            for gap, strings in self.values.items()
        }


def _reads_alike(
    reader: Encoder | None, texts: Sequence[str], others: Sequence[str], role: Role
) -> NDArray[np.bool_]:
    """Return which texts are the same tokens to a model as the others; none where it does not tell.

    Shape: n texts -> (n,).
    """
    unknown = np.zeros(len(texts), dtype=np.bool_)
    if reader is None or not isinstance(reader, Reading):
        return unknown
    left, right = reader.read(texts, role), reader.read(others, role)
    return unknown if left is None or right is None else left.keys == right.keys
