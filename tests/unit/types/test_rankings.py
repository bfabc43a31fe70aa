"""Rankings keep their order, and refuse what is none."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.types import Ranking, rank_candidates


def _ranking(rows: list[list[int]], scores: list[list[float]]) -> Ranking:
    return Ranking(np.array(rows, dtype=np.int64), np.array(scores, dtype=np.float32))


def test_counts_what_was_found() -> None:
    """Empty places at the end are counted as not found, and stay empty in the top."""
    ranking = _ranking([[4, 2, -1], [0, 1, 2]], [[0.9, 0.1, -np.inf], [0.5, 0.5, 0.5]])
    assert ranking.counts.tolist() == [2, 3]
    assert ranking.top(2).rows.tolist() == [[4, 2], [0, 1]]


@pytest.mark.parametrize(
    ("rows", "scores"),
    [
        ([[1, 2]], [[0.1, 0.2]]),  # rising
        ([[2, 1]], [[0.5, 0.5]]),  # a tie against the documents' order
        ([[1, 2]], [[0.5, float("nan")]]),
        ([[-1, 2]], [[float("-inf"), float("-inf")]]),  # an empty place before a filled one
        ([[1, -1]], [[0.5, 0.1]]),  # a score of nothing
        ([[1, 2]], [[0.5]]),
    ],
)
def test_refuses_what_is_out_of_order(rows: list[list[int]], scores: list[list[float]]) -> None:
    """A ranking that is not best first, with ties by row, is refused."""
    with pytest.raises(InputError, match="ranking"):
        _ranking(rows, scores)


def test_ranks_candidates_in_any_order() -> None:
    """Candidates are ranked per query, equal scores by row, and short ones filled up."""
    queries, rows = np.array([1, 0, 1, 1]), np.array([7, 3, 2, 9])
    ranking = rank_candidates(queries, rows, np.array([0.5, 0.1, 0.5, 0.9], dtype=np.float32), 3, 2)
    assert ranking.rows.tolist() == [[3, -1], [9, 2], [-1, -1]]
