"""The engines on a GPU give the vectors of sentence-transformers on that GPU. Skipped without one."""

from __future__ import annotations

import gc
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import small_models
from evenband import encoders
from evenband.encoders.local.engines import elementwise, memory
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


@pytest.fixture
def scarce_memory() -> Iterator[None]:
    """32 MB more than what is in use now; the driver still says that the whole GPU is free."""
    gc.collect()
    torch.cuda.empty_cache()
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + (32 << 20)) / whole)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.parametrize(
    ("kind", "pooling", "engine"), [("bert", "mean", "packed"), ("qwen3", "lasttoken", "trie")]
)
def test_memory_that_runs_out_halves_the_batch(
    tmp_path: Path,
    kind: str,
    pooling: str,
    engine: str,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    """One batch of all the texts does not fit; the vectors are the same, and the log says so."""
    folder = small_models.save(tmp_path, kind, pooling=pooling, hidden_size=256, intermediate_size=4096)
    model = encoders.load(str(folder), device="cuda")
    assert model.spec.options["engine"] == engine
    signs = "abcdefghijklmnopqrst"
    texts = [f"{a} {b} king, {c} queen" for a, b, c in itertools.product(signs, repeat=3)][:3000]
    expected = model.encode(texts)
    request.getfixturevalue("scarce_memory")
    caplog.set_level(logging.INFO, "evenband")
    np.testing.assert_allclose(model.encode(texts), expected, atol=1e-5)
    assert "out of memory" in caplog.text


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_an_rms_norm_in_one_call_is_that_of_the_model_in_its_format(dtype: torch.dtype) -> None:
    from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

    make: Any = Qwen3RMSNorm
    norm = make(24, eps=1e-6).to("cuda", dtype)
    norm.weight.data.uniform_(0.5, 1.5)
    model = torch.nn.Sequential(norm)
    inputs = torch.randn(5, 24, device="cuda", dtype=dtype) * torch.logspace(-2, 2, 5, device="cuda")[:, None]
    inputs = inputs.to(dtype)
    with torch.inference_mode():
        expected = model(inputs)
        assert elementwise.substitute(model) == 1
        torch.testing.assert_close(model(inputs), expected, rtol=2 * torch.finfo(dtype).eps, atol=1e-6)
