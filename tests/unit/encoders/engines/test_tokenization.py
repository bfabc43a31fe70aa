"""The short way to a text's tokens gives what sentence-transformers' own gives, or is not taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small_models
from evenband.encoders.engines import features, tokenization
from evenband.encoders.engines.tokenization import Tokenizer
from small_models import TEXTS

PROMPTS = {"query": small_models.QUERY_PROMPT, "document": "p:"}
KINDS = ("bert", "xlm-roberta", "mpnet", "qwen3", "gemma2")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Fresh from their folders."""
    from sentence_transformers import SentenceTransformer

    folders = {
        kind: small_models.save(tmp_path_factory.mktemp(kind), kind, prompts=PROMPTS) for kind in KINDS
    }
    return {kind: SentenceTransformer(str(folder), device="cpu") for kind, folder in folders.items()}


def by_row(batches: list[features.Batch], count: int) -> list[Any]:
    """Of each text its tokens, every feature, and the constants."""
    found: list[Any] = [None] * count
    for batch in batches:
        for place, row in enumerate(batch.rows.tolist()):
            assert found[row] is None
            tokens = {name: value[place].tolist() for name, value in batch.tokens.items()}
            found[row] = (tokens, batch.constants)
    return found


@settings(max_examples=40)
@given(
    st.lists(st.text(max_size=60) | st.sampled_from(TEXTS), min_size=1, max_size=6),
    st.sampled_from(KINDS),
    st.sampled_from(["", *PROMPTS.values()]),
    st.sampled_from([None, "query", "document"]),
)
def test_any_text_gets_the_librarys_own_tokens(
    models: dict[str, Any], texts: list[str], kind: str, prompt: str, task: str | None
) -> None:
    """Cut where the library cuts, with the prompt before it."""
    model = models[kind]
    tokenizer = Tokenizer(model)
    assert tokenizer.ids(texts, prompt, task) is not None
    expected = by_row(features.tokenize(model, texts, prompt, task), len(texts))
    assert by_row(tokenizer.tokenize(texts, prompt, task), len(texts)) == expected
    assert tokenizer.ids(texts, prompt, task) == [tokens["input_ids"] for tokens, _ in expected]


def test_texts_are_cut_at_the_length_that_holds_now(models: dict[str, Any]) -> None:
    """A changed ``max_seq_length`` is noticed; what is cut is cut to the token."""
    model, text = models["bert"], "king " * 100
    tokenizer = Tokenizer(model)
    (ids,) = tokenizer.ids([text], "", None) or [[]]
    assert len(ids) == model.max_seq_length == 48
    model.max_seq_length = 20
    try:
        (ids,) = tokenizer.ids([text], "", None) or [[]]
        assert len(ids) == 20
    finally:
        model.max_seq_length = 48


def test_the_librarys_own_encode_is_not_disturbed(models: dict[str, Any]) -> None:
    """It pads and cuts as before, since it asks for both in every call."""
    model = models["qwen3"]
    before = model.encode([*TEXTS, "king " * 100])
    Tokenizer(model).tokenize(TEXTS, PROMPTS["query"], "query")
    np.testing.assert_array_equal(model.encode([*TEXTS, "king " * 100]), before)


def test_a_model_with_code_of_its_own_is_tokenized_by_it(
    models: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another first module, a tokenizer from elsewhere, a model that takes pictures, too."""
    model = models["bert"]
    assert Tokenizer(model).ids(["a"], "", None) is not None
    with monkeypatch.context() as patch:
        patch.setattr(type(model), "modalities", property(lambda _: ["text", "image"]))
        assert Tokenizer(model).ids(["a"], "", None) is None
    own = type("OwnTokenizer", (type(model.tokenizer),), {"__module__": "somewhere.else"})
    with monkeypatch.context() as patch:
        patch.setattr(model.tokenizer, "__class__", own)
        assert Tokenizer(model).ids(["a"], "", None) is None
    own = type("OwnTransformer", (type(model[0]),), {})
    with monkeypatch.context() as patch:
        patch.setattr(model[0], "__class__", own)
        assert Tokenizer(model).ids(["a"], "", None) is None


def test_what_comes_out_otherwise_is_left_to_the_library(
    models: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that strips its texts first: the samples tell."""
    model = models["mpnet"]
    right = model[0].preprocess

    def stripped(texts: list[str], **more: Any) -> Any:
        return right([text.strip("y") for text in texts], **more)

    monkeypatch.setattr(model[0], "preprocess", stripped)
    monkeypatch.setattr(tokenization, "SAMPLES", (*tokenization.SAMPLES, "my"))
    tokenizer = Tokenizer(model)
    assert tokenizer.ids(["my"], "", None) is None
    (batch,) = tokenizer.tokenize(["my"], "", None)
    assert batch.tokens["input_ids"].tolist() == stripped(["my"])["input_ids"].tolist()


def test_no_texts_are_no_batches(models: dict[str, Any]) -> None:
    assert Tokenizer(models["bert"]).tokenize([], "", None) == []
