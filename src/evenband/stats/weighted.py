"""Figures of items that stand for different numbers of others: quantiles, Gini mean difference, median."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]


def weighted_quantile(x: ArrayLike, weights: ArrayLike, share: float | ArrayLike) -> Float:
    """Return quantiles of weighted numbers, linear between the middles of their weights (Hazen's).

    With equal weights this is the quantile that is called number 5 by Hyndman and Fan (1996).

    Shape: (n,), (n,), any -> the shape of ``share``.
    """
    values, mass = np.asarray(x, np.float64), np.asarray(weights, np.float64)
    order = np.argsort(values, kind="stable")
    order = order[mass[order] > 0]
    middles = np.cumsum(mass[order]) - mass[order] / 2
    return np.asarray(np.interp(np.asarray(share) * mass[order].sum(), middles, values[order]))


def weighted_gmd(x: ArrayLike, weights: ArrayLike) -> float:
    """Return the Gini mean difference of items of which each stands for ``weight`` items.

    A pair counts by the product of its weights. Items never pair with themselves, so for equal weights it is
    the ordinary one.

    Shape: (n,), (n,) -> a number; 0 where there is a single item.
    """
    values, mass = np.asarray(x, np.float64), np.asarray(weights, np.float64)
    order = np.argsort(values, kind="stable")
    values, mass = values[order], mass[order]
    below, total = np.cumsum(mass)[:-1], float(mass.sum())
    pairs = (total**2 - float((mass**2).sum())) / 2
    return float((np.diff(values) * below * (total - below)).sum() / pairs) if pairs > 0 else 0.0
