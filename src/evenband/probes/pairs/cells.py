"""Cells of minimal pairs: what is computed from one template's vectors, and how it becomes tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evenband import stages
from evenband.similarity import paired_similarity
from evenband.stats.neighbours import compare_neighbours
from evenband.stats.ordering import passes
from evenband.types import ProbeType, Scores, Vectors
from evenband.types.details import LETTERS

_RESERVED_COLUMNS = re.compile(
    r"label|template|score|swap|hit|auc|pass|tokens|exact|drawn|fast|(text|score|swap|word)_\w+"
)


def compare_texts(type_: ProbeType, vectors: Sequence[Vectors], tie: float) -> dict[str, Scores]:
    """Return the similarity of text a to every other text, and how the other labels compare.

    Shape: (n, d) each -> (n,) each, by their names in a measurement file.

    Args:
        type_: of the probe; it decides what passes.
        vectors: of texts a, b ...
        tie: difference up to which two distances are equal.

    Raises:
        ModelError: if a vector is zero.
    """
    stages.enter("comparing neighbours")
    neighbours = compare_neighbours(vectors[0], vectors[1], tie=tie)
    similar = [paired_similarity(vectors[0], other) for other in vectors[1:]]
    return {
        "swap": neighbours.swap,
        "hit": neighbours.hit,
        "auc": neighbours.auc,
        "score": similar[0],
        **{f"score_{LETTERS[2 + k]}": scores for k, scores in enumerate(similar[1:])},
        "pass": neighbours.least if type_ == "INV" else passes(type_, similar, tie),
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
