"""Permutation tests that look again and again at growing data, and still err as rarely as they say.

A quantity is tested at look 1, 2, 3 ... of an unknown number of looks. The error rate alpha is spent as
alpha k / (k + 1) up to look k (Lan and DeMets 1983, with this spending function). The critical value of a
look is chosen among the permutations that crossed at no earlier one, so looks that say the same cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]


def sequential_p(observed: ArrayLike, permuted: ArrayLike) -> Float:
    """Return the p-value of each look: the smallest error rate at which it or an earlier look rejects.

    It never rises from look to look. Permutations are the same at every look.

    Shape: (k,), (b, k) -> (k,), in [1 / (b + 1), 1].

    Args:
        observed: statistic at each look; large values speak against the null.
        permuted: the statistic of each of b permutations at each look.

    Raises:
        InputError: if the shapes do not fit or there is no permutation.
    """
    own, others = np.asarray(observed, dtype=np.float64), np.asarray(permuted, dtype=np.float64)
    if own.ndim != 1 or others.ndim != 2 or others.shape[1:] != own.shape or len(others) == 0:
        raise InputError(
            f"sequential test: got statistics {own.shape} and permutations {others.shape}, "
            "expected (k,) and (b, k)"
        )
    table = np.vstack([own, others])
    first = cache(lambda count: _first_crossing(table, count / len(table)))
    return np.array([_smallest(first, look, len(table)) / len(table) for look in range(len(own))])


def _smallest(first: Callable[[int], int], look: int, most: int) -> int:
    """Return the smallest of ``most`` counts whose first crossing is not behind a look."""
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if first(middle) <= look else (middle, high)
    return high


def _first_crossing(table: Float, rate: float) -> int:
    """Return the look at which row 0 crosses at an error rate; k for none. Shape: (b + 1, k)."""
    alive = np.ones(len(table), dtype=bool)
    for look in range(table.shape[1]):
        budget = int(np.floor(rate * (look + 1) / (look + 2) * len(table) + 1e-9))
        allowed = budget - int((~alive).sum())
        if allowed <= 0:
            continue
        column = np.where(alive, table[:, look], -np.inf)
        least = np.partition(column, len(column) - allowed)[len(column) - allowed]
        crossing = alive & (column >= least)
        if crossing.sum() > allowed:  # ties at the boundary: none of them crosses
            crossing = alive & (column > least)
        if crossing[0]:
            return look
        alive &= ~crossing
    return int(table.shape[1])
