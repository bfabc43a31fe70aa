"""All distances between two sets of vectors, as float32 products in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import ModelError

Float = NDArray[np.float64]
Single = NDArray[np.float32]
Counts = NDArray[np.int64]

BLOCK_ROWS, BLOCK_BYTES = 1024, 64 << 20
"""Rows of one product: fewer slow the product down, more only take memory."""


class Units:
    """Rows of length one in float64, made when they are asked for: the vectors may be large."""

    def __init__(self, vectors: ArrayLike) -> None:
        self._vectors = np.array(vectors, ndmin=2, copy=None)
        self.shape: tuple[int, ...] = self._vectors.shape
        squares = np.empty(len(self))
        for part in slices(len(self), BLOCK_ROWS):
            wide = self._vectors[part].astype(np.float64)
            squares[part] = np.einsum("ij,ij->i", wide, wide)
        if not np.all(squares > 0):
            row = int(np.argmin(squares))
            raise ModelError(f"vector {row} is zero, so it has no cosine; expected a direction")
        self._norms = np.sqrt(squares)[:, None]
        self.mean = sum(self[part].sum(axis=0) for part in slices(len(self), BLOCK_ROWS)) / max(len(self), 1)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Counts) -> Float:
        return np.asarray(self._vectors[rows] / self._norms[rows], dtype=np.float64)


class Factors:
    """Factors in float32 whose product is ``d(i, j) - offset_i``.

    ``d(u, v) = |u - v|^2 / 2 = |u|^2 / 2 + |v|^2 / 2 - <u, v>``, whatever both are shifted by.

    Attributes:
        rows: (n, d + 1).
        columns: (d + 1, n).
        offset: (n,) float64.
        reach: (n,) upper bound of the norm of a row times that of any column.
    """

    def __init__(self, left: Units, right: Units) -> None:
        n, d = left.shape
        self._left, self._right = left, right
        self.rows, self.columns = np.ones((n, d + 1), np.float32), np.empty((d + 1, n), np.float32)
        self.offset, halves = np.empty(n), np.empty(n)
        for part in slices(n, BLOCK_ROWS):
            moved = self._moved(left, part)
            self.offset[part] = 0.5 * np.einsum("ij,ij->i", moved, moved)
            self.rows[part, :d] = np.negative(moved, out=moved)
            moved = self._moved(right, part)
            halves[part] = 0.5 * np.einsum("ij,ij->i", moved, moved)
            self.columns[:d, part] = moved.astype(np.float32).T
        self.columns[d] = halves
        longest = np.sqrt((2 * halves + halves**2).max())
        self.reach = np.sqrt(2 * self.offset + 1.0) * longest

    def _moved(self, units: Units, part: slice) -> Float:
        return np.asarray(units[part] - self._right.mean)

    def products(self) -> Iterator[tuple[slice, Single]]:
        """Blocks of rows of the product, each until the next is asked for."""
        n = len(self.rows)
        size = max(1, min(n, BLOCK_ROWS, BLOCK_BYTES // (4 * n)))
        room = np.empty((size, n), dtype=np.float32)
        for block in slices(n, size):
            yield block, np.matmul(self.rows[block], self.columns, out=room[: block.stop - block.start])

    def exact(self, block: slice) -> Float:
        """Distances of these rows to all columns in float64, from the same formula."""
        found = np.empty((block.stop - block.start, len(self.rows)))
        moved = self._moved(self._left, block)
        for part in slices(len(self.rows), BLOCK_ROWS):
            other = self._moved(self._right, part)
            np.matmul(moved, -other.T, out=found[:, part])
            found[:, part] += 0.5 * np.einsum("ij,ij->i", other, other)
        found += self.offset[block, None]
        return found


def slices(n: int, size: int) -> Iterator[slice]:
    """0 ... n in parts of a size."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def distance(u: Float, v: Float) -> Float:
    """Half the squared distance, row by row. Shape: (n, d), (n, d) -> (n,)."""
    gap = u - v
    return np.asarray(0.5 * np.einsum("ij,ij->i", gap, gap))
