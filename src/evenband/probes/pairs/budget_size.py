"""How many labels a budget of texts pays for, and whether it pays to search for the farthest ones."""

from __future__ import annotations

import numpy as np

from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs

FEWEST_DRAWN_LABELS = 200
"""Smallest random part: a band needs as many."""

DRAWN_QUARTER = 4
"""The random part is one label in so many of the budget's."""


def labels_within(probe: MinimalPairs, budget: int) -> int:
    """Return how many labels of a probe a budget of texts pays for.

    Raises:
        InputError: if it does not pay for one.
    """
    each = len(probe.templates) * len(probe.templates[0].texts)
    if budget < each:
        raise InputError(
            f"budget {budget}: a label of probe {probe.name!r} takes {each} texts, expected {each} or more"
        )
    return budget // each


def is_searched(probe: MinimalPairs, labels: int) -> bool:
    """Return whether a search takes part of a budget: not of a small one, or of texts in order."""
    return probe.type == "INV" and 2 * FEWEST_DRAWN_LABELS <= labels < len(probe.slot)


def labels_drawn(labels: int) -> int:
    """Return the size of the random part of a searched budget of so many labels."""
    return max(FEWEST_DRAWN_LABELS, labels // DRAWN_QUARTER)


def stand_in(probe: MinimalPairs) -> MinimalPairs:
    """Return a probe of as many labels as a budget pays for, evenly spread: what it will embed, about."""
    if probe.budget is None:
        return probe
    labels = labels_within(probe, probe.budget)
    if labels >= len(probe.slot):
        return probe
    return probe.take(np.linspace(0, len(probe.slot) - 1, labels).astype(int).tolist())
