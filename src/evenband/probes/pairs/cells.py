"""Cells of minimal pairs: what is computed from one template's vectors, and how it becomes tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evenband.probes.pairs.twins import Twins
from evenband.similarity import paired_similarity
from evenband.stats.neighbours import compare_neighbours
from evenband.stats.ordering import passes
from evenband.types import ProbeType, Scores, Vectors
from evenband.types.details import LETTERS

_RESERVED_COLUMNS = re.compile(
    r"label|template|score|swap|hit|auc|pass|rivals|twin_of|drawn_with|tokens|exact|drawn|fast|(text|score|swap|word)_\w+"
)

TWINS = ("twin_of", "drawn_with")
"""Tables of rows that are the same: see :class:`evenband.types.PairsDetails`."""


def compare_texts(
    type_: ProbeType, vectors: Sequence[Vectors], tie: float, twins: Twins
) -> dict[str, Scores]:
    """Return the similarity of text a to every other text, and how the other labels compare.

    Shape: (n, d) each -> (n,) each, by their names in a measurement file.

    Args:
        type_: of the probe; it decides what passes.
        vectors: of texts a, b ...
        tie: difference up to which two distances are equal.
        twins: labels whose texts the model cannot tell apart; they are not each other's rivals.

    Raises:
        ModelError: if a vector is zero.
    """
    neighbours = compare_neighbours(
        vectors[0], vectors[1], tie=tie, same_a=twins.same_a.of, same_b=twins.same_b.of
    )
    similar = [paired_similarity(vectors[0], other) for other in vectors[1:]]
    return {
        "swap": neighbours.swap,
        "hit": neighbours.hit,
        "auc": neighbours.auc,
        "score": similar[0],
        **{f"score_{LETTERS[2 + k]}": scores for k, scores in enumerate(similar[1:])},
        "pass": neighbours.least if type_ == "INV" else passes(type_, similar, tie),
        "rivals": neighbours.rivals.astype(np.float64),
    }


def stack_cells(
    texts: Sequence[Sequence[list[str]]], numbers: Sequence[Mapping[str, Scores]]
) -> tuple[Scores, dict[str, Any]]:
    """Return the scores, and the tables of all other numbers and texts, from the cells of t templates.

    A table of twins which says of every label that nothing is the same as it is left out.

    Shape: k texts of n strings, and numbers (n,), for each template -> (n, t) each.
    """
    tables: dict[str, Any] = {
        name: np.stack([cells[name] for cells in numbers], axis=1) for name in numbers[0]
    }
    scores: Scores = tables.pop("score")
    own_rows = np.arange(len(scores))[:, None]
    tables = {name: one for name, one in tables.items() if name not in TWINS or (one != own_rows).any()}
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
