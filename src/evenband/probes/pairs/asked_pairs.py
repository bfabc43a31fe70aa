"""What is asked of a reranker for one template, and what of it the reranker does not read to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.encoders import PairReading
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.types import Readings, Reranker, Truncation

Pair = tuple[str, str]

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """What is asked of a reranker for one template: n labels.

    Attributes:
        texts: text a, b ..., n strings each.
        pairs: the pairs of each label that are compared, n each: one for INV, those with text b, c ... for
            DIFF and ORDER.
        rivals: pairs of each label's query with the documents of its rivals; empty for DIFF and ORDER.
    """

    texts: tuple[list[str], ...]
    pairs: tuple[list[Pair], ...]
    rivals: tuple[list[Pair], ...]

    @property
    def all_pairs(self) -> list[Pair]:
        """Every pair, those that are compared first."""
        return [*(pair for column in self.pairs for pair in column), *(p for row in self.rivals for p in row)]


def read_asked(fresh: Reranker, asked: Asked) -> Readings | None:
    """Return what the model reads of every pair; ``None`` if it does not tell."""
    return fresh.read_pairs(asked.all_pairs) if isinstance(fresh, PairReading) else None


def find_undecidable_pairs(asked: Asked, readings: Readings | None) -> Mask:
    """Say of which labels two pairs to be compared are the same to the model only because of the cut.

    Shape: -> (n,).
    """
    n = len(asked.texts[0])
    undecidable = np.zeros(n, dtype=np.bool_)
    if readings is None:
        return undecidable
    first, whole = readings.keys[:n], readings.whole[:n]
    for k in range(1, len(asked.pairs)):
        part = slice(k * n, (k + 1) * n)
        undecidable |= (readings.keys[part] == first) & (readings.whole[part] != whole)
    return undecidable


def count_cut_pairs(
    probe: MinimalPairs,
    asked: Sequence[Asked],
    readings: Sequence[Readings | None],
    undecidable: Mask,
    limit: int | None,
) -> Truncation | None:
    """Return how many labels have a pair that is cut; ``None`` if the model does not tell."""
    n, known = len(probe.slot), [one for one in readings if one is not None]
    if len(known) < len(readings):
        return None
    kinds = len(asked[0].pairs)
    is_cut = np.zeros((kinds, n), dtype=np.bool_)
    for one in known:
        is_cut |= one.is_cut[: kinds * n].reshape(kinds, n)
    cells = [
        (probe.slot.values[row], probe.templates[column].name)
        for row, column in np.argwhere(undecidable).tolist()
    ]
    return Truncation(
        limit=limit,
        labels=int(is_cut.any(axis=0).sum()),
        sides=(0, *is_cut.sum(axis=1).tolist()),
        total=n,
        undecidable=tuple(cells),
    )
