"""The probe of rank consistency on searches whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband.errors import InputError, MissingVectorsError
from evenband.index.bm25 import Bm25Settings
from evenband.probes.retrieval.rank_changes import RankChanges, dense_search, lexical_search
from evenband.probes.retrieval.reranked_search import reranked_search
from evenband.probes.retrieval.reranking import Reranking
from evenband.probes.retrieval.text_operators import Operator, load_operators
from evenband.types import OverlapMeasurement
from unit.probes.retrieval.planted_dataset import ANGLES, CompassEncoder, LengthReranker

TURNED = {"up": "right", "right": "down"}
TURN = Operator("turn", "changes", "Another direction.", lambda text: TURNED.get(text, text))
SAME = Operator("same", "keeps", "Nothing.", lambda text: text)
LOSE = Operator("lose", "keeps", "A text without a vector.", lambda text: "nowhere" if text == "up" else text)


def measure(probe: RankChanges) -> OverlapMeasurement:
    ids = [f"d-{name}" for name in ANGLES]
    return probe.measure(dense_search(CompassEncoder(), "compass", "x", ids, list(ANGLES), "exact"))


def test_what_stays_and_what_is_lost_is_counted_by_hand() -> None:
    """Up finds north and north-east, right finds east and north-east, down finds south and east."""
    measurement = measure(RankChanges(("up", "right", "down"), (TURN, SAME), k=2))
    details = measurement.details
    assert measurement.scores[:, 0].tolist() == [0.5, 0.5, 1.0]
    assert details.applied.tolist() == [[1, 0], [1, 0], [0, 0]]
    assert details.lost[:, 0].tolist() == ["d-north", "d-north-east", ""]
    assert details.first_rank[:, 0] == pytest.approx([np.nan, 2, 1], nan_ok=True)
    assert measurement.scores[:, 1].tolist() == [1, 1, 1]
    assert [one.name for one in details.operators] == ["turn", "same"]
    assert details.other_overlap[:, 0].tolist() == details.other_overlap[:, 1].tolist()
    assert set(details.other_overlap[:, 0]) <= {0.0, 0.5}


def test_texts_without_a_vector_are_left_out() -> None:
    """A query without one has no row; a changed query without one finds nothing, the worst loss there is."""
    measurement = measure(RankChanges(("up", "lost", "up"), (LOSE,), k=2))
    assert measurement.items == ("up",)
    details = measurement.details
    assert (details.applied.tolist(), measurement.scores.tolist()) == ([[1]], [[0]])
    assert details.rank_biased.tolist() == [[0]]
    assert np.isnan(details.first_rank).all()
    assert details.lost.tolist() == [["d-north"]]
    assert np.isnan(details.other_overlap).all()
    assert details.remarks == (
        "missing: 1 queries have no vector and are left out ('lost')",
        "lost: 1 changed queries have no vector and count as finding nothing (nowhere)",
    )
    with pytest.raises(MissingVectorsError, match="has no vector for any of 1 queries"):
        measure(RankChanges(("lost",), (SAME,)))


def test_changed_queries_go_through_a_reranker() -> None:
    """It orders more documents than are compared; which ones, how deep and by what is in the result."""
    ids, texts = [f"d-{name}" for name in ANGLES], list(ANGLES)
    search = dense_search(CompassEncoder(), "compass", "x", ids, texts, "exact")
    reranked = reranked_search(search, Reranking(LengthReranker()), texts, 2)
    probe = RankChanges(("up", "right"), (TURN,), k=1)
    measurement = probe.measure(reranked)
    # up finds north and north-east, right finds east and north-east, down finds south and east
    assert measurement.scores[:, 0].tolist() == [1, 0]
    assert measurement.details.lost[:, 0].tolist() == ["", "d-north-east"]
    assert measurement.details.pipeline == "exact+rerank"
    assert measurement.probe.name == "compass-ranks-rerank"
    assert measurement.details.remarks == (
        "reranked: length puts the first 2 documents of each query in its own order",
    )
    assert measurement.probe.digest != probe.spec(search).digest
    other = replace(reranked, reranker=CompassEncoder().spec)
    assert measurement.probe.digest != probe.spec(other).digest


def test_words_do_not_see_a_comma() -> None:
    """A search by words answers the same with a comma and another list for another word."""
    texts = ["rain jacket", "rain boots", "sun hat"]
    search = lexical_search(Bm25Settings(), "shop", "x", ["a", "b", "c"], texts)
    measurement = RankChanges(("rain jacket", "sun hat"), load_operators(["comma", "typo"]), k=2).measure(
        search
    )
    assert measurement.scores[:, 0].tolist() == [1, 1]
    assert measurement.details.lost[0, 1] in ("a", "b", "")
    assert measurement.details.k == 2


def test_a_query_that_finds_nothing_says_nothing_and_is_left_out() -> None:
    """A word that no document has cannot lose a document; one whose change finds nothing loses them all."""
    search = lexical_search(Bm25Settings(), "shop", "x", ["a", "b"], ["rain jacket", "sun hat"])
    gone = Operator("gone", "keeps", "Another word.", lambda text: "zzz")
    measurement = RankChanges(("zzzz", "sun hat"), (*load_operators(["full-stop"]), gone), k=2).measure(
        search
    )
    assert measurement.items == ("sun hat",)
    assert measurement.scores.tolist() == [[1, 0]]
    assert measurement.details.remarks == (
        "nothing found: 1 queries find no document as they are, so that nothing can be lost, and are left "
        "out ('zzzz')",
    )
    with pytest.raises(MissingVectorsError, match="bm25 finds no document for any of 1 queries"):
        RankChanges(("zzz",), (SAME,)).measure(search)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(InputError, match="got 0 queries"):
        RankChanges((), (SAME,))
