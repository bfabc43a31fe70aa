"""Means of cells in [0, 1], such as pass rates, of which some may have no value (NaN)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.stats.groups import group

Float = NDArray[np.float64]


def mean_of_cells(cells: Float) -> float:
    """Return the mean over templates of their means over labels, without cells that are NaN.

    Shape: (n, t) -> a number, NaN if no cell has a value.
    """
    is_unknown = np.isnan(cells)
    if is_unknown.all():
        return math.nan
    if not is_unknown.any():
        return float(cells.mean())
    everything = np.ones((1, len(cells)), dtype=np.int32), np.ones((1, cells.shape[1]))
    return float(weighted_share(everything[0], cells, everything[1])[0, 0])


def weighted_share(weights: NDArray[np.int32], cells: Float, subsets: Float) -> Float:
    """Return the mean over each subset's templates of their weighted means, without cells that are NaN.

    A template without any value does not count. One that has none among the labels that were drawn has the
    mean of all of them.

    Shape: (b, n), (n, t), (k, t) -> (b, k); NaN if no cell has a value.

    Args:
        weights: how often each label was drawn, in b replicates.
        cells: of n labels by t templates.
        subsets: 1 for the templates of each of k subsets, else 0.
    """
    is_known = ~np.isnan(cells)
    if is_known.all():
        share = subsets / subsets.sum(axis=1, keepdims=True)
        return np.asarray((weights @ cells) / weights.sum(axis=1, keepdims=True) @ share.T)
    if not is_known.any():
        return np.full((len(weights), len(subsets)), np.nan)
    known, total = np.where(is_known, cells, 0.0), weights @ is_known.astype(np.float64)
    overall = known.sum(axis=0) / np.maximum(is_known.sum(axis=0), 1)
    means = np.where(total > 0, weights @ known / np.maximum(total, 1), overall)
    counted = subsets * is_known.any(axis=0)
    # Without its only template that has values, a figure is what it is with it: nothing else is known.
    counted[~counted.any(axis=1)] = is_known.any(axis=0)
    return np.asarray(means @ (counted / counted.sum(axis=1, keepdims=True)).T)


def shared_variance(cells: Float, shared: ArrayLike | None) -> float:
    """Return the variance of a mean of cells over as many independent labels as there are shared texts.

    It is the smallest variance that the mean is taken to have: labels that share a text go together, even
    where the few that fail do not show it.

    Shape: (n, t), (n,) -> a number; 0 where no label shares a text.

    Args:
        cells: of n labels by t templates.
        shared: one code per label; labels with the same one share a text. If not given, none do.
    """
    texts = group(len(cells), shared)
    is_known = ~np.isnan(cells).all(axis=1)
    if texts.are_single or not is_known.any():
        return 0.0
    return float(np.nanmean(cells[is_known], axis=1).var()) / len(texts)
