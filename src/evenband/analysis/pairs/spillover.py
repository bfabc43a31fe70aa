"""Spill-over: labels that moved only because a label like them moved much farther.

A model applies what it learns about one word in part to words that share tokens or a meaning with it: a
fine-tune that pushes bootmaker's pair apart moves diemaker's pair too, and one on granddaughter moves niece.
Such a cell has moved, but nobody trained it, and it moved less than half as far. Two words that were both
trained moved alike, however similar they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.limits import LEVEL
from evenband.analysis.pairs.scale import Scale
from evenband.stats.detection import Detection
from evenband.types import PairsMeasurement, Scores

RARE_SPELLING = 0.99
"""Quantile of the likeness of a probe's pairs of labels above which two labels are spelled alike."""

RARE_MEANING = 0.995
"""Quantile of the cosines of a probe's pairs of labels above which two labels mean nearly the same.

In planted models, the labels that moved along are at .997 and above, and unrelated ones below .99.
"""

LARGEST_SPILL = 0.5
"""Share of the other label's move below which a similar label only moved along.

In eighteen planted models labels that moved along moved by .11 to .45 of it, and labels that were planted
in the same sentence by .59 or more (median .99).
"""

LABELS_COMPARED = 200
"""Number of labels, evenly spaced, whose pairs show how alike two labels of the probe usually are."""

ALONE = -1
"""Value in place of the leader's row for a label that follows none."""


def leaders(
    labels: Sequence[str],
    moved: NDArray[np.bool_],
    move: Scores,
    components: NDArray[np.floating] | None = None,
) -> NDArray[np.intp]:
    """Return the label that each moved label follows: a similar one that moved more than twice as far.

    In each column, from the farthest to the nearest, a label that moved apart follows a leader that it
    resembles and of whose move it shows less than :data:`LARGEST_SPILL`; any other becomes a leader. Two
    labels resemble each other if their spelling is more alike than that of 99% of the probe's pairs of
    labels, or their meaning than that of 99.5%.

    Shape: n labels, (n, t), (n, t), (n, k) or none -> (n, t) rows of the leaders, :data:`ALONE` where there
    is none.

    Args:
        labels: all labels of the probe.
        moved: whether each cell moved.
        move: how far each cell moved, as a difference of distances; positive: apart.
        components: what each label means to the model; labels are compared by spelling alone if not given.
    """
    followed = np.full(moved.shape, ALONE, dtype=np.intp)
    if not moved.any():
        return followed
    likenesses: list[Likeness] = [Spelling(labels)]
    if components is not None:
        likenesses.append(Meaning(components))
    usual = [likeness.usual() for likeness in likenesses]

    def resemble(left: int, right: int) -> bool:
        return any(one.likeness(left, right) > limit for one, limit in zip(likenesses, usual, strict=True))

    for j in range(moved.shape[1]):
        rows = np.flatnonzero(moved[:, j])
        column_leaders: list[int] = []
        for row in rows[np.argsort(-move[rows, j], kind="stable")].tolist():
            farther = (head for head in column_leaders if 0 < move[row, j] < LARGEST_SPILL * move[head, j])
            leader = next((head for head in farther if resemble(row, head)), None)
            if leader is None:
                column_leaders.append(row)
            else:
                followed[row, j] = leader
    return followed


def leaders_beyond(measurement: PairsMeasurement, scale: Scale, cells: Detection) -> NDArray[np.intp]:
    """Return the look-alike that each certified cell follows, by how far each is beyond its expectation.

    A cell that is as many times as far as expected as its look-alike is, or more, follows nothing: it only
    starts nearer.

    Shape: -> (n, t), :data:`ALONE` where there is none.

    Args:
        measurement: n labels by t templates.
        scale: its distances.
        cells: detection of its log-distances.
    """
    factor = scale.y - cells.expected
    beyond = scale.d - np.exp(cells.expected)
    followed = leaders(measurement.items, cells.q <= LEVEL, beyond, measurement.details.components)
    for i, j in np.argwhere(followed >= 0):
        if factor[i, j] >= factor[followed[i, j], j]:
            followed[i, j] = ALONE
    return followed


class Likeness(Protocol):
    """A way in which labels of a probe are alike."""

    def likeness(self, left: int, right: int) -> float:
        """Return how alike two rows are; 1 for equal ones."""

    def usual(self) -> float:
        """Return the likeness that two labels rarely exceed."""


class Meaning:
    """Likeness of two labels to the model: the cosine of their components."""

    def __init__(self, components: NDArray[np.floating]) -> None:
        """Take the components of n labels. Shape: (n, k)."""
        wide = components.astype(np.float64)
        self._unit = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), np.finfo(float).tiny)

    def likeness(self, left: int, right: int) -> float:
        """Return the cosine of two rows, in [-1, 1]; 0 for a label at the mean of all."""
        return float(self._unit[left] @ self._unit[right])

    def usual(self) -> float:
        """Return the cosine that 99.5% of pairs of labels do not exceed; 1 without a pair."""
        some = self._unit[:: max(1, len(self._unit) // LABELS_COMPARED)]
        pairs = (some @ some.T)[np.triu_indices(len(some), 1)]
        return float(np.quantile(pairs, RARE_MEANING)) if len(pairs) else 1.0


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
        return float(np.quantile(pairs, RARE_SPELLING)) if pairs else 1.0

    def _mass(self, grams: frozenset[str]) -> float:
        """Return the sum of the weights of trigrams."""
        return sum(self.weight[gram] for gram in grams)


def trigrams(label: str) -> frozenset[str]:
    """Return the strings of three characters in a label, in lower case with a space at either end."""
    padded = f" {label.lower()} "
    return frozenset(padded[k : k + 3] for k in range(len(padded) - 2))
