"""Fusion of rankings by reciprocal ranks (Cormack, Clarke and Buettcher, SIGIR 2009)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError
from evenband.types import NO_ROW, Ranking, rank_candidates

RANK_OFFSET = 60
"""What is added to each rank: the larger it is, the less the first ranks count."""

FUSED_DEPTH = 100
"""Documents of each ranking that are fused, at least."""


def fuse(rankings: Sequence[Ranking], k: int) -> Ranking:
    """Rank documents by the sum of 1 / (60 + rank) over rankings of the same queries.

    A ranking that does not find a document adds nothing to it; equal sums are in the order of the documents.

    Args:
        rankings: one or more.
        k: number of places.

    Raises:
        InputError: if there is no ranking, or they have different numbers of queries.
    """
    counts = {len(ranking) for ranking in rankings}
    if len(counts) != 1:
        raise InputError(f"rankings to fuse: got {sorted(counts)} queries, expected equally many")
    count = counts.pop()
    parts = [_shares(ranking) for ranking in rankings]
    queries, rows, shares = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    width = int(rows.max(initial=0)) + 1
    keys, places = np.unique(queries * width + rows, return_inverse=True)
    sums = np.bincount(places, weights=shares, minlength=len(keys)).astype(np.float32)
    return rank_candidates(keys // width, keys % width, sums, count, k)


def _shares(
    ranking: Ranking,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return query, document and share of each document that a ranking has."""
    is_there = ranking.rows != NO_ROW
    ranks = np.cumsum(is_there, axis=1)
    queries, places = np.nonzero(is_there)
    return queries, ranking.rows[queries, places], 1 / (RANK_OFFSET + ranks[queries, places])
