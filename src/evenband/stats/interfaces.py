"""What rows and tables of distances have in common, whatever the similarity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Single = NDArray[np.float32]
Counts = NDArray[np.int64]


class Converted(Protocol):
    """Rows that are converted to float64 on access.

    Attributes:
        shape: (n, d).
        mean: (d,) their mean.
    """

    shape: tuple[int, ...]
    mean: Float

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice | Counts) -> Float: ...


class Table(Protocol):
    """Distances of n rows to m columns.

    Attributes:
        error: (n,) upper bound of the rounding error of a row's distances in float32.
    """

    error: Float

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""

    def blocks(self, room: Single) -> Iterator[tuple[slice, Single]]:
        """Yield the distances of one block of rows after the other, all in the same memory."""

    def pairs(self, i: Counts, j: Counts) -> Float:
        """Return the distances of rows i to columns j in float64, pair by pair. Shape: (m,), (m,) -> (m,)."""

    def exact(self, block: slice) -> Float:
        """Return the distances of some rows to all columns in float64. Shape: -> (b, m)."""
