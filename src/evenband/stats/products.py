"""Distances between all rows of two sets of vectors, as float32 matrix products in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import ModelError
from evenband.stats.interfaces import Converted, Counts, Float, Single

BLOCK_ROWS = 512
"""Largest number of rows of one product; with fewer the product is slower."""

BLOCK_BYTES = 32 << 20
"""Largest size of one product; more memory takes longer to clear first."""

MIRROR_BYTES = 64 << 20
"""Largest size of the parts of a symmetric product that are kept so as not to compute them twice."""

FLOAT64_ROWS = 128
"""Number of rows to convert to float64 at a time."""

STRIP_BYTES = 1 << 20
"""Size of the part of a product that stays in a core's own cache while several passes go over it."""


class Units:
    """Rows scaled to length one in float64, converted on access since the vectors may be large.

    Attributes:
        shape: (n, d) of the vectors.
        mean: (d,) mean of the unit vectors.

    Raises:
        ModelError: if a vector is zero.
    """

    def __init__(self, vectors: ArrayLike) -> None:
        self._vectors = np.array(vectors, ndmin=2, copy=None)
        self.shape: tuple[int, ...] = self._vectors.shape
        squares, total = np.empty(len(self)), np.zeros(self.shape[1])
        for part in slices(len(self), FLOAT64_ROWS):
            wide = self._vectors[part].astype(np.float64)
            squares[part] = np.einsum("ij,ij->i", wide, wide)
            if not np.all(squares[part] > 0):
                row = part.start + int(np.argmin(squares[part]))
                raise ModelError(f"vector {row} is zero, so it has no cosine; expected a direction")
            total += squares[part] ** -0.5 @ wide
        self._scales = 1 / np.sqrt(squares)[:, None]
        self.mean = total / max(len(self), 1)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Counts) -> Float:
        unit = self._vectors[rows].astype(np.float64)
        unit *= self._scales[rows]
        return unit


class Shifted:
    """Unit vectors less a common shift, as factors of a matrix product that gives distances.

    ``d(u, v) = |u - v|^2 / 2 = |u|^2 / 2 + |v|^2 / 2 - <u, v>``, whatever both are shifted by. It is the
    product of (-u, 1, |u|^2 / 2) and (v, |v|^2 / 2, 1).

    Attributes:
        halves: (n,) half the squared norms, in float64.
        columns: (d + 2, n) float32, the second factor.
    """

    def __init__(self, units: Converted, shift: Float, rows: Counts | None = None) -> None:
        """Shift unit vectors, of all rows or of some.

        Args:
            units: (m, d) unit vectors, or others of about that length.
            shift: (d,) what to subtract from each.
            rows: (n,) the rows to take; all if not given.
        """
        self._units, self._shift, self._rows = units, shift, rows
        n, d = len(units) if rows is None else len(rows), units.shape[1]
        self.halves, self.columns = np.empty(n), np.ones((d + 2, n), np.float32)
        for part in slices(n, FLOAT64_ROWS):
            shifted = self[part]
            self.halves[part] = 0.5 * np.einsum("ij,ij->i", shifted, shifted)
            self.columns[:d, part] = shifted.astype(np.float32).T
        self.columns[d] = self.halves

    def __len__(self) -> int:
        return len(self.halves)

    def __getitem__(self, rows: slice | Counts) -> Float:
        shifted = self._units[rows if self._rows is None else self._rows[rows]]
        shifted -= self._shift
        return shifted

    def rows(self, block: slice) -> Single:
        """Return the first factor of some rows.

        Shape: -> (b, d + 2).
        """
        rows = np.negative(self.columns[:, block])
        rows[-2], rows[-1] = 1.0, self.halves[block]
        return rows.T


