"""Published figures on LIMIT-small, which is not in the repository: name its folder in EVENBAND_DATASETS."""

from __future__ import annotations

import pytest

from evenband import api
from evenband.analysis import RetrievalAudit
from evenband.errors import InputError
from evenband.probes.retrieval.dataset_references import load_dataset

CUTOFFS = (2, 10, 20)

try:
    load_dataset("limit-small")
except InputError as error:
    pytestmark = [pytest.mark.slow, pytest.mark.skip(reason=str(error))]
else:
    pytestmark = [pytest.mark.slow]


def recalls(model: str) -> list[float | None]:
    """Recall in per cent at each cutoff."""
    [audit] = api.retrieve("limit-small", model, k=CUTOFFS)
    assert isinstance(audit, RetrievalAudit)
    found = audit.pipelines[0].recall
    return [round(100 * (found[k].value or 0), 2) for k in CUTOFFS]


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("bm25", [97.8, 100, 100]),
        ("bm25?stemmer=none&stopwords=none", [99.15, 100, 100]),
        ("minilm", [16.2, 48.05, 69.45]),
    ],
)
def test_recall_is_as_published(model: str, published: list[float]) -> None:
    """BM25 with and without a stemmer (paper and ours), MiniLM (a third party)."""
    assert recalls(model) == pytest.approx(published, abs=0.06)


def test_splitting_at_spaces_loses_most_words() -> None:
    """Published as 40.4: what ends with a comma is another word; equally scored documents decide the rest."""
    assert recalls("bm25?tokenizer=split&stemmer=none&stopwords=none")[0] == pytest.approx(40.4, abs=0.2)


def test_fillers_drown_a_model_and_not_the_words() -> None:
    """Recall@2 of MiniLM falls by half with 100 fillers, by half again with 1,000; BM25's stays."""
    falls = []
    for count in (100, 1000):
        model, words = api.retrieve("limit-small", ["minilm", "bm25"], k=[2], fillers=count)
        assert isinstance(model, RetrievalAudit)
        assert isinstance(words, RetrievalAudit)
        falls.append(model.pipelines[0].recall[2].value or 0)
        assert (words.pipelines[0].recall[2].value or 0) > 0.95
    assert 0.04 < falls[0] < 0.10
    assert falls[1] < 0.06
