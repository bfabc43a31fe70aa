"""A CLIP model is audited by its text tower."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.errors import MissingExtraError
from small_models import TEXTS

sentence_transformers = pytest.importorskip("sentence_transformers")

LONG = "the king and the queen " * 40
LIMIT = 20


def clip(folder: Path) -> Path:
    """A CLIP model as transformers saves it: two layers a side, texts of 20 tokens at most (CLIP has 77)."""
    return small_models.save_clip(folder, LIMIT)


def legacy(folder: Path) -> Path:
    """The layout of clip-ViT-B-32: one module, CLIPModel, in a folder of its own."""
    folder.mkdir()
    shutil.copytree(clip(folder / "bare"), folder / "0_CLIPModel")
    shutil.rmtree(folder / "bare")
    module = {"idx": 0, "name": "0", "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}
    (folder / "modules.json").write_text(json.dumps([module]), encoding="utf-8")
    return folder


def saved(folder: Path) -> Path:
    """The layout of today."""
    bare = clip(folder / "bare")
    sentence_transformers.SentenceTransformer(str(bare), device="cpu").save(str(folder / "new"))
    return folder / "new"


@pytest.mark.parametrize("make", [clip, legacy, saved])
def test_a_clip_folder_is_audited_with_its_text_tower(make: Any, tmp_path: Path) -> None:
    """The vectors are CLIP's own text features; texts end at its limit, and a note says what is audited."""
    pytest.importorskip("PIL")
    import torch
    import transformers

    folder = make(tmp_path / "model")
    encoder = encoders.load(str(folder), device="cpu")
    network = transformers.CLIPModel.from_pretrained(clip(tmp_path / "again"))
    words = small_models.tokenizer(False, LIMIT)
    inputs = words([*TEXTS, LONG], padding=True, truncation=True, max_length=LIMIT, return_tensors="pt")
    with torch.no_grad():
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        expected = network.get_text_features(input_ids=ids, attention_mask=mask).pooler_output.numpy()
    assert np.abs(encoder.encode([*TEXTS, LONG]) - expected).max() < 1e-5
    assert (encoder.spec.dim, encoder.spec.max_tokens) == (16, LIMIT)
    assert isinstance(encoder, encoders.Tokenizing)
    assert encoder.count_tokens(["the king", LONG]) == [4, LIMIT]
    note = (
        "this model also takes image: audited only where a table of pairs names pictures, "
        f"and cuts texts at {LIMIT} tokens"
    )
    assert note in encoder.spec.notes
    assert len(encoder.spec.notes) == (2 if make is clip else 1)


@pytest.mark.skipif(importlib.util.find_spec("PIL") is not None, reason="pillow is installed")
def test_a_clip_folder_without_pillow_names_the_extra(tmp_path: Path) -> None:
    """In one line, though only texts are to be read."""
    with pytest.raises(MissingExtraError, match=r"pip install 'evenband\[images\]'"):
        encoders.load(str(clip(tmp_path / "model")), device="cpu")
