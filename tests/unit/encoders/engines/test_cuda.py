"""The engines on a GPU give the vectors of sentence-transformers on that GPU. Skipped without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import small_models
from evenband import encoders
from evenband.encoders.engines import memory
from evenband.types import Vectors
from small_models import TEXTS

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU is at hand")


def unit(vectors: Any) -> Vectors:
    array: Vectors = np.asarray(vectors, dtype=np.float32)
    scaled: Vectors = array / np.linalg.norm(array, axis=1, keepdims=True)
    return scaled


@pytest.mark.parametrize(
    ("kind", "pooling", "engine"),
    [("bert", "mean", "packed"), ("qwen3", "lasttoken", "trie"), ("gemma2", "mean", "trie")],
)
@pytest.mark.parametrize(("dtype", "limit"), [("float32", 1e-5), ("bfloat16", 2e-2), ("float16", 2e-2)])
def test_unit_vectors_are_those_of_the_library(
    tmp_path: Path, kind: str, pooling: str, engine: str, dtype: str, limit: float
) -> None:
    folder = small_models.save(tmp_path, kind, pooling=pooling)
    ours, plain = (
        encoders.load(str(folder), engine=way, device="cuda", dtype=dtype) for way in ("auto", "plain")
    )
    assert ours.spec.options["engine"] == engine
    assert ours.spec.options["device"] == "cuda"
    assert np.abs(unit(ours.encode(TEXTS)) - unit(plain.encode(TEXTS))).max() < limit


def test_free_memory_is_what_the_gpu_says() -> None:
    """With what PyTorch holds in reserve, no more than there is."""
    free = memory.free_memory("cuda")
    assert free is not None
    assert 0 < free <= torch.cuda.mem_get_info()[1]
