"""A table of words and their vectors, memory-mapped from a folder of the cache."""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.local.hardware import installed_memory
from evenband.encoders.wordvectors.subwords import Subwords
from evenband.errors import ModelError
from evenband.types import Vectors

TABLE_FORMAT = 2
"""Raised whenever files convert to other vectors: tables of an earlier format are not opened."""

VECTORS, NORMS, TEXT, OFFSETS, HASHES, ORDER, ABOUT, NGRAMS = (
    "vectors.f32",
    "norms.f32",
    "words.txt",
    "offsets.i64",
    "hashes.u64",
    "order.i64",
    "about.json",
    "ngrams.f32",
)
"""Files of a table. Arrays are raw little-endian numbers, words are UTF-8 without a separator."""


_DONT_NEED: int | None = getattr(mmap, "MADV_DONTNEED", None)  # not on every system
_POPULATE = 22 if sys.platform == "linux" else None
"""MADV_POPULATE_READ of Linux 5.14 and later, which Python does not name."""


KEPT_SHARE = 0.25
"""Share of the machine's memory up to which the vectors stay mapped once they were read.

Mapping 3.6 GB anew for each question costs as much time as the question itself.
"""


class Words(Sequence[str]):
    """The n words of a table, read from the mapped file one at a time."""

    def __init__(self, text: mmap.mmap | bytes, offsets: NDArray[np.int64]) -> None:
        """Create the sequence; word k is ``text[offsets[k]:offsets[k + 1]]``."""
        self._text, self._offsets = text, offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        row = range(len(self))[index]
        return self._text[self._offsets[row] : self._offsets[row + 1]].decode("utf-8")

    def __iter__(self) -> Iterator[str]:
        return (self[row] for row in range(len(self)))


class WordTable:
    """Words and their vectors.

    Attributes:
        words: n different words, in the file's order.
        vectors: as in the file, read-only. Shape: (n, d).
        norms: length of each vector. Shape: (n,).
        revision: digest of the file.
        notes: what was unusual in the file, a sentence each.
        subwords: vectors of character n-grams, for words that the list lacks; ``None`` without any.
    """

    def __init__(self, folder: Path) -> None:
        """Open a converted table.

        Raises:
            ModelError: if the folder does not hold one.
        """
        try:
            about = json.loads((folder / ABOUT).read_text("utf-8"))
            n, d = int(about["words"]), int(about["dim"])
            self._map = _mapped_bytes(folder / VECTORS)
            self.vectors: Vectors = _shaped(self._map, folder / VECTORS, (n, d))
            self._is_kept = self.vectors.nbytes <= KEPT_SHARE * (installed_memory() or 0)
            self._kept_rows = 0
            self.norms: NDArray[np.float32] = _mapped(folder / NORMS, "<f4", (n,))
            self.words = Words(_mapped_bytes(folder / TEXT), _mapped(folder / OFFSETS, "<i8", (n + 1,)))
            self._hashes: NDArray[np.uint64] = _mapped(folder / HASHES, "<u8", (n,))
            self._order: NDArray[np.int64] = _mapped(folder / ORDER, "<i8", (n,))
            self.subwords = None
            if about["ngrams"] is not None:
                buckets, least, most = (int(number) for number in about["ngrams"])
                self.subwords = Subwords(_mapped(folder / NGRAMS, "<f4", (buckets, d)), least, most)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"the converted word vectors in {folder} cannot be read ({error}); delete that folder"
            ) from error
        self.revision = str(about["revision"])
        self.notes = tuple(str(note) for note in about["notes"])

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    def prefetch(self, start: int, stop: int) -> None:
        """Map the pages of some rows at once, which is quicker than one by one as they are read."""
        if stop <= self._kept_rows:
            return
        if isinstance(self._map, mmap.mmap) and _POPULATE is not None:
            row = self.vectors.strides[0]
            first = start * row // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
            with contextlib.suppress(OSError, ValueError):  # a kernel that does not know it
                self._map.madvise(_POPULATE, first, min(stop * row, len(self._map)) - first)
        if self._is_kept and start <= self._kept_rows:
            self._kept_rows = stop

    def release(self) -> None:
        """Give back the memory of the vectors that were read, unless they take little of the machine's.

        The system keeps the pages while it can.
        """
        if self._is_kept:
            return
        if isinstance(self._map, mmap.mmap) and _DONT_NEED is not None:
            self._map.madvise(_DONT_NEED)

    def row(self, word: str) -> int | None:
        """Return the row of a word, exactly as it is written; ``None`` if the list lacks it."""
        key = hash_of(word.encode("utf-8", "surrogatepass"))
        place = int(np.searchsorted(self._hashes, np.uint64(key)))
        while place < len(self._hashes) and int(self._hashes[place]) == key:
            row = int(self._order[place])
            if self.words[row] == word:
                return row
            place += 1
        return None

    def vector(self, word: str) -> Vectors | None:
        """Return a word's vector, of its n-grams where the list lacks it; ``None`` if it has neither.

        Shape: (d,).
        """
        row = self.row(word)
        if row is not None:
            return np.asarray(self.vectors[row])
        return None if self.subwords is None else self.subwords.vector(word)


def hash_of(word: bytes) -> int:
    """Return a 64-bit hash of a word."""
    return int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "little")


def _mapped(path: Path, dtype: str, shape: tuple[int, ...]) -> Any:
    """Map an array, read-only."""
    if path.stat().st_size != np.dtype(dtype).itemsize * int(np.prod(shape)):
        raise ValueError(f"{path.name} has another size than expected")
    return np.memmap(path, dtype=dtype, mode="r", shape=shape) if np.prod(shape) else np.zeros(shape, dtype)


def _shaped(content: mmap.mmap | bytes, path: Path, shape: tuple[int, int]) -> Vectors:
    """Return mapped bytes as an array, read-only."""
    if len(content) != np.dtype("<f4").itemsize * shape[0] * shape[1]:
        raise ValueError(f"{path.name} has another size than expected")
    return np.frombuffer(content, "<f4").reshape(shape)


def _mapped_bytes(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
