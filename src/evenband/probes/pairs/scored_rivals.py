"""Rivals of a reranker: other labels' documents that it scores for the same query.

An encoder compares a text with all others at once; a reranker reads every pair by itself. So a few rivals are
drawn for each label, the same number for every probe that has so many.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.probes.pairs.minimal_pairs import MinimalPairs

RIVALS_SCORED = 31
"""Number of other labels' documents that a reranker scores for each cell of an INV probe.

It is all of them in a quick probe of 32 labels, and the number among which pass rates of probes of any size
compare.
"""

Places = NDArray[np.intp]


def count_pairs(probe: MinimalPairs) -> int:
    """Return how many pairs a reranker scores for a probe, its noise left out."""
    n = len(probe.slot)
    per_cell = 1 + min(RIVALS_SCORED, n - 1) if probe.type == "INV" else len(probe.templates[0].texts) - 1
    return n * len(probe.templates) * per_cell


def draw_rivals(
    documents: Sequence[str], rng: np.random.Generator, most: int = RIVALS_SCORED
) -> list[Places]:
    """Draw rivals for each label: rows with other documents, each document once, without replacement.

    Args:
        documents: n texts.
        rng: draws them where there are more than ``most``.
        most: largest number of rivals of a label.

    Returns:
        For each label the rows of its rivals, increasing: all other documents where there are ``most`` or
        fewer.
    """
    first: dict[str, int] = {}
    codes = np.array([first.setdefault(text, len(first)) for text in documents], dtype=np.intp)
    rows = np.array([documents.index(text) for text in first], dtype=np.intp)
    others = len(rows) - 1
    drawn = []
    for code in codes:
        places = np.arange(others) if others <= most else np.sort(rng.choice(others, most, replace=False))
        drawn.append(rows[places + (places >= code)])
    return drawn
