"""BM25: scores as the formula says, and what a word is decides."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.index.bm25 import Bm25Index, Bm25Settings, bm25_spec, read_bm25

TEXTS = ("the cats sleep", "a cat sleeps, a cat eats", "dogs bark", "Cat!")


def search(query: str, **settings: Any) -> list[int]:
    ranking = Bm25Index(TEXTS, Bm25Settings(**settings)).search([query], 4)
    return [row for row in ranking.rows[0].tolist() if row >= 0]


def test_scores_are_those_of_the_formula() -> None:
    """Lucene's BM25 with k1 = 1.5 and b = .75, by hand."""
    texts, k1, b = ("red", "red blue", "green green red"), 1.5, 0.75
    ranking = Bm25Index(texts, Bm25Settings(stemmer="none", stopwords="none")).search(["green"], 3)
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 / (2 + k1 * (1 - b + b * 3 / 2))
    assert ranking.rows[0].tolist() == [2, -1, -1]
    assert ranking.scores[0, 0] == pytest.approx(expected, rel=1e-5)


def test_a_stemmer_and_a_tokenizer_decide_what_a_word_is() -> None:
    assert search("cat") == [3, 1, 0]
    assert search("cat", stemmer="none") == [3, 1]
    assert search("cat", stemmer="none", tokenizer="split", stopwords="none") == [1]
    assert search("Cat!", stemmer="none", tokenizer="split", stopwords="none") == [3]


def test_ties_are_in_the_order_of_the_documents_and_nothing_in_common_is_not_found() -> None:
    ranking = Bm25Index(["x1 y1", "z1", "x1 y1", "x1 y1"], Bm25Settings(stemmer="none")).search(
        ["x1", "none"], 2
    )
    assert ranking.rows.tolist() == [[0, 2], [-1, -1]]
    assert np.isneginf(ranking.scores[1]).all()


def test_settings_stand_in_the_identity() -> None:
    settings = read_bm25("bm25?stemmer=none&k1=1.2")
    assert settings == Bm25Settings(stemmer="none", k1=1.2)
    spec = bm25_spec(settings.reference, settings)
    assert (spec.ref, spec.name) == ("bm25?stemmer=none&k1=1.2", "bm25-stemmer-none-k1-1.2")
    assert spec.digest != bm25_spec("bm25", Bm25Settings()).digest
    assert "stemmer none" in spec.notes[0]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("bm25?stemer=none", "no setting 'stemer'; did you mean 'stemmer'"),
        ("bm25?k1=inf", "got k1=inf and b=0.75, expected k1 above 0"),
        ("bm25?k1=nan", "got k1=nan"),
        ("bm25?k1=1&k1=2", "got k1 twice, expected each setting once"),
        ("bm25?k1=x", "got k1=x, expected a number"),
        ("bm25?b=2", "expected k1 above 0, 1,000 or less, and b in"),
        ("bm25?tokenizer=word", "got tokenizer=word; did you mean 'words'"),
    ],
)
def test_settings_that_do_not_exist_are_refused(reference: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_bm25(reference)


def test_a_stemmer_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="no stemmer for 'englsh'; did you mean 'english'"):
        Bm25Index(TEXTS, Bm25Settings(stemmer="englsh"))
    with pytest.raises(InputError, match="no document has a word"):
        Bm25Index(["?", "!"])


def test_finds_only_within_the_mask() -> None:
    """The best that a filter lets through are found, however many better ones it does not."""
    index = Bm25Index(["red"] * 20 + ["red blue", "green", "red blue blue"])
    within = np.arange(23) >= 20
    assert index.search(["red"], 2, within).rows.tolist() == [[20, 22]]
    assert index.search(["red"], 2).rows.tolist() == [[0, 1]]
    assert index.search(["red"], 2, ~within).rows.tolist() == [[0, 1]]
    with pytest.raises(InputError, match="a truth value for each"):
        index.search(["red"], 2, within[:3])
