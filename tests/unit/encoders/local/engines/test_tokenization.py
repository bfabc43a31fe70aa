"""The short way to a text's tokens gives what sentence-transformers' own gives, or is not taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small_models
from evenband.encoders.local.engines import features
from evenband.encoders.local.engines.tokenization import Tokenizer
from evenband.encoders.local.engines.truncation import read_with_library
from small_models import TEXTS

PROMPTS = {"query": small_models.QUERY_PROMPT, "document": "p:"}
KINDS = ("bert", "qwen3", "gemma2", "bytes", "pieces")
"""Word pieces with special tokens on both sides or at the end; pairs of bytes as Qwen and Llama have them;
pieces with their space as XLM-RoBERTa and Gemma have them."""


def trained(kind: str) -> Any:
    """A tokenizer of another make, its vocabulary trained on a few texts."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    specials = ["<pad>", "<unk>", "</s>"]
    if kind == "bytes":
        backend = Tokenizer(models.BPE())
        backend.normalizer = normalizers.NFC()
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
        letters = pre_tokenizers.ByteLevel.alphabet()
        trainer: Any = trainers.BpeTrainer(vocab_size=400, special_tokens=specials, initial_alphabet=letters)
    else:
        backend = Tokenizer(models.Unigram())
        backend.normalizer = normalizers.NFKC()
        backend.pre_tokenizer = pre_tokenizers.Metaspace()
        backend.decoder = decoders.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=60, special_tokens=specials, unk_token="<unk>")
    backend.train_from_iterator(TEXTS * 5, trainer)
    backend.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    if kind == "pieces":
        backend.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    make: Any = PreTrainedTokenizerFast
    return make(
        tokenizer_object=backend,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token="</s>",
        padding_side="left",
        model_max_length=48,
    )


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Fresh from their folders."""
    from sentence_transformers import SentenceTransformer

    def make(kind: str) -> Any:
        own = kind in ("bytes", "pieces")
        words = trained(kind) if own else None
        folder = small_models.save(
            tmp_path_factory.mktemp(kind), "qwen3" if own else kind, prompts=PROMPTS, words=words
        )
        return SentenceTransformer(str(folder), device="cpu")

    return {kind: make(kind) for kind in KINDS}


HARD = (*TEXTS, "king " * 100, "a <mask> b", "</s> [SEP] <pad>", " x\n\n y ", "ab" * 80)
"""Among them texts that are cut, and signs of the tokenizers' own."""


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
    st.lists(st.text(min_size=1, max_size=60) | st.sampled_from(HARD), min_size=1, max_size=6),
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
    model, text = models["bert"], "king queen, " * 40
    tokenizer = Tokenizer(model)
    try:
        for length in (48, 20):
            model.max_seq_length = length
            (ids,) = tokenizer.ids([text], "", None) or [[]]
            assert len(ids) == length
            assert ids == model.preprocess([text])["input_ids"][0].tolist()
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
    """A model that replaces a word: the samples tell. One that fails on them: likewise."""
    model = models["gemma2"]
    right = model[0].preprocess

    def replacing(texts: list[str], **more: Any) -> Any:
        return right([text.replace("grandma", "king") for text in texts], **more)

    def failing(texts: list[str], **more: Any) -> Any:
        if "" in texts:
            raise ValueError("a text is empty")
        return right(texts, **more)

    for changed in (replacing, failing):
        monkeypatch.setattr(model[0], "preprocess", changed)
        tokenizer = Tokenizer(model)
        assert tokenizer.ids(["grandma"], "", None) is None
        (batch,) = tokenizer.tokenize(["grandma"], "", None)
        assert batch.tokens["input_ids"].tolist() == changed(["grandma"])["input_ids"].tolist()


def test_a_text_of_no_tokens_is_refused(models: dict[str, Any]) -> None:
    """As on the library's own way, where such a row is padding alone."""
    with pytest.raises(features.UnsupportedError, match="no tokens"):
        Tokenizer(models["bytes"]).tokenize(["a", ""], "", None)


def test_no_texts_are_no_batches(models: dict[str, Any]) -> None:
    assert Tokenizer(models["bert"]).tokenize([], "", None) == []


@settings(max_examples=20)
@given(
    st.lists(st.text(min_size=1, max_size=60) | st.sampled_from(HARD), min_size=1, max_size=6),
    st.sampled_from(KINDS),
    st.sampled_from(["", *PROMPTS.values()]),
)
def test_a_reading_tells_equal_tokens_and_what_is_cut(
    models: dict[str, Any], texts: list[str], kind: str, prompt: str
) -> None:
    """Keys are equal where the tokens are; a text is cut if it has more tokens without a limit."""
    model = models[kind]
    tokenizer = Tokenizer(model)
    reading, ids = tokenizer.read(texts, prompt, None), tokenizer.ids(texts, prompt, None)
    assert reading is not None
    assert ids is not None
    for i, one in enumerate(ids):
        whole = model.tokenizer(prompt + texts[i], truncation=False, verbose=False)["input_ids"]
        assert reading.counts[i] == len(one)
        assert reading.is_cut[i] == (len(whole) > len(one))
        assert [reading.keys[i] == key for key in reading.keys] == [one == other for other in ids]
        others = [
            model.tokenizer(prompt + text, truncation=False, verbose=False)["input_ids"] for text in texts
        ]
        assert [reading.whole[i] == key for key in reading.whole] == [whole == other for other in others]


@pytest.mark.parametrize("kind", KINDS)
def test_the_library_reads_what_the_backend_reads(models: dict[str, Any], kind: str) -> None:
    """Where the backend cannot be used alone, the library's own tokens give the same reading."""
    for prompt in ("", *PROMPTS.values()):
        reading = Tokenizer(models[kind]).read(HARD, prompt, None)
        slow = read_with_library(models[kind], HARD, prompt, None)
        assert reading is not None
        assert slow is not None
        assert reading.is_cut.any()
        for name in ("keys", "counts", "is_cut"):
            np.testing.assert_array_equal(getattr(reading, name), getattr(slow, name), err_msg=name)


def test_inputs_without_a_mask_are_not_read(models: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as those of a bag of words: not known, and no error."""
    model = models["bert"]
    monkeypatch.setattr(model, "preprocess", lambda texts, **_: {"input_ids": np.zeros((len(texts), 3))})
    assert read_with_library(model, ["a"], "", None) is None
