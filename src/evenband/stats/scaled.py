"""Vectors of any length times a common factor, and the tables of their products and Manhattan distances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from evenband.stats.interfaces import Counts, Float, Single
from evenband.stats.products import BLOCK_ROWS, FLOAT64_ROWS, slices


class Rows:
    """Rows times a common factor, in float64, converted on access since the vectors may be large.

    Attributes:
        shape: (n, d) of the vectors.
        factor: the factor.
        mean: (d,) mean of the scaled rows.
        norms: (n,) their norms.
    """

    def __init__(self, vectors: ArrayLike, factor: float, order: int) -> None:
        self._vectors = np.asarray(vectors)
        self.shape: tuple[int, ...] = self._vectors.shape
        self.factor = factor
        self.norms, total = np.empty(len(self)), np.zeros(self.shape[1])
        for part in slices(len(self), FLOAT64_ROWS):
            wide = self[part]
            self.norms[part] = np.linalg.norm(wide, ord=order, axis=1)
            total += wide.sum(axis=0)
        self.mean = total / len(self)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Counts) -> Float:
        scaled = self._vectors[rows].astype(np.float64)
        scaled *= self.factor
        return scaled


class DotTable:
    """Negative dot products of some rows with some others less a shift, in float32.

    Attributes:
        shape: (n, m), numbers of rows and columns.
        error: (n,) upper bound of the rounding error of a row's products, as in
            :class:`evenband.stats.products.Distances`.
    """

    def __init__(
        self, left: Rows, rows: Counts | None, right: Rows, columns: Counts | None, shift: Float
    ) -> None:
        self._left, self._rows = left, np.arange(len(left)) if rows is None else rows
        self._right, self._columns = right, np.arange(len(right)) if columns is None else columns
        self._shift, m = shift, len(self._columns)
        self.shape = (len(self._rows), m)
        self._factor, longest = np.empty((right.shape[1], m), np.float32), 0.0
        for part in slices(m, FLOAT64_ROWS):
            shifted = self._others(part)
            self._factor[:, part] = shifted.astype(np.float32).T
            longest = max(longest, float(np.linalg.norm(shifted, axis=1).max()))
        self.error = (right.shape[1] + 4) * 2.0**-24 * left.norms[self._rows] * longest

    def _others(self, columns: slice | Counts) -> Float:
        shifted = self._right[self._columns[columns]]
        shifted -= self._shift
        return shifted

    def blocks(self, room: Single) -> Iterator[tuple[slice, Single]]:
        """Yield the distances of one block of rows after the other, all in the same memory."""
        for block in slices(self.shape[0], len(room)):
            product = room[: block.stop - block.start]
            np.matmul(-self._left[self._rows[block]].astype(np.float32), self._factor, out=product)
            yield block, product

    def pairs(self, i: Counts, j: Counts) -> Float:
        """Return the distances of rows i to columns j in float64. Shape: (m,), (m,) -> (m,)."""
        return np.asarray(-np.einsum("ij,ij->i", self._left[self._rows[i]], self._others(j)))

    def exact(self, block: slice) -> Float:
        """Return the distances of some rows to all columns in float64. Shape: -> (b, m)."""
        rows = self._left[self._rows[block]]
        parts = slices(self.shape[1], BLOCK_ROWS)
        return np.concatenate([-rows @ self._others(part).T for part in parts], axis=1)


class ManhattanTable:
    """Manhattan distances of some rows to some others, summed in float64 and rounded to float32.

    Attributes:
        shape: (n, m), numbers of rows and columns.
        error: (n,) upper bound of the rounding error of a row's distances.
    """

    def __init__(self, left: Rows, rows: Counts | None, right: Rows, columns: Counts | None) -> None:
        self._left, self._rows = left, np.arange(len(left)) if rows is None else rows
        self._right, self._columns = right, np.arange(len(right)) if columns is None else columns
        self.shape = (len(self._rows), len(self._columns))
        self.error = 2.0**-22 * (left.norms[self._rows] + right.norms[self._columns].max())

    def blocks(self, room: Single) -> Iterator[tuple[slice, Single]]:
        """Yield the distances of one block of rows after the other, all in the same memory."""
        for block in slices(self.shape[0], len(room)):
            product = room[: block.stop - block.start]
            product[:] = self.exact(block)
            yield block, product

    def pairs(self, i: Counts, j: Counts) -> Float:
        """Return the distances of rows i to columns j in float64. Shape: (m,), (m,) -> (m,)."""
        differences = self._left[self._rows[i]] - self._right[self._columns[j]]
        return np.asarray(np.abs(differences).sum(axis=1))

    def exact(self, block: slice) -> Float:
        """Return the distances of some rows to all columns in float64. Shape: -> (b, m)."""
        from scipy.spatial.distance import cdist

        rows = self._left[self._rows[block]]
        parts = slices(self.shape[1], BLOCK_ROWS)
        return np.concatenate(
            [cdist(rows, self._right[self._columns[part]], "cityblock") for part in parts], axis=1
        )
