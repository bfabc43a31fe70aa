"""A language model as an embedding model: pooling by hand, the end token, both ways to load it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
from evenband.errors import InputError, ModelError, RunError
from evenband.train import causal_models
from evenband.train.causal_models import ModelShape
from evenband.train.embedding_conversion import to_embedding_model
from small_models import peak, tokenizer, transformer

TEXTS = ["a", "the king and the queen of the land eat", "eat, grandma", "help the king " * 40]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal language model of ours with random weights."""
    import torch

    folder = tmp_path_factory.mktemp("base")
    words = causal_models.train_tokenizer(TEXTS * 20, 300, 64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = causal_models.build_model(ModelShape(2, 32, 4, 300), words)
    peak(model, 0)
    model.save_pretrained(str(folder))
    words.save_pretrained(str(folder))
    return folder


def pooled(base: Path, texts: Sequence[str], way: str, most: int, end: bool) -> np.ndarray[Any, Any]:
    """Unit vectors by hand: each text alone, so that nothing is padded; cut so that the end token stays."""
    import torch
    from transformers import AutoModel

    words, network = causal_models.load_tokenizer(base), AutoModel.from_pretrained(base)
    vectors = []
    for text in texts:
        ids = words(text, add_special_tokens=False)["input_ids"]
        ids = [*ids[: most - end], *([words.eos_token_id] if end else [])]
        with torch.no_grad():
            states = network(torch.tensor([ids])).last_hidden_state[0].numpy()
        vector = states[-1] if way == "last" else states.mean(axis=0)
        vectors.append(vector / np.linalg.norm(vector))
    return np.array(vectors)


def vectors_of(folder: Path) -> np.ndarray[Any, Any]:
    """Vectors of plain sentence-transformers, all texts in one batch."""
    from sentence_transformers import SentenceTransformer

    return np.asarray(SentenceTransformer(str(folder), device="cpu").encode(TEXTS))


@pytest.mark.parametrize("way", ["last", "mean"])
def test_pooling_is_that_of_a_hand_computation(base: Path, tmp_path: Path, way: Any) -> None:
    """Padding changes nothing, a cut text keeps its end token, and evenband gives equal vectors."""
    result = to_embedding_model(base, tmp_path / "model", way, max_tokens=20)
    expected = pooled(base, TEXTS, way, 20, end=way == "last")
    np.testing.assert_allclose(vectors_of(tmp_path / "model"), expected, atol=1e-5)
    ours = evenband.load(str(tmp_path / "model")).encode(TEXTS)
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    assert result.end_token == ("<|endoftext|>" if way == "last" else None)


def test_a_causal_model_takes_its_last_token(base: Path, tmp_path: Path) -> None:
    """Without a choice, pooling fits how the base reads."""
    assert to_embedding_model(base, tmp_path / "causal").pooling == "last"
    words = tokenizer(False, 48)
    transformer("bert", len(words)).save_pretrained(tmp_path / "bert")
    words.save_pretrained(tmp_path / "bert")
    assert to_embedding_model(tmp_path / "bert", tmp_path / "mean").pooling == "mean"


def test_a_tokenizer_that_ends_texts_itself_gets_no_second_end(tmp_path: Path) -> None:
    """The toy causal tokenizer appends [SEP]; pooling takes that token."""
    words = tokenizer(True, 48)
    network = transformer("qwen3", len(words))
    network.save_pretrained(tmp_path / "base")
    words.save_pretrained(tmp_path / "base")
    result = to_embedding_model(tmp_path / "base", tmp_path / "model", "last")
    assert result.end_token == "[SEP]"
    before, after = (causal_models.load_tokenizer(tmp_path / name) for name in ("base", "model"))
    assert before("the king")["input_ids"] == after("the king")["input_ids"]


@pytest.mark.parametrize("start", [True, False])
def test_what_a_tokenizer_did_before_the_end_token_stays(base: Path, tmp_path: Path, start: bool) -> None:
    """A start token of the base (as Llama has) is kept, byte-level offsets (as Qwen has) do no harm."""
    from tokenizers.processors import ByteLevel, TemplateProcessing

    words: Any = causal_models.load_tokenizer(base)
    marks = [("<|pad|>", words.pad_token_id)]
    opening = TemplateProcessing(single="<|pad|> $A", pair="<|pad|> $A $B", special_tokens=marks)
    words.backend_tokenizer.post_processor = opening if start else ByteLevel(trim_offsets=False)
    shutil.copytree(base, tmp_path / "base")
    words.save_pretrained(str(tmp_path / "base"))
    to_embedding_model(tmp_path / "base", tmp_path / "model", "last", max_tokens=20)
    before, after = (causal_models.load_tokenizer(tmp_path / name) for name in ("base", "model"))
    plain: Any = before("the king")["input_ids"]
    assert (plain[0] == words.pad_token_id) == start
    assert after("the king")["input_ids"] == [*plain, words.eos_token_id]


def test_a_projection_keeps_lengths_and_is_seeded(base: Path, tmp_path: Path) -> None:
    """Rows of the projection are orthonormal: with all dimensions, cosines stay as they are."""
    to_embedding_model(base, tmp_path / "plain")
    to_embedding_model(base, tmp_path / "turned", dim=32)
    small = to_embedding_model(base, tmp_path / "small", dim=8)
    plain, turned = vectors_of(tmp_path / "plain"), vectors_of(tmp_path / "turned")
    np.testing.assert_allclose(turned @ turned.T, plain @ plain.T, atol=1e-5)
    assert vectors_of(tmp_path / "small").shape == (4, 8)
    assert small.dimension == 8


@pytest.mark.parametrize(
    ("options", "message"), [({"dim": 33}, "--dim"), ({"max_tokens": 5000}, "--max-tokens")]
)
def test_what_the_base_lacks_is_refused(
    base: Path, tmp_path: Path, options: dict[str, int], message: str
) -> None:
    """More dimensions or tokens than the base has."""
    with pytest.raises(InputError, match=message):
        to_embedding_model(base, tmp_path / "model", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "model").exists()


def test_folders_are_not_written_over(base: Path, tmp_path: Path) -> None:
    """A folder that is not empty, and a base that is no model."""
    (tmp_path / "diary.txt").write_text("dear diary", encoding="utf-8")
    with pytest.raises(RunError, match="not empty"):
        to_embedding_model(base, tmp_path)
    with pytest.raises(ModelError, match="not a model's folder"):
        to_embedding_model(tmp_path, tmp_path / "new")
