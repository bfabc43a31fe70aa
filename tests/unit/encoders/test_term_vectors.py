"""Lexical models: scikit-learn's counts are the oracle."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband as library
from capable_encoders import capabilities_of
from evenband import encoders
from evenband.encoders.term_vectors import split_characters, split_words
from evenband.errors import InputError, MissingExtraError, ModelError

TEXTS = (
    "Let's eat, grandma",
    "let's eat grandma",
    "the the the king",
    "THE KING and the Straße",
    "a recipe with nuts and without sugar, and more nuts",
    "not open today",
)
WIDE = "dim=1048576"
"""So many places that no two terms of the texts share one."""


def cosines(vectors: Any) -> Any:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def term_counts(split: Any, count: Any, weight: Any = lambda _: 1.0) -> Any:
    vectorizer: Any = pytest.importorskip("sklearn.feature_extraction.text").CountVectorizer(analyzer=split)
    counts = vectorizer.fit_transform(TEXTS).toarray().astype(float)
    terms = vectorizer.get_feature_names_out()
    return count(counts) * np.array([weight(term) for term in terms])


COUNTS: dict[str, Any] = {
    "count": lambda counts: counts,
    "binary": lambda counts: (counts > 0).astype(float),
    "log": lambda counts: np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0.0),
}


@pytest.mark.parametrize("weight", COUNTS)
def test_cosines_are_those_of_the_counts_of_words(weight: str) -> None:
    """With places enough for all terms, to the last digits of float32."""
    vectors = encoders.load(f"lexical:words?weight={weight}&{WIDE}").encode(TEXTS)
    expected = cosines(term_counts(split_words, COUNTS[weight]))
    np.testing.assert_allclose(cosines(vectors.astype(np.float64)), expected, atol=1e-6)


@pytest.mark.parametrize("n", ["3", "2-4", "1"])
def test_cosines_are_those_of_the_counts_of_characters(n: str) -> None:
    """For one length and for a range."""
    least, _, most = n.partition("-")
    vectors = encoders.load(f"lexical:chars?n={n}&{WIDE}").encode(TEXTS)
    counts = term_counts(lambda text: split_characters(text, int(least), int(most or least)), COUNTS["count"])
    np.testing.assert_allclose(cosines(vectors.astype(np.float64)), cosines(counts), atol=1e-6)


def test_rare_words_weigh_more() -> None:
    """tfidf: count times ln(1 / frequency) of wordfreq."""
    frequencies: Any = pytest.importorskip("wordfreq")
    encoder = encoders.load(f"lexical:words?weight=tfidf&{WIDE}")

    def rarity(word: str) -> float:
        return -math.log(10 ** (frequencies.zipf_frequency(word, "en") - 9))

    expected = cosines(term_counts(split_words, COUNTS["count"], rarity))
    np.testing.assert_allclose(cosines(encoder.encode(TEXTS).astype(np.float64)), expected, atol=1e-6)
    assert encoder.spec.options["frequencies"].startswith("wordfreq ")
    assert encoders.load("lexical:words?weight=tfidf&lang=de").spec.digest != encoder.spec.digest


def test_two_terms_seldom_share_a_place() -> None:
    """By default the cosine of two long texts errs by a few hundredths at most."""
    texts = [" ".join(f"word{k}" for k in range(start, start + 30)) for start in range(0, 200, 5)]
    vectors = encoders.load("lexical:words").encode(texts).astype(np.float64)
    exact = np.array([[max(0, 30 - abs(a - b)) / 30 for b in range(0, 200, 5)] for a in range(0, 200, 5)])
    errors = cosines(vectors) - exact
    assert np.abs(errors).max() < 0.25
    assert np.sqrt((errors**2).mean()) < 0.03


def test_texts_without_a_term_are_missing() -> None:
    """No word: no vector, where characters have one."""
    words: Any = encoders.load("lexical:words")
    chars: Any = encoders.load("lexical:chars")
    texts = ["!?", "", "a", "  "]
    assert words.covers(texts).tolist() == [False, False, True, False]
    assert chars.covers(texts).tolist() == [True, False, True, True]
    with pytest.raises(ModelError, match="has no vector for '!\\?'"):
        words.encode(["a", "!?"])


def test_a_bag_is_the_same_in_any_order() -> None:
    """Vectors and readings; the tokens are the terms."""
    encoder: Any = encoders.load("lexical:words")
    one, other = encoder.encode(["the dog bit the man", "The man bit the dog"])
    np.testing.assert_array_equal(one, other)
    read = encoder.read(["the dog bit the man", "the man bit the dog", "the man bit dog"])
    assert read.keys[0] == read.keys[1] != read.keys[2]
    assert encoder.count_tokens(["the dog bit the man"]) == [5]
    assert encoder.tokens("The dog").pieces == ("the", "dog")
    assert capabilities_of(encoder) == {"Batching", "Covering", "Reading", "Tokenizing"}


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("lexical:words?weight=bm25", "expected one of count, binary, log, tfidf"),
        ("lexical:chars?weight=tfidf", "expected one of count, binary, log"),
        ("lexical:chars?n=4-2", "got n='4-2', expected a number of characters from 1 to 9"),
        ("lexical:chars?n=x", "got n='x'"),
        ("lexical:words?lang=de", "lang has an effect with weight=tfidf only"),
        ("lexical:words?weight=tfidf&lang=xx", "got lang='xx', expected one of"),
        ("lexical:words?seed=1", "has no option 'seed'"),
    ],
)
def test_a_wrong_option_is_one_line(ref: str, words: str) -> None:
    """It says what there is."""
    if "lang=xx" in ref:
        pytest.importorskip("wordfreq")
    with pytest.raises(InputError, match=words) as caught:
        encoders.load(ref)
    assert "\n" not in str(caught.value)


def test_missing_frequencies_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line."""
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    with pytest.raises(MissingExtraError, match=r"evenband\[words\]"):
        encoders.load("lexical:words?weight=tfidf")


def test_an_audit_stands_beside_that_of_a_model(tmp_path: Path) -> None:
    """A bag of words does not see a comma, and takes a negation for nearly nothing."""
    audits = library.audit(
        ["lexical:words", "lexical:chars"], ["comma", "negation"], sample=20, out=tmp_path / "r"
    )
    by_name = {(one.measurement.subject.name, one.measurement.probe.name): one for one in audits}
    assert float(by_name["lexical-words", "comma"].measurement.scores.min()) == pytest.approx(1, abs=1e-6)
    assert float(by_name["lexical-chars", "comma"].measurement.scores.max()) < 0.999
