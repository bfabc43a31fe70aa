"""Exact search over smaller vectors: truncated, of eight bits or of one bit per number.

``exact?dim=128`` compares the first 128 numbers; ``exact?quantize=int8`` keeps a byte per number, with the
range of each number in the documents; ``exact?quantize=binary`` keeps its sign, and orders as the Hamming
distance.
With ``rescore=4`` four times as many candidates are scored again with the whole vectors, which then lie
beside the small ones, on disk if they do not fit in memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError
from evenband.index.document_vectors import VECTORS_AT_ONCE, DocumentVectors
from evenband.index.exact import ExactIndex
from evenband.index.index_references import IndexReference
from evenband.index.scoring import Scoring, checked_depth, checked_queries
from evenband.stats.quantization import byte_codes, code_steps, sign_bits
from evenband.types import Ranking, Similarity, Vectors, rank_candidates

REDUCTIONS = ("dim", "quantize", "rescore")
FORMATS = ("binary", "int8")

BITS = 8


class CodedVectors(DocumentVectors, ABC):
    """Vectors that are kept as codes and turned into numbers as they are read.

    Args:
        codes: of all documents, a row each.
        dim: numbers of a vector.
    """

    def __init__(self, codes: NDArray[np.uint8], dim: int) -> None:
        super().__init__(np.empty((0, dim), dtype=np.float32))
        self._codes = codes
        self._starts = np.array([0, len(codes)])

    @property
    def nbytes(self) -> int:
        """Bytes of the codes."""
        return self._codes.nbytes

    def blocks(
        self, size: int, start: int = 0, stop: int | None = None, rows: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[int, Vectors]]:
        """Yield vectors in blocks, as :meth:`DocumentVectors.blocks`."""
        end = stop if stop is not None else len(self) if rows is None else len(rows)
        for place in range(start, end, size):
            part = slice(place, min(place + size, end))
            yield place, self.decode(self._codes[part] if rows is None else self._codes[rows[part]])

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some rows, in the order asked for. Shape: (m,) -> (m, d)."""
        return self.decode(self._codes[rows])

    @abstractmethod
    def decode(self, codes: NDArray[np.uint8]) -> Vectors:
        """Return the numbers that codes stand for. Shape: (n, c) -> (n, d)."""


class ByteVectors(CodedVectors):
    """Vectors kept as a byte per number; what is read of them is the middle of each code's range.

    Args:
        documents: whose vectors are kept.
        dim: number of leading numbers to keep.
    """

    def __init__(self, documents: DocumentVectors, dim: int) -> None:
        ranges = np.array([[np.inf], [-np.inf]], dtype=np.float32).repeat(dim, axis=1)
        for _, block in documents.blocks(VECTORS_AT_ONCE):
            ranges[0] = np.minimum(ranges[0], block[:, :dim].min(axis=0))
            ranges[1] = np.maximum(ranges[1], block[:, :dim].max(axis=0))
        codes = np.empty((len(documents), dim), dtype=np.uint8)
        for start, block in documents.blocks(VECTORS_AT_ONCE):
            codes[start : start + len(block)] = byte_codes(block[:, :dim], ranges)
        super().__init__(codes, dim)
        self._start, self._step = ranges[0], code_steps(ranges)

    def decode(self, codes: NDArray[np.uint8]) -> Vectors:
        """Return the middle of each code's range. Shape: (n, d) -> (n, d)."""
        middles = codes.astype(np.float32) + np.float32(0.5)
        return np.asarray(self._start + middles * self._step, dtype=np.float32)


class BitVectors(CodedVectors):
    """Vectors kept as a bit per number; what is read of them are numbers of -1 and 1.

    Args:
        documents: whose vectors are kept.
        dim: number of leading numbers to keep.
    """

    def __init__(self, documents: DocumentVectors, dim: int) -> None:
        bits = np.empty((len(documents), -(-dim // BITS)), dtype=np.uint8)
        for start, block in documents.blocks(VECTORS_AT_ONCE):
            bits[start : start + len(block)] = np.packbits(sign_bits(block[:, :dim]), axis=1)
        super().__init__(bits, dim)

    def decode(self, codes: NDArray[np.uint8]) -> Vectors:
        """Return the signs that bits stand for. Shape: (n, d / 8) -> (n, d)."""
        signs = np.unpackbits(codes, axis=1, count=self.dim).astype(np.float32)
        return signs * np.float32(2) - np.float32(1)


class ReducedIndex:
    """Exact search over smaller vectors, with candidates scored again if that is asked for.

    Args:
        reference: of the index.
        documents: whose vectors are made smaller.
        similarity: what is nearer.

    Raises:
        InputError: if an option has a value that it cannot have.
    """

    def __init__(self, reference: IndexReference, documents: DocumentVectors, similarity: Similarity) -> None:
        self._documents, self._similarity = documents, similarity
        self._dim = reference.integer("dim", documents.dim)
        if self._dim > documents.dim:
            raise InputError(
                f"index {reference.text!r}: got dim={self._dim}, expected at most the {documents.dim} of a "
                "vector"
            )
        self._rescore = reference.integer("rescore", 0) if "rescore" in reference.options else 0
        self._format = reference.choice("quantize", FORMATS)
        self._index = ExactIndex(self._reduced(), "cosine" if self._format == "binary" else similarity)

    def _reduced(self) -> DocumentVectors:
        if self._format == "int8":
            return ByteVectors(self._documents, self._dim)
        if self._format == "binary":
            return BitVectors(self._documents, self._dim)
        kept = np.empty((len(self._documents), self._dim), dtype=np.float32)
        for start, block in self._documents.blocks(VECTORS_AT_ONCE):
            kept[start : start + len(block)] = block[:, : self._dim]
        return DocumentVectors(kept)

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def nbytes(self) -> int:
        """Bytes of the small vectors, and of the whole ones where candidates are scored again."""
        return self._index.nbytes + self.rescored_nbytes

    @property
    def rescored_nbytes(self) -> int:
        """Bytes of the whole vectors that candidates are scored with; 0 where they are not scored again."""
        return self._documents.nbytes if self._rescore else 0

    def search(self, queries: Vectors, k: int, within: NDArray[np.bool_] | None = None) -> Ranking:
        """Find the k documents of each query whose small vectors are nearest.

        Shape: queries (q, d) -> ranking (q, k).

        Raises:
            InputError: if k is below 1, or a shape does not fit.
            ModelError: if a vector has no direction although cosines are compared.
        """
        checked_depth(k)
        whole = checked_queries(queries, self._documents.dim)
        small = np.ascontiguousarray(whole[:, : self._dim])
        if self._format == "binary":
            small = np.where(sign_bits(small), np.float32(1), np.float32(-1))
        depth = k if not self._rescore else max(k, min(k * self._rescore, len(self)))
        found = self._index.search(small, depth, within)
        if not self._rescore:
            return found
        scoring = Scoring(whole, self._documents, self._similarity)
        numbers, places = np.nonzero(found.rows >= 0)
        rows = found.rows[numbers, places]
        return rank_candidates(numbers, rows, scoring.exact(numbers, rows), len(whole), k)
