"""Reciprocal rank fusion has the scores of its formula."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.index.fusion import fuse
from evenband.types import Ranking


def _ranking(rows: list[list[int]]) -> Ranking:
    scores = [[-np.inf if row < 0 else float(-place) for place, row in enumerate(one)] for one in rows]
    return Ranking(np.array(rows, dtype=np.int64), np.array(scores, dtype=np.float32))


def test_scores_are_sums_of_reciprocal_ranks() -> None:
    """A document of two rankings beats one of a single one; equal sums are in document order."""
    fused = fuse([_ranking([[7, 3, 5]]), _ranking([[5, 9, -1]])], 5)
    assert fused.rows.tolist() == [[5, 7, 3, 9, -1]]
    expected = [1 / 63 + 1 / 61, 1 / 61, 1 / 62, 1 / 62]
    np.testing.assert_allclose(fused.scores[0, :4], expected, rtol=1e-6)


def test_refuses_rankings_of_other_queries() -> None:
    """Rankings of different numbers of queries are not fused."""
    with pytest.raises(InputError, match="expected equally many"):
        fuse([_ranking([[1]]), _ranking([[1], [2]])], 1)
