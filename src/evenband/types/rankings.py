"""Rankings: for each query, the rows of the documents that were found, best first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError

NO_ROW = -1
"""Row that stands where fewer documents were found than asked for."""


@dataclass(frozen=True)
class Ranking:
    """The k best documents of each query, best first; equal scores in the order of the documents.

    Where a query found fewer than k documents, its last places have row -1 and score minus infinity.
    The arrays are read-only.

    Attributes:
        rows: of the documents, from 0. Shape: (queries, k), int64.
        scores: similarity of each document to the query; higher is nearer. Shape: (queries, k), float32.

    Raises:
        InputError: if the shapes differ, a score is NaN, places are not in order, or an empty place stands
            before a filled one.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or self.rows.shape != self.scores.shape:
            raise InputError(
                f"ranking: got rows of shape {self.rows.shape} and scores of shape {self.scores.shape}, "
                "expected (queries, k) for both"
            )
        for name, kind in (("rows", np.int64), ("scores", np.float32)):
            view = np.asarray(getattr(self, name), dtype=kind).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)
        self._check_order()

    def _check_order(self) -> None:
        before, after = self.scores[:, :-1], self.scores[:, 1:]
        is_ordered = (before > after) | ((before == after) & (self.rows[:, :-1] < self.rows[:, 1:]))
        is_empty = self.rows == NO_ROW
        is_ordered |= is_empty[:, 1:]
        is_wrong = is_empty[:, :-1] & ~is_empty[:, 1:]
        is_bad = (~is_ordered | is_wrong).any(axis=1) | np.isnan(self.scores).any(axis=1)
        is_bad |= ((self.rows < NO_ROW) | (is_empty & (self.scores != -np.inf))).any(axis=1)
        if is_bad.any():
            raise InputError(
                f"ranking: query {int(np.argmax(is_bad))} is not in order; expected scores that fall, equal "
                "ones by row, no NaN, and row -1 with score -inf at the end only"
            )

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def k(self) -> int:
        """Number of places of each query."""
        return int(self.rows.shape[1])

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of documents found for each query. Shape: (queries,)."""
        return np.asarray((self.rows != NO_ROW).sum(axis=1), dtype=np.int64)

    def top(self, k: int) -> Ranking:
        """Return the first k places of each query.

        Raises:
            InputError: if k is not from 1 to the number of places.
        """
        if not 1 <= k <= max(self.k, 1):
            raise InputError(f"got k = {k}, expected 1 to {self.k}, which is how many were asked for")
        return Ranking(self.rows[:, :k], self.scores[:, :k])


def rank_candidates(
    queries: NDArray[np.int64], rows: NDArray[np.int64], scores: NDArray[np.float32], count: int, k: int
) -> Ranking:
    """Return the k best candidates of each query; equal scores by row.

    Args:
        queries: number of the query of each candidate, from 0. Shape: (c,).
        rows: document of each candidate, at most once a query. Shape: (c,).
        scores: of each candidate, not NaN. Shape: (c,).
        count: number of queries.
        k: number of places, 1 or more.
    """
    order = np.lexsort((rows, -scores, queries))
    queries, rows, scores = queries[order], rows[order], scores[order]
    starts = np.searchsorted(queries, np.arange(count))
    places = np.arange(len(queries)) - starts[queries]
    is_kept = places < k
    all_rows = np.full((count, k), NO_ROW, dtype=np.int64)
    all_scores = np.full((count, k), -np.inf, dtype=np.float32)
    all_rows[queries[is_kept], places[is_kept]] = rows[is_kept]
    all_scores[queries[is_kept], places[is_kept]] = scores[is_kept]
    return Ranking(all_rows, all_scores)
