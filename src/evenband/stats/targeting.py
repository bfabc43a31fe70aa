"""A random sample and a search for the farthest items that together estimate the whole without bias.

A random sample is dealt into two halves. Each half leads a search of its own: a prediction learned from what
the half and its search have found chooses the items to look at next. To the search of one half, the other
half is a random sample of all that the search left, since the search has not looked at it. So the items of a
half and its finds count once, and the other half's items beyond them stand for all the rest: a stratified
estimate without bias, however bad the prediction is. Both estimates are averaged (cross-fitting).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

SEARCH_ROUNDS = 4
"""Number of times that a search learns from what it has found so far."""

Look = Callable[[Rows], Float]
"""Measures the items at some rows: how far each is."""

Predict = Callable[[Rows, Float], Float]
"""Predicts how far all n items are, from some rows and how far these are."""


@dataclass(frozen=True)
class Targeted:
    """The items that were looked at, of n, and what they stand for.

    Attributes:
        random: (n,) whether an item is of the random sample.
        found: (n,) whether it was looked at: the random sample and all finds.
        inclusion: (2, n) probability with which each half's estimate includes an item, given its search: 1
            for the half and its finds, the drawn share of the rest for the other half; 0 for an item that
            the estimate does not use.
    """

    random: Mask
    found: Mask
    inclusion: Float

    @property
    def weight(self) -> Float:
        """Number of items that each one stands for: both halves' inverse inclusion, averaged. Shape: (n,)."""
        used = self.inclusion > 0
        return np.asarray(np.where(used, 1.0 / np.where(used, self.inclusion, 1.0), 0.0).mean(axis=0))


def search(
    n: int, sample: int, total: int, look: Look, predict: Predict, rng: np.random.Generator
) -> Targeted:
    """Look at a random sample of n items, then at those predicted to be farthest.

    Args:
        n: number of items.
        sample: size of the random sample, 4 or more.
        total: number of items to look at, at most.
        look: measures items; it is called once for each item.
        predict: learns from items that were looked at.
        rng: draws the sample.

    Raises:
        InputError: if the sizes do not fit.
    """
    if not 4 <= sample <= total <= n:
        raise InputError(f"got a sample of {sample} of {total} of {n}, expected 4 <= sample <= total <= n")
    drawn = np.sort(rng.choice(n, sample, replace=False))
    halves = rng.permutation(sample) % 2
    state = _Search(n, [drawn[halves == half] for half in (0, 1)], look, predict)
    for number in range(1, SEARCH_ROUNDS + 1):
        state.extend(sample + (total - sample) * number // SEARCH_ROUNDS)
    return state.result(drawn)


class _Search:
    """The searches of both halves, side by side.

    Attributes:
        far: (n,) how far each item is; NaN where it was not looked at.
        own: (2, n) the items of each half, and the finds of its search.
    """

    def __init__(self, n: int, halves: list[Rows], look: Look, predict: Predict) -> None:
        self._look, self._predict = look, predict
        self.far = np.full(n, np.nan)
        self.own = np.zeros((2, n), dtype=np.bool_)
        for half, rows in enumerate(halves):
            self.own[half, rows] = True
        self._see(np.asarray(self.own.any(axis=0)))

    def _see(self, wanted: Mask) -> None:
        """Look at those wanted items that were not looked at before."""
        rows = np.flatnonzero(wanted & np.isnan(self.far))
        if len(rows):
            self.far[rows] = self._look(rows)

    def extend(self, total: int) -> None:
        """Let both searches find equally many more items, until so many were looked at together."""
        orders = [self._order(half) for half in (0, 1)]
        low, high = 0, min(map(len, orders))
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._size(orders, middle) <= total else (low, middle - 1)
        for half, order in enumerate(orders):
            self.own[half, order[:low]] = True
        self._see(np.asarray(self.own.any(axis=0)))

    def _order(self, half: int) -> Rows:
        """Return the items that a half's search has not found, the farthest by its prediction first."""
        known = np.flatnonzero(self.own[half])
        order = np.argsort(-self._predict(known, self.far[known]), kind="stable")
        return np.asarray(order[~self.own[half][order]])

    def _size(self, orders: list[Rows], count: int) -> int:
        """Return how many items are looked at if each search finds so many more."""
        wanted = ~np.isnan(self.far)
        for order in orders:
            wanted[order[:count]] = True
        return int(wanted.sum())

    def result(self, drawn: Rows) -> Targeted:
        """Return what was looked at, with the inclusion probabilities."""
        n = len(self.far)
        random = np.zeros(n, dtype=np.bool_)
        random[drawn] = True
        inclusion = self.own.astype(np.float64)
        for half in (0, 1):
            rest = ~self.own[half]
            others = rest & random
            # Where the search found every item of the other half, nothing is left to stand for the rest.
            inclusion[half, others] = others.sum() / max(1, rest.sum())
        return Targeted(random, ~np.isnan(self.far), inclusion)
