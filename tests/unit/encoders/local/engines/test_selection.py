"""An engine is used where it gives the plain engine's vectors, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.encoders.local.engines import linear
from evenband.encoders.local.engines.features import UnsupportedError
from evenband.encoders.local.engines.packed import PackedEngine
from evenband.encoders.local.sentences import SentenceEncoder
from evenband.errors import ModelError
from evenband.types import Vectors
from small_models import TEXTS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("qwen3"), "qwen3")


def load(folder: Path, engine: str = "auto") -> SentenceEncoder:
    found = encoders.load(str(folder), engine=engine)
    assert isinstance(found, SentenceEncoder)
    return found


def test_a_bidirectional_model_is_packed_and_its_difference_is_recorded(folder: Path) -> None:
    model = load(folder)
    assert model.spec.options["engine"] == "packed"
    difference = model.largest_difference()
    assert difference is not None
    assert difference < 1e-5
    assert load(folder, "plain").largest_difference() is None


@pytest.mark.parametrize("fault", ["wrong", "unsupported", "broken"])
def test_an_engine_at_fault_gives_way_to_the_plain_one_with_one_line(
    folder: Path, fault: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = PackedEngine.check

    def faulty(self: PackedEngine, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        if fault == "unsupported":
            raise UnsupportedError("it has no tokens")
        if fault == "broken":
            raise RuntimeError("first line\nsecond line")
        first, *others = right(self, texts, prompt, task)
        return [first, *(other + np.float32(1e-3) for other in others)]

    monkeypatch.setattr(PackedEngine, "check", faulty)
    with caplog.at_level(logging.INFO, "evenband"):
        model = load(folder)
    assert model.spec.options["engine"] == "plain"
    [record] = [one for one in caplog.records if one.name.endswith("selection")]
    assert record.levelno == (logging.INFO if fault == "unsupported" else logging.WARNING)
    line = record.getMessage()
    assert "RuntimeError" not in line
    assert line.startswith("the packed engine ")
    assert "\n" not in line
    whole: Any = model._model
    assert not any(isinstance(module, linear.PackedLinear) for module in whole.modules())
    np.testing.assert_array_equal(model.encode(TEXTS), load(folder, "plain").encode(TEXTS))


@pytest.mark.parametrize("tokens", [1, 13, 10_000])
def test_the_budget_of_a_batch_makes_no_difference(folder: Path, tokens: int) -> None:
    model = load(folder)
    small = PackedEngine(model._model, model.spec.dim, tokens)
    np.testing.assert_allclose(small.encode(TEXTS, "", None), model.encode(TEXTS), atol=1e-6)


def test_a_failure_while_encoding_is_one_line_that_names_the_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(folder)

    def fail(*_: object) -> Vectors:
        raise RuntimeError("out of something\nand more")

    monkeypatch.setattr(PackedEngine, "encode", fail)
    with pytest.raises(ModelError, match=r"failed on 11 texts: out of something$"):
        model.encode(TEXTS)


def test_nan_from_the_model_names_the_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load(folder)
    right = PackedEngine.encode

    def faulty(self: PackedEngine, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        vectors = right(self, texts, prompt, task)
        vectors[3, 0] = np.nan
        return vectors

    monkeypatch.setattr(PackedEngine, "encode", faulty)
    with pytest.raises(ModelError, match="the text 'please help the king' with NaN"):
        model.encode(TEXTS)


@pytest.mark.parametrize("kind", ["bert", "qwen3"])
@pytest.mark.parametrize(
    "message",
    ["DefaultCPUAllocator: not enough memory", "CUDA out of memory", "MPS backend out of memory (in use: 9)"],
)
def test_out_of_memory_halves_the_batch_and_goes_on(
    folder: Path, decoder: Path, kind: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    model = load(folder if kind == "bert" else decoder)
    texts = [*TEXTS, *TEXTS]
    expected = model.encode(texts)
    whole: Any = model._model[0]
    right, sizes = whole.forward, []

    def small_memory(features: dict[str, Any], **more: Any) -> Any:
        sizes.append(features["input_ids"].numel())
        if features["input_ids"].numel() > 48:
            raise torch.OutOfMemoryError(message) if "CUDA" in message else RuntimeError(message)
        return right(features, **more)

    monkeypatch.setattr(whole, "forward", small_memory)
    np.testing.assert_allclose(model.encode(texts), expected, atol=1e-6)
    failures = sum(size > 48 for size in sizes)
    assert 1 <= failures <= 5
    model.encode(texts)
    assert sum(size > 48 for size in sizes) == failures  # it remembers


def test_a_text_too_long_for_the_memory_is_one_line(decoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load(decoder)

    def no_memory(features: dict[str, Any], **_: Any) -> Any:
        raise RuntimeError("not enough memory\nand a long story")

    monkeypatch.setattr(model._model[0], "forward", no_memory)
    with pytest.raises(ModelError, match=r"failed on 11 texts: not enough memory$"):
        model.encode(TEXTS)


def test_texts_that_share_nothing_are_computed_without_the_trie(
    decoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evenband.encoders.local.engines.causal import CausalEngine

    model = load(decoder)
    assert model.spec.options["engine"] == "trie"
    monkeypatch.setattr(CausalEngine, "_states", lambda *_: pytest.fail("went through the trie"))
    assert model.encode(["a b c d", "king and queen", "please help", "1, 2, 3"]).shape == (4, 32)


def test_texts_longer_than_a_sliding_window_are_computed_whole_with_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = small_models.save(tmp_path, "mistral", pooling="lasttoken", sliding_window=9)
    model, plain = load(made), load(made, "plain")
    caplog.clear()
    for _ in range(2):
        vectors = model.encode([*TEXTS, TEXTS[6]])
    np.testing.assert_allclose(vectors, plain.encode([*TEXTS, TEXTS[6]]), atol=1e-5)
    [line] = [record.getMessage() for record in caplog.records if record.name.startswith("evenband")]
    long = sum(count > 9 for count in model.count_tokens([*TEXTS, TEXTS[6]]))
    assert long >= 2
    assert line.startswith(f"{long} of 12 texts are longer than the model's sliding window of 9 tokens")


@pytest.mark.parametrize(
    ("changes", "engine", "reason"),
    [
        ({"attention_dropout": 0.1, "sliding_window": None}, "trie", ""),
        ({"use_bidirectional_attention": True, "kind": "gemma3_text"}, "packed", ""),
    ],
)
def test_a_decoder_that_the_trie_cannot_do_falls_back_with_one_line_that_says_why(
    tmp_path: Path, changes: dict[str, Any], engine: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = small_models.save(tmp_path, **{"kind": "llama", **changes})
    caplog.clear()
    model = load(made)
    assert model.spec.options["engine"] == engine
    ours = [record for record in caplog.records if record.name.startswith("evenband")]
    assert len(ours) == bool(reason)
    assert reason in caplog.text
