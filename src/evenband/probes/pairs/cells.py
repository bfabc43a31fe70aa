"""Cells of minimal pairs: what is computed from one template's vectors, and how it becomes tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenband import stages
from evenband.probes.pairs.twins import Twins
from evenband.similarity import largest_similarity, paired_own, paired_similarity
from evenband.stats.neighbours import Neighbours, compare_neighbours
from evenband.stats.ordering import passes
from evenband.types import ProbeType, Scores, Similarity, Vectors
from evenband.types.details import ALIKE_TABLE, LETTERS, OWN_SCORE, UNSEEN_PREFIX

TWINS = ("twin_of", "twin_of_b", "drawn_with")
"""Tables of rows that are the same: see :class:`evenband.types.PairsDetails`."""

SAME_TOKENS = (UNSEEN_PREFIX, ALIKE_TABLE)
"""How the names of tables begin that mark what is the same tokens to the model."""

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
    twins: Twins,
    order: Order = COSINE_ORDER,
) -> dict[str, Scores]:
    """Return the similarity of text a to every other text, and how the other labels compare.

    Shape: (n, d) each -> (n,) each, by their names in a measurement file.

    Args:
        type_: of the probe; it decides what passes.
        vectors: of texts a, b ...
        tie: difference up to which two cosine distances are equal.
        twins: labels whose texts the model cannot tell apart; they are not each other's rivals.
        order: what decides which text is nearer, where that is not the cosine.

    Raises:
        ModelError: if a vector is zero.
    """
    stages.enter("comparing neighbours")
    first, second = vectors[:2]
    same_a, same_b = twins.same_a.of, twins.same_b.of
    neighbours = compare_neighbours(first, second, tie, same_a=same_a, same_b=same_b)
    similar = [paired_similarity(first, other) for other in vectors[1:]]
    cells = {"swap": neighbours.swap, **_named("score", similar)}
    by = order.similarity
    if by == "cosine":
        return cells | _ordered(type_, neighbours, similar, tie)
    tie = order.tie(vectors)
    own = [paired_own(by, first, other) for other in vectors[1:]]
    neighbours = compare_neighbours(first, second, tie, same_a=same_a, same_b=same_b, similarity=by)
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

    A table which says of every label that nothing is the same to the model is left out.

    Shape: k texts of n strings, and numbers (n,), for each template -> (n, t) each.
    """
    tables: dict[str, Any] = {
        name: np.stack([cells[name] for cells in numbers], axis=1) for name in numbers[0]
    }
    scores: Scores = tables.pop("score")
    own_rows = np.arange(len(scores))[:, None]
    tables = {name: one for name, one in tables.items() if name not in TWINS or (one != own_rows).any()}
    tables = {name: one for name, one in tables.items() if not name.startswith(SAME_TOKENS) or one.any()}
    for k in range(len(texts[0])):
        columns = [filled[k] for filled in texts]
        tables[f"text_{LETTERS[k]}"] = np.array(columns, dtype=object).T.copy()
    return scores, tables