class Distances:
    """Distances between all rows of two sets that were shifted by the same vector.

    Attributes:
        shape: (n, m), numbers of rows and columns.
        error: (n,) upper bound of the rounding error of a row's distances in float32: the number of terms
            x unit roundoff x the sum of the terms' absolute values (Higham 2002, section 3.1).
    """

    def __init__(self, left: Shifted, right: Shifted) -> None:
        self._left, self._right, self.shape = left, right, (len(left), len(right))
        longest = right.halves.max()
        magnitude = 2 * np.sqrt(left.halves * longest) + left.halves + longest
        self.error = (len(left.columns) + 4) * 2.0**-24 * magnitude

    def blocks(self, room: Single) -> Iterator[tuple[slice, Single]]:
        """Yield the distances of one block of rows after the other, all in the same memory.

        A block is valid until the next one is asked for. The caller may write to it.

        Shape: -> rows of the block, distances (b, m).
        """
        size, n = room.shape
        mirror = Mirror(n, size if self._left is self._right else n)
        for block in slices(len(self._left), size):
            product, rows = room[: block.stop - block.start], self._left.rows(block)
            recalled = mirror.recall(block, product)
            for part in (slice(0, recalled.start), slice(recalled.stop, n)):
                np.matmul(rows, self._right.columns[:, part], out=product[:, part])
            mirror.keep(block, product)
            yield block, product

    def pairs(self, i: Counts, j: Counts) -> Float:
        """Return the distances of rows i to columns j in float64, pair by pair.

        Shape: (m,), (m,) -> (m,).
        """
        return distance(self._left[i], self._right[j])

    def exact(self, block: slice) -> Float:
        """Return the distances of some rows to all columns in float64, from the same formula.

        Shape: -> (b, m).
        """
        product = np.empty((block.stop - block.start, len(self._right)))
        rows = self._left[block]
        for part in slices(len(self._right), BLOCK_ROWS):
            np.matmul(rows, -self._right[part].T, out=product[:, part])
        product += self._right.halves
        product += self._left.halves[block, None]
        return product


def block_room(n: int, rows: int | None = None) -> Single:
    """Allocate memory for one block of rows of n distances each, which all blocks then share.

    Fresh memory for each block would have to be cleared, which takes time.

    Shape: -> (b, n).

    Args:
        n: number of columns.
        rows: number of rows of all blocks; n if not given.
    """
    most = n if rows is None else rows
    return np.empty((max(1, min(most, BLOCK_ROWS, BLOCK_BYTES // (4 * n))), n), dtype=np.float32)


class Mirror:
    """Tiles of a symmetric product that are kept and reused, transposed, in later blocks of rows.

    The tile of rows I and columns J is also that of rows J and columns I. It is kept from block I until
    block J if the two are near enough. Tiles that are kept over ``gap`` blocks take ``gap`` pieces of memory,
    and each is free again when the next tile of that gap comes.
    """

    def __init__(self, n: int, size: int) -> None:
        self._size, rooms = size, MIRROR_BYTES // (4 * size * size)
        self._reach = min((isqrt(8 * rooms + 1) - 1) // 2, (n - 1) // size)
        self._rooms = [
            np.empty((size, size), np.float32) for _ in range(self._reach * (self._reach + 1) // 2)
        ]

    def _tiles(self, block: slice) -> Iterator[tuple[int, Single]]:
        """Yield the distance in rows to each other block within reach, and the memory of their tile."""
        number = block.start // self._size
        for gap in range(1, self._reach + 1):
            yield gap * self._size, self._rooms[gap * (gap - 1) // 2 + number % gap]

    def recall(self, block: slice, product: Single) -> slice:
        """Copy the kept tiles of these rows into their product, and return the columns that they fill."""
        for gap, tile in self._tiles(block):
            if gap <= block.start:
                product[:, block.start - gap : block.start - gap + self._size] = tile[: len(product)]
        first = max(0, block.start - self._reach * self._size)
        return slice(first, block.start) if self._reach else slice(0, 0)

    def keep(self, block: slice, product: Single) -> None:
        """Keep the tiles that later blocks of rows will need."""
        for gap, tile in self._tiles(block):
            transposed = product[:, block.start + gap : block.stop + gap].T
            tile[: len(transposed), : len(product)] = transposed


def strips(block: Single) -> Iterator[slice]:
    """Yield the slices of a block's rows that fit in the cache together."""
    return slices(len(block), max(1, STRIP_BYTES // (4 * block.shape[1])))


def slices(n: int, size: int) -> Iterator[slice]:
    """Yield slices that cut 0 ... n into parts of a size; the last may be smaller."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def distance(u: Float, v: Float) -> Float:
    """Return half the squared Euclidean distance, row by row.

    Shape: (n, d), (n, d) -> (n,).
    """
    difference = u - v
    return np.asarray(0.5 * np.einsum("ij,ij->i", difference, difference))
