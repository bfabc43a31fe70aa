"""How well a ranking and a list of discoveries agree with what was planted. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]


def average_precision(planted: Mask, score: Float) -> float:
    """Mean over planted cells of the precision at their place, in (0, 1]; ties count against them.

    Shape: any two equal shapes, at least one cell planted.
    """
    truth, value = planted.ravel(), score.ravel()
    hits = truth[np.lexsort((truth, -value))]
    places = np.flatnonzero(hits) + 1
    return float(np.mean(np.arange(1, places.size + 1) / places))


def auc(planted: Mask, score: Float) -> float:
    """Probability that a planted cell is above another one, ties one half, in [0, 1]."""
    truth, value = planted.ravel(), score.ravel()
    others = np.sort(value[~truth])
    below = np.searchsorted(others, value[truth], side="left")
    not_above = np.searchsorted(others, value[truth], side="right")
    return float(np.mean((below + not_above) / 2) / others.size)


def recall(planted: Mask, found: Mask) -> float | None:
    """Share of the planted that was found, in [0, 1]; ``None`` where nothing was planted."""
    return float(found[planted].mean()) if planted.any() else None


def false_discovery_proportion(planted: Mask, found: Mask) -> float:
    """Share of the found that was not planted, in [0, 1]; 0 where nothing was found."""
    return float((found & ~planted).sum() / max(1, int(found.sum())))
