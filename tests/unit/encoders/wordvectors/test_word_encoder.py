"""A text's vector is the mean of its words' vectors; one with an unknown word has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import evenband
from evenband import encoders
from evenband.encoders import Covering, Tokenizing
from evenband.encoders.wordvectors import glove
from evenband.encoders.wordvectors.word_encoder import WordVectorEncoder
from evenband.errors import ModelError

WORDS = {
    "let": (1, 0),
    "'s": (0, 1),
    "eat": (2, 2),
    ",": (0, 3),
    "grandma": (5, 1),
    "New": (9, 9),
    "new": (1, 1),
}


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WordVectorEncoder:
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    (tmp_path / "words.txt").write_text(
        "".join(f"{word} {a} {b}\n" for word, (a, b) in WORDS.items()), encoding="utf-8"
    )
    loaded = encoders.load(f"word2vec:{tmp_path / 'words.txt'}")
    assert isinstance(loaded, WordVectorEncoder)
    return loaded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("let's eat, grandma", ["let", "'s", "eat", ",", "grandma"]),
        ("Let eat!", ["let", "eat"]),
        ("New new NEW", ["New", "new", "new"]),
    ],
)
def test_the_vector_is_the_mean_of_the_words_as_written_in_lower_case_or_in_parts(
    encoder: WordVectorEncoder, text: str, words: list[str]
) -> None:
    expected = np.mean([WORDS[word] for word in words], axis=0)
    assert np.allclose(encoder.encode([text])[0], expected)
    assert encoder.tokens(text).pieces == tuple(words)
    assert encoder.count_tokens([text]) == [len(words)]


def test_a_text_with_an_unknown_word_has_no_vector(encoder: WordVectorEncoder) -> None:
    texts = ["let's eat", "let's eat kiwi", "!!!", ""]
    assert encoder.covers(texts).tolist() == [True, False, False, False]
    with pytest.raises(ModelError, match='no vector for a word of "let\'s eat kiwi"'):
        encoder.encode(texts[:2])


def test_its_capabilities_are_told_by_isinstance(encoder: WordVectorEncoder) -> None:
    assert isinstance(encoder, Covering)
    assert isinstance(encoder, Tokenizing)


def test_an_audit_leaves_unknown_labels_out_and_counts_them(
    encoder: WordVectorEncoder, tmp_path: Path
) -> None:
    rows = "a,b\n" + "".join(f"{x} eat,{x} , eat\n" for x in ("let", "grandma", "new", "kiwi", "durian"))
    (tmp_path / "pairs.csv").write_text(rows.replace(" , eat", " eat let"), encoding="utf-8")
    [audit] = evenband.audit(encoder, str(tmp_path / "pairs.csv"))
    assert len(audit.measurement.items) == 3
    assert {label for label, _ in audit.measurement.details.missing} == {"kiwi eat", "durian eat"}


@pytest.mark.skipif(not glove.GLOVE.is_installed, reason="the package with GloVe is not installed")
def test_the_embedded_glove_has_its_published_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First words, size, and the vector of 'the' as glove.6B.50d.txt prints it."""
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    encoder = encoders.load("glove")
    assert isinstance(encoder, WordVectorEncoder)
    assert encoder.table.words[:5] == ["the", ",", ".", "of", "to"]
    assert (len(encoder.table.words), encoder.spec.dim) == (400_000, 50)
    assert np.allclose(encoder.encode(["the"])[0, :4], [0.418, 0.24968, -0.41242, 0.1217])
