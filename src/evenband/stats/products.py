"""All distances between two sets of vectors, as float32 products in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import ModelError

Float = NDArray[np.float64]
Single = NDArray[np.float32]
Counts = NDArray[np.int64]

BLOCK_ROWS, BLOCK_BYTES = 512, 32 << 20
"""Rows of one product: fewer slow the product down, more take memory, which has to be cleared first."""

MIRROR_BYTES = 64 << 20
"""What may be kept of a product that is its own mirror image, so as not to compute it twice."""

PART = 128
"""Rows that are made in float64 at a time."""

STRIP_BYTES = 1 << 20
"""What stays in a core's own cache while several passes go over it."""


class Units:
    """Rows of length one in float64, made when they are asked for: the vectors may be large."""

    def __init__(self, vectors: ArrayLike) -> None:
        self._vectors = np.array(vectors, ndmin=2, copy=None)
        self.shape: tuple[int, ...] = self._vectors.shape
        squares, total = np.empty(len(self)), np.zeros(self.shape[1])
        for part in slices(len(self), PART):
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
        found = self._vectors[rows].astype(np.float64)
        found *= self._scales[rows]
        return found


class Shifted:
    """Unit vectors less a common one, as factors of a product of distances.

    ``d(u, v) = |u - v|^2 / 2 = |u|^2 / 2 + |v|^2 / 2 - <u, v>``, whatever both are shifted by: the
    product of (-u, 1, |u|^2 / 2) and (v, |v|^2 / 2, 1).

    Attributes:
        halves: (n,) half the squared norms, in float64.
        columns: (d + 2, n) float32, the second factor.
    """

    def __init__(self, units: Units, shift: Float) -> None:
        (n, d), self._units, self._shift = units.shape, units, shift
        self.halves, self.columns = np.empty(n), np.ones((d + 2, n), np.float32)
        for part in slices(n, PART):
            moved = self[part]
            self.halves[part] = 0.5 * np.einsum("ij,ij->i", moved, moved)
            self.columns[:d, part] = moved.astype(np.float32).T
        self.columns[d] = self.halves

    def __len__(self) -> int:
        return len(self.halves)

    def __getitem__(self, rows: slice | Counts) -> Float:
        moved = self._units[rows]
        moved -= self._shift
        return moved

    def rows(self, block: slice) -> Single:
        """The first factor of these rows. Shape: (b, d + 2)."""
        rows = np.negative(self.columns[:, block])
        rows[-2], rows[-1] = 1.0, self.halves[block]
        return rows.T


class Distances:
    """All distances between the rows of two sets that were shifted alike.

    Attributes:
        error: (n,) upper bound of what float32 may add to the distances of a row: the classical
            one, terms x unit roundoff x the sum of the terms' absolute values.
    """

    def __init__(self, left: Shifted, right: Shifted) -> None:
        self._left, self._right = left, right
        longest = right.halves.max()
        magnitude = 2 * np.sqrt(left.halves * longest) + left.halves + longest
        self.error = (len(left.columns) + 4) * 2.0**-24 * magnitude

    def blocks(self, room: Single) -> Iterator[tuple[slice, Single]]:
        """Blocks of rows in this room, each until the next is asked for; the caller may write to them."""
        size, n = room.shape
        mirror = Mirror(n, size if self._left is self._right else n)
        for block in slices(n, size):
            found, rows = room[: block.stop - block.start], self._left.rows(block)
            known = mirror.recall(block, found)
            for part in (slice(0, known.start), slice(known.stop, n)):
                np.matmul(rows, self._right.columns[:, part], out=found[:, part])
            mirror.keep(block, found)
            yield block, found

    def pairs(self, i: Counts, j: Counts) -> Float:
        """Distances of rows i to columns j in float64, one by one."""
        return distance(self._left[i], self._right[j])

    def exact(self, block: slice) -> Float:
        """Distances of these rows to all columns in float64, from the same formula."""
        found = np.empty((block.stop - block.start, len(self._right)))
        rows = self._left[block]
        for part in slices(len(self._right), BLOCK_ROWS):
            np.matmul(rows, -self._right[part].T, out=found[:, part])
        found += self._right.halves
        found += self._left.halves[block, None]
        return found


def block_room(n: int) -> Single:
    """Room for one block of rows of n distances each; clearing fresh memory takes time, so all share it."""
    return np.empty((max(1, min(n, BLOCK_ROWS, BLOCK_BYTES // (4 * n))), n), dtype=np.float32)


class Mirror:
    """Tiles of a symmetric product that come back, turned, in later blocks of rows.

    The tile of rows I and columns J is also that of rows J and columns I. It is kept from the one
    block to the other if they are near enough: tiles that are ``gap`` blocks long under way take
    ``gap`` rooms, each free again when the next one comes.
    """

    def __init__(self, n: int, size: int) -> None:
        self._size, rooms = size, MIRROR_BYTES // (4 * size * size)
        self._reach = min((isqrt(8 * rooms + 1) - 1) // 2, (n - 1) // size)
        self._rooms = [
            np.empty((size, size), np.float32) for _ in range(self._reach * (self._reach + 1) // 2)
        ]

    def _tiles(self, block: slice) -> Iterator[tuple[int, Single]]:
        """Distance in rows to the block at the other end, and the tile's room."""
        number = block.start // self._size
        for gap in range(1, self._reach + 1):
            yield gap * self._size, self._rooms[gap * (gap - 1) // 2 + number % gap]

    def recall(self, block: slice, product: Single) -> slice:
        """Write what is known of these rows into their product, and say which columns that is."""
        for gap, tile in self._tiles(block):
            if gap <= block.start:
                product[:, block.start - gap : block.start - gap + self._size] = tile[: len(product)]
        first = max(0, block.start - self._reach * self._size)
        return slice(first, block.start) if self._reach else slice(0, 0)

    def keep(self, block: slice, product: Single) -> None:
        """Keep the tiles of later blocks of rows."""
        for gap, tile in self._tiles(block):
            turned = product[:, block.start + gap : block.stop + gap].T
            tile[: len(turned), : len(product)] = turned


def strips(block: Single) -> Iterator[slice]:
    """Rows that are looked at together."""
    return slices(len(block), max(1, STRIP_BYTES // (4 * block.shape[1])))


def slices(n: int, size: int) -> Iterator[slice]:
    """0 ... n in parts of a size."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def distance(u: Float, v: Float) -> Float:
    """Half the squared distance, row by row. Shape: (n, d), (n, d) -> (n,)."""
    gap = u - v
    return np.asarray(0.5 * np.einsum("ij,ij->i", gap, gap))
