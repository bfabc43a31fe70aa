"""The vectors of n documents, in memory or memory-mapped, as one array that may lie in several files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError, ModelError
from evenband.types import Vectors

UNIT_TOLERANCE = 1e-4
"""Difference of a length from one up to which vectors are taken as unit vectors; scores are exact anyway."""

VECTORS_AT_ONCE = 2048
"""Rows to read at a time where all are read: with 400 numbers each, 3 MB."""


class DocumentVectors:
    """Vectors of n documents in one or several arrays, which are never copied as a whole.

    Args:
        parts: arrays of shape (n_i, d), float32 or float16, such as memory-mapped files.
        is_unit: whether all vectors are known to have length one; found out when first needed if ``None``.

    Raises:
        InputError: if there is no part, or the parts are no matrices of equal width.
    """

    def __init__(self, parts: Vectors | Sequence[Vectors], is_unit: bool | None = None) -> None:
        self._parts = [parts] if isinstance(parts, np.ndarray) else list(parts)
        widths = {part.shape[1] if part.ndim == 2 else 0 for part in self._parts}
        if len(widths) != 1 or 0 in widths:
            raise InputError(
                f"document vectors: got shapes {[part.shape for part in self._parts]}, "
                "expected matrices of equal width"
            )
        self.dim = widths.pop()
        self._starts = np.cumsum([0, *map(len, self._parts)])
        self._is_unit = is_unit

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def nbytes(self) -> int:
        """Bytes of all vectors."""
        return sum(part.nbytes for part in self._parts)

    def blocks(
        self, size: int, start: int = 0, stop: int | None = None, rows: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[int, Vectors]]:
        """Yield vectors in blocks, each with the place of its first among all, or among the rows asked for.

        Shape: -> place, vectors (b, d) with b <= size.

        Args:
            size: largest number of rows of a block.
            start: first place.
            stop: place behind the last; the end if not given.
            rows: to read, in ascending order; all if not given.
        """
        if rows is not None:
            for place in range(start, len(rows) if stop is None else stop, size):
                yield place, self.take(rows[place : min(place + size, len(rows) if stop is None else stop)])
            return
        end = len(self) if stop is None else stop
        for offset, part in zip(self._starts.tolist(), self._parts, strict=False):
            for place in range(max(start, offset), min(end, offset + len(part)), size):
                last = min(place + size, end, offset + len(part))
                yield place, np.asarray(part[place - offset : last - offset], dtype=np.float32)

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some rows, in the order asked for. Shape: (m,) -> (m, d)."""
        if len(self._parts) == 1:
            return np.asarray(self._parts[0][rows], dtype=np.float32)
        taken = np.empty((len(rows), self.dim), dtype=np.float32)
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        for owner in np.unique(owners):
            places = np.flatnonzero(owners == owner)
            taken[places] = self._parts[owner][rows[places] - self._starts[owner]]
        return taken

    @cached_property
    def lengths(self) -> NDArray[np.float64]:
        """Euclidean length of each vector, in float64; one for all that are known to be unit vectors.

        Shape: (n,).
        """
        if self._is_unit:
            return np.ones(len(self))
        lengths = np.empty(len(self))
        for start, block in self.blocks(VECTORS_AT_ONCE):
            wide = block.astype(np.float64)
            lengths[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", wide, wide))
        return lengths

    @cached_property
    def is_unit(self) -> bool:
        """Whether all vectors have length one, within a ten-thousandth."""
        if self._is_unit is not None:
            return self._is_unit
        return bool(np.all(np.abs(self.lengths - 1) <= UNIT_TOLERANCE))

    def check_directions(self) -> None:
        """Refuse vectors that have no direction, where cosines are compared.

        Raises:
            ModelError: naming the first row that is zero.
        """
        if not np.all(self.lengths > 0):
            row = int(np.argmin(self.lengths))
            raise ModelError(
                f"the vector of document {row} is zero, so it has no cosine; leave the document out"
            )


def wrapped(vectors: Vectors | Sequence[Vectors] | DocumentVectors) -> DocumentVectors:
    """Return the vectors of documents as one value.

    Raises:
        InputError: if there is no part, or the parts are no matrices of equal width.
    """
    return vectors if isinstance(vectors, DocumentVectors) else DocumentVectors(vectors)
