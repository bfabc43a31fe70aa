"""Metrics of one query at a time, against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenband.probes.retrieval.ir_metrics import measure_ranking, share_of_exact
from evenband.types import Ranking

IDS = ("a", "b", "c", "d", "e")


def ranking(*rows: list[int], scores: list[list[float]] | None = None) -> Ranking:
    table = np.array(rows)
    given = np.where(table < 0, -np.inf, -np.arange(table.shape[1], dtype=np.float32)[None, :])
    return Ranking(table, np.asarray(given if scores is None else scores, dtype=np.float32))


def test_each_metric_is_as_defined() -> None:
    """Grades are gains; what was not found counts as missing, and so does what the corpus lacks."""
    found = measure_ranking(
        ranking([2, 0, 1, 3], [4, -1, -1, -1], [-1, -1, -1, -1]),
        IDS,
        [{"a": 2, "b": 1, "gone": 1}, {"e": 1}, {"d": 1}],
        cutoff=3,
        cutoffs=(1, 2, 3),
    )
    gain = 2 / math.log2(3) + 1 / math.log2(4)
    ideal = 2 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found.ndcg == pytest.approx([gain / ideal, 1, 0])
    assert found.recall[1] == pytest.approx([0, 1, 0])
    assert found.recall[2] == pytest.approx([1 / 3, 1, 0])
    assert found.recall[3] == pytest.approx([2 / 3, 1, 0])
    assert found.reciprocal_rank == pytest.approx([1 / 2, 1, 0])
    assert found.first_right == pytest.approx([0, 1, 0])
    assert found.rank == pytest.approx([2, 1, np.nan], nan_ok=True)


def test_equal_scores_keep_the_order_of_the_ranking() -> None:
    """trec_eval would put equal scores in the order of their ids, from z to a."""
    tied = ranking([0, 1], scores=[[1.0, 1.0]])
    assert measure_ranking(tied, IDS, [{"a": 1}], 1, (1,)).first_right.tolist() == [1]


def test_the_share_of_exact_search_counts_ties_and_nothing_to_find() -> None:
    exact = ranking([0, 1, 2, 3], [0, 1, 2, 3], [-1] * 4, scores=[[4, 3, 3, 1], [4, 3, 2, 1], [-np.inf] * 4])
    found = ranking([0, 2, 4, 3], [0, 2, 4, 3], [-1] * 4)
    assert share_of_exact(found, exact, 2) == pytest.approx([1.0, 0.5, np.nan], nan_ok=True)


def test_a_tie_beyond_the_end_of_exact_search_is_not_missed() -> None:
    """Exact search was asked for two only; the index found another document that is as near as its second."""
    exact = ranking([0, 1], [0, 1], scores=[[4, 3], [4, 3]])
    found = ranking([0, 2], [0, 2])
    nearness = np.array([[4, 3], [4, 2.5]], dtype=np.float32)
    assert share_of_exact(found, exact, 2, nearness).tolist() == [1.0, 0.5]
