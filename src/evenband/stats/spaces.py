"""Spaces in which pairs are compared: distances that order texts as a similarity does.

Each space orders as its similarity, from near to far, and may differ from it by anything that keeps that
order: the euclidean distance is squared, and a constant is added to the dot products of a row. Vectors that
are not of length one are first scaled by a power of two, all by the same, so that float32 holds their
products whatever their length; that changes no digit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.interfaces import Counts, Float, Table
from evenband.stats.products import BLOCK_ROWS, Distances, Shifted, Units, distance, slices
from evenband.stats.scaled import DotTable, ManhattanTable, Rows
from evenband.types import Similarity

SMALLEST_TIE = 1e-12
"""Difference below which float64 itself cannot tell two distances of vectors of about length one apart."""


class Space(ABC):
    """n pairs of vectors, and their distances.

    Attributes:
        own: (n,) distance of each pair.
        has_medians: whether the median of a row's distances means something.
    """

    own: Float
    has_medians = False

    @abstractmethod
    def ties(self, tie: float) -> Float:
        """Return, in units of this space, how far below and above it another distance is equal to a row's.

        Shape: -> (2, n).

        Args:
            tie: difference up to which two similarities are equal.
        """

    @abstractmethod
    def partners(self, columns: Counts | None) -> Table:
        """Return the distances of all first vectors to some second ones, or to all."""

    @abstractmethod
    def originals(self, rows: Counts, columns: Counts) -> Table:
        """Return the distances of some first vectors to some first vectors."""


def space_of(similarity: Similarity, a: ArrayLike, b: ArrayLike) -> Space:
    """Return the space of a similarity.

    Shape: (n, d), (n, d).

    Raises:
        InputError: if the shapes differ or there is no row.
        ModelError: if a vector has no cosine because it is zero.
    """
    first, second = (np.array(side, ndmin=2, copy=None) for side in (a, b))
    if first.shape != second.shape or len(first) == 0:
        raise InputError(
            f"vectors of a and b: got {first.shape} and {second.shape}, expected equal, with rows"
        )
    if similarity == "cosine":
        return _Chords(Units(first), Units(second))
    if similarity == "manhattan":
        sides = _scaled(first, second, order=1)
        return _Blockwise(*sides)
    sides = _scaled(first, second, order=2)
    return _Projections(*sides) if similarity == "dot" else _Lengths(*sides)


def _scaled(first: ArrayLike, second: ArrayLike, order: int) -> tuple[Rows, Rows]:
    """Return both sides times the power of two that makes the longest vector about one long."""
    longest = max(float(Rows(side, 1.0, order).norms.max()) for side in (first, second))
    factor = 2.0 ** -np.ceil(np.log2(longest)) if longest > 0 else 1.0
    return Rows(first, factor, order), Rows(second, factor, order)


class _Chords(Space):
    """Half the squared chords of unit vectors, which are 1 - cosine, or of scaled ones, which are not."""

    has_medians = True

    def __init__(self, first: Units | Rows, second: Units | Rows) -> None:
        self._first, self._second = first, second
        self._left = Shifted(first, first.mean)
        self.own = np.concatenate(
            [distance(first[part], second[part]) for part in slices(len(first), BLOCK_ROWS)]
        )

    def ties(self, tie: float) -> Float:
        return np.full((2, len(self.own)), max(tie, SMALLEST_TIE))

    def partners(self, columns: Counts | None) -> Table:
        return Distances(self._left, Shifted(self._second, self._first.mean, columns))

    def originals(self, rows: Counts, columns: Counts) -> Table:
        right = self._left
        if len(columns) < len(self._first):
            right = Shifted(self._first, self._first.mean, columns)
        is_symmetric = rows is columns
        return Distances(right if is_symmetric else Shifted(self._first, self._first.mean, rows), right)


class _Lengths(_Chords):
    """Half the squared euclidean distances; a tie is one of the distances themselves."""

    has_medians = False

    def __init__(self, first: Rows, second: Rows) -> None:
        super().__init__(first, second)
        self._factor = first.factor

    def ties(self, tie: float) -> Float:
        length, scaled = np.sqrt(2 * self.own), tie * self._factor
        nearest, farthest = np.maximum(length - scaled, 0.0), length + scaled
        below, above = self.own - nearest**2 / 2, farthest**2 / 2 - self.own
        return np.maximum(np.stack([below, above]), SMALLEST_TIE)


class _Projections(Space):
    """Dot products, negative since near is small, less what a row's share with the mean of the first side.

    Subtracting the mean from what a row is compared with adds a constant to the row's products, so it changes
    no order, and saves digits where all vectors point the same way.
    """

    def __init__(self, first: Rows, second: Rows) -> None:
        self._first, self._second = first, second
        parts = slices(len(first), BLOCK_ROWS)
        self.own = np.concatenate(
            [-np.einsum("ij,ij->i", first[part], second[part] - first.mean) for part in parts]
        )

    def ties(self, tie: float) -> Float:
        return np.full((2, len(self.own)), max(tie * self._first.factor**2, SMALLEST_TIE))

    def partners(self, columns: Counts | None) -> Table:
        return DotTable(self._first, None, self._second, columns, self._first.mean)

    def originals(self, rows: Counts, columns: Counts) -> Table:
        return DotTable(self._first, rows, self._first, columns, self._first.mean)


class _Blockwise(Space):
    """Manhattan distances: there is no product for them, so each is a sum."""

    def __init__(self, first: Rows, second: Rows) -> None:
        self._first, self._second = first, second
        parts = slices(len(first), BLOCK_ROWS)
        self.own = np.concatenate([np.abs(first[part] - second[part]).sum(axis=1) for part in parts])

    def ties(self, tie: float) -> Float:
        return np.full((2, len(self.own)), max(tie * self._first.factor, SMALLEST_TIE))

    def partners(self, columns: Counts | None) -> Table:
        return ManhattanTable(self._first, None, self._second, columns)

    def originals(self, rows: Counts, columns: Counts) -> Table:
        return ManhattanTable(self._first, rows, self._first, columns)
