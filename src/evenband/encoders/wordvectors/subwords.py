"""Vectors of character n-grams, as fastText (Bojanowski et al., 2017) composes words of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenband.types import Vectors


@dataclass(frozen=True)
class Subwords:
    """The hashed n-grams of a fastText model.

    Attributes:
        vectors: of the buckets. Shape: (buckets, d).
        least: length of the shortest n-gram in characters; the marks ``<`` and ``>`` around a word count.
        most: length of the longest.
    """

    vectors: Vectors
    least: int
    most: int

    def vector(self, word: str) -> Vectors | None:
        """Return the mean of a word's n-grams; ``None`` if it has none. Shape: (d,)."""
        rows = self.rows(word)
        return np.mean(self.vectors[rows], axis=0, dtype=np.float32) if rows else None

    def rows(self, word: str) -> list[int]:
        """Return the buckets of a word's n-grams."""
        marked = f"<{word}>"
        grams = [
            marked[start : start + size]
            for start in range(len(marked))
            for size in range(self.least, self.most + 1)
            if start + size <= len(marked) and not (size == 1 and start in (0, len(marked) - 1))
        ]
        return [fnv1a(gram.encode("utf-8", "surrogatepass")) % len(self.vectors) for gram in grams]


def fnv1a(data: bytes) -> int:
    """Return fastText's 32-bit FNV-1a hash, which takes a byte as a signed number."""
    total = 2166136261
    for byte in data:
        signed = byte | 0xFFFFFF00 if byte > 127 else byte
        total = ((total ^ signed) * 16777619) & 0xFFFFFFFF
    return total
