"""Cells of minimal pairs: what is computed from one template's vectors, and how it becomes tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evenband.similarity import largest_similarity, paired_own, paired_similarity
from evenband.stats.neighbours import Neighbours, compare_neighbours
from evenband.stats.ordering import passes
from evenband.types import ProbeType, Scores, Similarity, Vectors
from evenband.types.details import LETTERS, OWN_SCORE

_RESERVED_COLUMNS = re.compile(
    r"label|template|score|swap|hit|auc|pass|rivals|nearer|tied|tokens|exact|drawn|fast|own_score(_\w)?"
    r"|(text|score|swap|word)_\w+"
)


SMALLEST_DIFFERENCE = 1e-9
"""Difference, relative to the largest similarity, up to which two are equal, whatever the noise says."""


@dataclass(frozen=True)
class Order:
    """What puts a model's texts in order, and how exact it is.

    Attributes:
        similarity: by which one text is nearer than another.
        noise: largest change of a similarity when its texts are embedded again, in its own unit.
    """

    similarity: Similarity = "cosine"
    noise: float = 0.0

    def tie(self, vectors: Sequence[Vectors]) -> float:
        """Return the difference up to which two similarities are equal. Shape: (n, d) each."""
        return max(SMALLEST_DIFFERENCE * largest_similarity(self.similarity, *vectors), self.noise)


COSINE_ORDER = Order()


def compare_texts(
    type_: ProbeType,
    vectors: Sequence[Vectors],
    tie: float,
    same: Sequence[ArrayLike | None] = (None, None),
    order: Order = COSINE_ORDER,
) -> dict[str, Scores]:
    """Return the similarity of text a to every other text, and how the other labels compare.

    Shape: (n, d) each -> (n,) each, by their names in a measurement file.

    Args:
        type_: of the probe; it decides what passes.
        vectors: of texts a, b ...
        tie: difference up to which two cosine distances are equal.
        same: (n,) codes of text a and of text b; equal codes are one text. ``None`` where all differ.
        order: what decides which text is nearer, where that is not the cosine.

    Raises:
        ModelError: if a vector is zero.
    """
    neighbours = compare_neighbours(vectors[0], vectors[1], tie=tie, same_a=same[0], same_b=same[1])
    similar = [paired_similarity(vectors[0], other) for other in vectors[1:]]
    cells = {"swap": neighbours.swap, **_named("score", similar)}
    if order.similarity == "cosine":
        return cells | _ordered(type_, neighbours, similar, tie)
    tie, (same_a, same_b) = order.tie(vectors), same
    own = [paired_own(order.similarity, vectors[0], other) for other in vectors[1:]]
    neighbours = compare_neighbours(
        vectors[0], vectors[1], tie, same_a=same_a, same_b=same_b, similarity=order.similarity
    )
    return cells | _named(OWN_SCORE, own) | _ordered(type_, neighbours, own, tie)


def _named(name: str, similar: Sequence[Scores]) -> dict[str, Scores]:
    """Return the similarities to text b, c ... by their names in a measurement file. Shape: (n,) each."""
    return {name if not k else f"{name}_{LETTERS[1 + k]}": scores for k, scores in enumerate(similar)}


def _ordered(
    type_: ProbeType, neighbours: Neighbours, similar: Sequence[Scores], tie: float
) -> dict[str, Scores]:
    """Return everything that depends only on which texts are nearer. Shape: (n,) each."""
    cells = {"hit": neighbours.hit, "auc": neighbours.auc, "rivals": neighbours.rivals.astype(np.float64)}
    if type_ != "INV":
        return {**cells, "pass": passes(type_, similar, tie)}
    counts = {"nearer": neighbours.nearer, "tied": neighbours.tied}
    return {
        **cells,
        "pass": neighbours.least,
        **{name: count.astype(np.float64) for name, count in counts.items()},
    }


def stack_cells(
    texts: Sequence[Sequence[list[str]]], numbers: Sequence[Mapping[str, Scores]]
) -> tuple[Scores, dict[str, Any]]:
    """Return the scores, and the tables of all other numbers and texts, from the cells of t templates.

    Shape: k texts of n strings, and numbers (n,), for each template -> (n, t) each.
    """
    tables: dict[str, Any] = {
        name: np.stack([cells[name] for cells in numbers], axis=1) for name in numbers[0]
    }
    scores: Scores = tables.pop("score")
    for k in range(len(texts[0])):
        columns = [filled[k] for filled in texts]
        tables[f"text_{LETTERS[k]}"] = np.array(columns, dtype=object).T.copy()
    return scores, tables


def unreserved(columns: Mapping[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """Return the columns of a slot, those with a name that evenband uses itself prefixed with ``slot_``."""
    return {
        f"slot_{name}" if _RESERVED_COLUMNS.fullmatch(name) else name: column
        for name, column in columns.items()
    }
