"""Scores of documents for queries: fast in float32, and exact in float64 for the few that matter.

The fast score of a document orders the documents of a query as the similarity does, up to the query's
``error``; the exact score is the similarity itself.
"""

from __future__ import annotations

from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError, ModelError
from evenband.index.document_vectors import DocumentVectors
from evenband.types import Similarity, Vectors

Single = NDArray[np.float32]

ROUNDOFF = 2.0**-24
"""Unit roundoff of float32."""

PAIRS_AT_ONCE = 4096
"""Pairs of a query and a document that are converted to float64 at a time."""


class Scoring:
    """Scores of n documents for q queries by one similarity.

    Attributes:
        count: number of queries.
        error: bound of what rounding adds to a fast score of each query. Shape: (q,).
    """

    def __init__(self, queries: Vectors, documents: DocumentVectors, similarity: Similarity) -> None:
        self._documents, self._similarity = documents, similarity
        self._exact = checked_queries(queries, documents.dim).astype(np.float64)
        self.count = len(self._exact)
        lengths = np.linalg.norm(self._exact, axis=1)
        if similarity == "cosine":
            documents.check_directions()
            check_query_directions(self._exact)
            self._exact /= lengths[:, None]
            lengths = np.ones(len(lengths))
        self._queries = np.ascontiguousarray(self._exact, dtype=np.float32)
        self.error = self._bound(lengths)

    def _bound(self, lengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a bound of rounding: the number of terms x unit roundoff x size of the terms.

        Lengths that are one to a ten-thousandth add as much to a cosine.
        """
        documents, d = self._documents, self._documents.dim
        if self._similarity == "cosine":
            slack = float(np.abs(documents.lengths - 1).max(initial=0.0)) if documents.is_unit else 0.0
            return np.full(len(lengths), (d + 4) * ROUNDOFF + 1.01 * slack)
        longest = float(documents.lengths.max(initial=0.0))
        size = lengths * longest
        if self._similarity == "euclidean":
            size = size + longest**2
        if self._similarity == "manhattan":
            size = np.sqrt(d) * (lengths + longest)
        return np.asarray((d + 4) * ROUNDOFF * size)

    def fast(self, place: int, block: Vectors, rows: NDArray[np.int64] | None, room: Single) -> Single:
        """Compute the fast scores of a block of documents.

        Shape: block (b, d), room (q, at least b) -> (q, b), in the memory of ``room``.

        Args:
            place: of the block's first document.
            block: vectors of the documents.
            rows: their rows; those from ``place`` on if not given.
            room: memory for the result.
        """
        out = room[: self.count * len(block)].reshape(self.count, len(block))
        if self._similarity == "manhattan":
            for query, row in zip(self._queries, out, strict=True):
                np.negative(np.abs(block - query).sum(axis=1), out=row)
            return out
        np.matmul(self._queries, block.T, out=out)
        if self._similarity == "cosine" and not self._documents.is_unit:
            out /= self._lengths(place, block, rows)
        elif self._similarity == "euclidean":  # half the squared distance, less the query's own share
            out -= 0.5 * self._lengths(place, block, rows) ** 2
        return out

    def _lengths(self, place: int, block: Vectors, rows: NDArray[np.int64] | None) -> Single:
        chosen = slice(place, place + len(block)) if rows is None else rows
        return self._documents.lengths[chosen].astype(np.float32)

    def exact(self, queries: NDArray[np.int64], rows: NDArray[np.int64]) -> Single:
        """Return the similarities of pairs of a query and a document, from float64, as float32.

        Equal vectors have equal scores, wherever they stand. Shape: (m,), (m,) -> (m,).
        """
        scores = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            scores[part] = self._similarities(self._exact[queries[part]], rows[part])
        return scores

    def _similarities(self, queries: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        documents = self._documents.take(rows).astype(np.float64)
        if self._similarity in ("cosine", "dot"):
            products = (queries * documents).sum(axis=1)
            if self._similarity == "dot":
                return np.asarray(products)
            return np.asarray(products / np.sqrt((documents * documents).sum(axis=1)))
        difference = queries - documents
        if self._similarity == "manhattan":
            return np.asarray(-np.abs(difference).sum(axis=1))
        return np.asarray(-np.sqrt((difference * difference).sum(axis=1)))


def checked_queries(queries: Vectors, dim: int) -> Vectors:
    """Return the vectors of queries as an array.

    Raises:
        InputError: if they are no matrix of finite numbers with the documents' width.
    """
    array = np.asarray(queries, dtype=np.float32)
    if array.ndim != 2 or array.shape[1] != dim:
        raise InputError(f"queries: got vectors of shape {array.shape}, expected (queries, {dim})")
    if not np.isfinite(array).all():
        row = int(np.argmin(np.isfinite(array).all(axis=1)))
        raise InputError(f"query {row} has NaN or infinity in its vector; expected finite numbers")
    return array


def check_query_directions(queries: Vectors | NDArray[np.float64]) -> None:
    """Refuse queries that have no direction, where cosines are compared.

    Raises:
        ModelError: naming the first query that is zero.
    """
    has_direction = queries.any(axis=1)
    if not has_direction.all():
        raise ModelError(
            f"the vector of query {int(np.argmin(has_direction))} is zero, so it has no cosine; expected a "
            "direction"
        )


def checked_depth(k: object) -> int:
    """Return the number of documents to find.

    Raises:
        InputError: if it is below 1, or no whole number.
    """
    if not isinstance(k, Integral) or int(k) < 1:
        raise InputError(f"got k = {k}, expected 1 or more documents to find")
    return int(k)


def checked_mask(within: NDArray[np.bool_] | None, count: int) -> NDArray[np.int64] | None:
    """Return the rows that may be found; ``None`` for all.

    Raises:
        InputError: if there is not one truth value for each document.
    """
    if within is None:
        return None
    mask = np.asarray(within)
    if mask.dtype != np.bool_ or mask.shape != (count,):
        raise InputError(
            f"within: got {mask.dtype} of shape {mask.shape}, expected a truth value for each of the "
            f"{count:,} documents"
        )
    return None if mask.all() else np.flatnonzero(mask)
