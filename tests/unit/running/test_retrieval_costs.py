"""What a retrieval asks of metered models is estimated from the texts that it will embed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband.running.retrieval_costs import estimate_retrieval
from evenband.running.retrieval_plans import build_retrieval

METERED = "openai:text-embedding-3-small"
SET = "limit:n=6"


def texts(**options: object) -> int:
    """Texts that the metered model is asked for."""
    [cost] = estimate_retrieval(build_retrieval(SET, [METERED, "toy:words"], **options))  # type: ignore[arg-type]
    return cost.texts


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path))


def test_documents_queries_and_changed_queries_are_counted() -> None:
    """Six documents and 15 queries; fewer with a sample; each operator that applies adds a text a query."""
    assert texts() == 6 + 15
    assert texts(sample=4) == 6 + 4
    # "Who likes aspens?": all but full stop and with-without apply
    assert texts(suite="quick", sample=4) == 6 + 4 * 7


def test_a_reranker_that_costs_money_is_asked_every_pair_that_can_be_found() -> None:
    """Of two retrievers, the first three documents of 15 queries each; models that are free cost nothing."""
    costs = estimate_retrieval(build_retrieval(SET, ["toy:words", "bm25"], rerank=METERED, k=(3,)))
    assert [(one.model, one.texts) for one in costs] == [(METERED, 2 * 3 * 15)]
    assert estimate_retrieval(build_retrieval(SET, ["toy:words", "bm25"])) == []
