"""Vectors of a store for an index: in memory where they fit, else read from disk as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenband.corpora.document_store import DocumentStore
from evenband.index import DocumentVectors
from evenband.types import Vectors

IN_MEMORY_SHARE = 0.5
"""Share of the free memory that vectors may take; more stay on disk."""

BYTES_PER_NUMBER = 4


class StoredVectors(DocumentVectors):
    """Vectors that stay on disk, of which some blocks at a time are in memory.

    Args:
        store: whose vectors they are.
    """

    def __init__(self, store: DocumentStore) -> None:
        super().__init__(np.empty((0, store.model.dim), dtype=np.float32))
        self._store = store
        self._starts = np.array([0, len(store)])

    @property
    def nbytes(self) -> int:
        """Bytes of all vectors."""
        return len(self) * self.dim * BYTES_PER_NUMBER

    def blocks(
        self, size: int, start: int = 0, stop: int | None = None, rows: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[int, Vectors]]:
        """Yield vectors in blocks, as :meth:`DocumentVectors.blocks`."""
        if rows is not None:
            yield from super().blocks(size, start, stop, rows)
            return
        yield from self._store.vector_blocks(size, start, stop)

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some rows, in the order asked for. Shape: (m,) -> (m, d)."""
        if not len(rows):
            return np.empty((0, self.dim), dtype=np.float32)
        return self._store.take_vectors(rows.tolist())


def vectors_of(store: DocumentStore) -> DocumentVectors:
    """Return the vectors of a store: in memory if they take at most half of what is free.

    Raises:
        DocumentStoreError: if the store cannot be read.
    """
    size, free = len(store) * store.model.dim * BYTES_PER_NUMBER, free_bytes()
    if free is not None and size > IN_MEMORY_SHARE * free:
        return StoredVectors(store)
    return DocumentVectors(store.vectors())


def free_bytes() -> int | None:
    """Return the memory that is free, as Linux says; ``None`` on other systems."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration, IndexError):
        return None
