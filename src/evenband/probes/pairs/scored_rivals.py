"""Rivals of a reranker: other labels' documents that it scores for the same query.

An encoder compares a text with all others at once; a reranker reads every pair by itself. So a few rivals are
drawn for each label, the same number for every probe that has so many.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.stats.groups import exclude_linked, group

RIVALS_SCORED = 31
"""Number of other labels' documents that a reranker scores for each cell of an INV probe.

It is all of them in a quick probe of 32 labels, and the number among which pass rates of probes of any size
compare.
"""

Places = NDArray[np.intp]


def count_pairs(probe: MinimalPairs) -> int:
    """Return how many pairs a reranker scores for a probe at most, its noise left out.

    It scores fewer where labels share a query or have twins, which are no rivals.
    """
    n = len(probe.slot)
    per_cell = 1 + min(RIVALS_SCORED, n - 1) if probe.type == "INV" else len(probe.templates[0].texts) - 1
    return n * len(probe.templates) * per_cell


def draw_rivals(
    queries: ArrayLike, documents: ArrayLike, rng: np.random.Generator, most: int = RIVALS_SCORED
) -> list[Places]:
    """Draw rivals for each label: rows with other documents, each document once, without replacement.

    What the rows with the same query have for a document answers that query too, and is no rival.

    Args:
        queries: (n,) codes of the texts that ask; equal ones are one text to the model.
        documents: (n,) codes of the texts that answer, likewise.
        rng: draws them where there are more than ``most``.
        most: largest number of rivals of a label.

    Returns:
        For each label the rows of its rivals, increasing: all other documents where there are ``most`` or
        fewer.

    Raises:
        InputError: if there are not as many queries as documents.
    """
    n = len(np.asarray(queries))
    answering = group(n, documents)
    answers = exclude_linked(group(n, queries), answering)
    drawn = []
    for code in answers.rows.of:
        own = answers.columns[answers.starts[code] : answers.starts[code + 1]]
        others = len(answering) - len(own)
        places = np.arange(others) if others <= most else np.sort(rng.choice(others, most, replace=False))
        # The place among the other documents becomes the place among all of them.
        skipped = np.searchsorted(own - np.arange(len(own)), places, side="right")
        drawn.append(answering.first[places + skipped])
    return drawn
