"""Spill-over: labels that moved only because a label with a similar spelling moved farther.

A model applies what it learns about one word in part to words that share tokens with it: a fine-tune that
pushes bootmaker's pair apart moves diemaker's pair too. Such a cell has moved, but nobody trained it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.types import Scores

RARE = 0.99
"""Quantile of the likeness of a probe's pairs of labels above which two labels are spelled alike."""

LABELS_COMPARED = 200
"""Number of labels, evenly spaced, whose pairs show how alike two labels of the probe usually are."""

ALONE = -1
"""Value in place of the leader's row for a label that follows none."""


def leaders(labels: Sequence[str], moved: NDArray[np.bool_], strength: Scores) -> NDArray[np.intp]:
    """Return the label that each moved label follows: the farthest moved one with a similar spelling.

    In each column, from the strongest to the weakest, a label that is spelled like a leader follows it;
    any other becomes a leader. Two labels are spelled alike if they are more alike than 99% of the
    probe's pairs of labels.

    Shape: n labels, (n, t), (n, t) -> (n, t) rows of the leaders, :data:`ALONE` where there is none.

    Args:
        labels: all labels of the probe.
        moved: whether each cell moved.
        strength: how far each cell moved.
    """
    followed = np.full(moved.shape, ALONE, dtype=np.intp)
    if not moved.any():
        return followed
    spelling = Spelling(labels)
    usual = spelling.usual()
    for j in range(moved.shape[1]):
        rows = np.flatnonzero(moved[:, j])
        column_leaders: list[int] = []
        for row in rows[np.argsort(-strength[rows, j], kind="stable")].tolist():
            leader = next((head for head in column_leaders if spelling.likeness(row, head) > usual), None)
            if leader is None:
                column_leaders.append(row)
            else:
                followed[row, j] = leader
    return followed


class Spelling:
    """Likeness of two labels of a probe in writing: the share of their trigrams that both have.

    A trigram is weighted by its rarity, log(n / number of labels that have it), which is the inverse
    document frequency (Sparck Jones 1972). An ending that a tenth of all labels share counts for little.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.grams = [trigrams(label) for label in labels]
        holders = Counter(gram for grams in self.grams for gram in grams)
        self.weight = {gram: math.log(len(labels) / count) for gram, count in holders.items()}

    def likeness(self, left: int, right: int) -> float:
        """Return Dice's coefficient 2 w(A and B) / (w(A) + w(B)) of two rows, in [0, 1] (Dice 1945).

        A and B are the trigrams of the two labels, and w is the sum of the weights of trigrams.
        """
        a, b = self.grams[left], self.grams[right]
        total = self._mass(a) + self._mass(b)
        return 2.0 * self._mass(a & b) / total if total > 0 else 0.0

    def usual(self) -> float:
        """Return the likeness that 99% of pairs of labels do not exceed, in [0, 1]; 1 without a pair."""
        rows = range(0, len(self.grams), max(1, len(self.grams) // LABELS_COMPARED))
        pairs = [self.likeness(a, b) for a in rows for b in rows if b < a]
        return float(np.quantile(pairs, RARE)) if pairs else 1.0

    def _mass(self, grams: frozenset[str]) -> float:
        """Return the sum of the weights of trigrams."""
        return sum(self.weight[gram] for gram in grams)


def trigrams(label: str) -> frozenset[str]:
    """Return the strings of three characters in a label, in lower case with a space at either end."""
    padded = f" {label.lower()} "
    return frozenset(padded[k : k + 3] for k in range(len(padded) - 2))
