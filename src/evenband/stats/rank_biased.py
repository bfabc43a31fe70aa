"""How much two ranked lists have in common: overlap at k, and rank-biased overlap. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.interfaces import Float

PERSISTENCE = 0.9
"""Chance that a reader of a list goes on to the next place: the first ten places weigh 86%."""

NOTHING = -1
"""Entry where a list has ended."""


def overlap_at(left: ArrayLike, right: ArrayLike) -> Float:
    """Return the share of two lists' entries that they have in common, by the longer list.

    Two empty lists are the same: 1.

    Shape: (n, k), (n, k) whole numbers, -1 where a list has ended -> (n,) in [0, 1].

    Raises:
        InputError: if the shapes differ.
    """
    agreement, lengths = _common(left, right)
    size = lengths.max(axis=1, initial=0)
    last = agreement[:, -1] if agreement.shape[1] else np.zeros(len(agreement))
    return np.where(size > 0, last / np.maximum(size, 1), 1.0)


def rank_biased_overlap(left: ArrayLike, right: ArrayLike, p: float = PERSISTENCE) -> Float:
    """Return rank-biased overlap, extrapolated from the end of the lists.

    Webber, Moffat and Zobel (2010), "A similarity measure for indefinite rankings", equation 32, for lists of
    equal length: ``A_k p^k + (1 - p)/p sum_d A_d p^d``, where A_d is the share in common of the first d.
    Where one list is shorter, what it lacks counts as not in common.

    Shape: (n, k), (n, k) whole numbers, -1 where a list has ended -> (n,) in [0, 1].

    Args:
        left: lists without repeats.
        right: likewise.
        p: in (0, 1); the smaller, the more the first places count.

    Raises:
        InputError: if the shapes differ, or p is not in (0, 1).
    """
    if not 0 < p < 1:
        raise InputError(f"rank-biased overlap: got p = {p}, expected 0 < p < 1")
    agreement, lengths = _common(left, right)
    n, k = agreement.shape
    if k == 0:
        return np.ones(n)
    depth = np.arange(1, k + 1)
    size = np.maximum(lengths.max(axis=1), 1)
    is_inside = depth[None, :] <= size[:, None]
    shares = agreement / depth
    weights = np.where(is_inside, p ** depth[None, :].astype(np.float64), 0.0)
    at_end = agreement[:, -1] / size
    value = at_end * p**size + (1 - p) / p * (shares * weights).sum(axis=1)
    return np.where(lengths.max(axis=1) > 0, np.clip(value, 0.0, 1.0), 1.0)


def _common(left: ArrayLike, right: ArrayLike) -> tuple[Float, Float]:
    """Return how many entries the first d of both lists share, by d, and the lists' lengths.

    Shape: (n, k), (n, k) -> (n, k), (n, 2).
    """
    a, b = np.asarray(left), np.asarray(right)
    if a.shape != b.shape or a.ndim != 2:
        raise InputError(f"ranked lists: got shapes {a.shape} and {b.shape}, expected two equal tables")
    same = (a[:, :, None] == b[:, None, :]) & (a[:, :, None] != NOTHING)
    k = a.shape[1]
    # A pair of places (i, j) with the same entry is shared from depth max(i, j) on.
    place = np.maximum(np.arange(k)[:, None], np.arange(k)[None, :])
    new = np.stack([(same & (place == d)).sum(axis=(1, 2)) for d in range(k)], axis=1) if k else same[:, :, 0]
    lengths = np.stack([(a != NOTHING).sum(axis=1), (b != NOTHING).sum(axis=1)], axis=1)
    return np.cumsum(new, axis=1).astype(np.float64), lengths.astype(np.float64)
