"""Texts that exceed a model's embeddings are named before the model fails on them."""

from __future__ import annotations

from pathlib import Path

import pytest

import small_models
from evenband import encoders
from evenband.encoders.local.engines.tokenization import Tokenizer
from evenband.encoders.local.token_range import TokenRange
from evenband.errors import RefusedTextsError

sentence_transformers = pytest.importorskip("sentence_transformers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small BERT whose tokenizer has a token more than the model."""
    path = small_models.save(tmp_path_factory.mktemp("range"), "bert")
    model = sentence_transformers.SentenceTransformer(str(path), device="cpu")
    model.tokenizer.add_tokens(["grandpapa"])
    model.save(str(path), create_model_card=False)
    return path


def test_tokens_without_an_embedding_are_named(folder: Path) -> None:
    """All texts that have one, and no other."""
    encoder = encoders.load(str(folder))
    with pytest.raises(RefusedTextsError) as caught:
        encoder.encode(["let eat king", "let eat grandpapa", "the queen", "a grandpapa"])
    assert [refusal.row for refusal in caught.value.refusals] == [1, 3]
    assert "token 124 is beyond its 124 embeddings" in str(caught.value)
    assert encoder.encode(["let eat king"]).shape == (1, encoder.spec.dim)


def test_positions_without_an_embedding_are_named(folder: Path) -> None:
    """Where the model's limit is set beyond its positions."""
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    positions = model[0].auto_model.config.max_position_embeddings
    assert TokenRange(model).positions is None
    model.max_seq_length = positions + 100
    allowed = TokenRange(model)
    assert allowed.positions == positions
    texts = ["let eat king", "king " * (positions + 10)]
    with pytest.raises(RefusedTextsError, match="more than the"):
        allowed.check("m", Tokenizer(model), texts, "", None)
    allowed.check("m", Tokenizer(model), texts[:1], "", None)


def test_an_ordinary_model_is_not_asked(tmp_path: Path) -> None:
    """No text is tokenized twice for it."""
    folder = small_models.save(tmp_path, "bert")
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    found = TokenRange(model)
    assert (found.tokens, found.positions) == (None, None)
