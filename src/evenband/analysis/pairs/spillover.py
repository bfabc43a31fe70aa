"""Which of the labels that moved only followed another that is spelled alike.

What a model learns of one word it applies in part to words that share tokens with it: a fine-tune that
pushes bootmaker's pair apart moves diemaker's, too. Such a cell has moved, but nobody taught it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.types import Scores

RARE = 0.99
"""Quantile of the likeness of two labels of the probe above which they count as spelled alike."""

COMPARED = 200
"""Labels, evenly spaced, whose pairs say how alike two labels of the probe usually are."""

ALONE = -1
"""Leader of a label that follows none."""


def leaders(labels: Sequence[str], moved: NDArray[np.bool_], strength: Scores) -> NDArray[np.intp]:
    """The label that each moved label follows: the farthest moved one that it is spelled like.

    From the strongest to the weakest of a column, a label that is spelled like one before it follows
    it, and is followed by none; the others lead. Alike: more so than 99 of 100 pairs of the
    probe's labels.

    Shape: n labels, (n, t), (n, t) -> (n, t) rows of the leaders, :data:`ALONE` where there is none.
    """
    found = np.full(moved.shape, ALONE, dtype=np.intp)
    if not moved.any():
        return found
    spelling = Spelling(labels)
    usual = spelling.usual()
    for j in range(moved.shape[1]):
        rows = np.flatnonzero(moved[:, j])
        heads: list[int] = []
        for row in rows[np.argsort(-strength[rows, j], kind="stable")].tolist():
            leader = next((head for head in heads if spelling.likeness(row, head) > usual), None)
            if leader is None:
                heads.append(row)
            else:
                found[row, j] = leader
    return found


class Spelling:
    """How alike two labels of a probe are in writing: trigrams shared, the rare ones above all."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.grams = [trigrams(label) for label in labels]
        holders = Counter(gram for grams in self.grams for gram in grams)
        self.weight = {gram: math.log(len(labels) / count) for gram, count in holders.items()}

    def likeness(self, left: int, right: int) -> float:
        """Dice's coefficient 2 w(A and B) / (w(A) + w(B)) of two rows, in [0, 1].

        w adds up log(n / labels that hold it) over trigrams (Sparck Jones 1972), so that an ending
        that a tenth of all labels share counts for little.
        """
        a, b = self.grams[left], self.grams[right]
        total = self._mass(a) + self._mass(b)
        return 2.0 * self._mass(a & b) / total if total > 0 else 0.0

    def usual(self) -> float:
        """Likeness that 99 of 100 pairs of labels do not exceed, in [0, 1]; 1 for fewer than two labels."""
        rows = range(0, len(self.grams), max(1, len(self.grams) // COMPARED))
        pairs = [self.likeness(a, b) for a in rows for b in rows if b < a]
        return float(np.quantile(pairs, RARE)) if pairs else 1.0

    def _mass(self, grams: frozenset[str]) -> float:
        return sum(self.weight[gram] for gram in grams)


def trigrams(label: str) -> frozenset[str]:
    """Strings of three characters of a label in lower case, with a space before and after it."""
    padded = f" {label.lower()} "
    return frozenset(padded[k : k + 3] for k in range(len(padded) - 2))
