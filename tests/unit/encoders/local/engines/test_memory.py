"""Batches fit the memory that is free; memory does not grow with the number of texts."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import small_models
from evenband import encoders
from evenband.encoders import CachedEncoder, VectorStore
from evenband.encoders.local.engines import memory, trie
from evenband.types import ModelSpec, Role, Vectors
from small_models import TEXTS


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        "packed": small_models.save(tmp_path_factory.mktemp("bert")),
        "trie": small_models.save(tmp_path_factory.mktemp("qwen3"), "qwen3", pooling="lasttoken"),
    }


@pytest.mark.parametrize("engine", ["packed", "trie"])
def test_scarce_memory_makes_small_batches_and_the_same_vectors(
    folders: dict[str, Path], engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for 60 tokens no call has more; with plenty, one call has them all."""
    model: Any = encoders.load(str(folders[engine]))
    assert model.spec.options["engine"] == engine
    right, sizes = model._model[0].forward, []

    def spy(features: dict[str, Any], **more: Any) -> Any:
        sizes.append(features["input_ids"].numel())
        return right(features, **more)

    monkeypatch.setattr(model._model[0], "forward", spy)
    texts = [*TEXTS[:8], *(f"{text}, {word}" for text in TEXTS[:8] for word in ("now", "please"))]
    expected = model.encode(texts)
    assert max(sizes) > 60
    sizes.clear()
    room = int(60 * memory.bytes_per_token(model._model) / memory.MEMORY_SHARE)
    monkeypatch.setattr(memory, "free_memory", lambda device: room)
    np.testing.assert_allclose(model.encode(texts), expected, atol=1e-6)
    assert max(sizes) <= 60


def test_a_token_needs_what_its_widest_layer_holds(folders: dict[str, Path]) -> None:
    """32 -> 64 numbers of four bytes, several times over; a wider model needs more, half precision half."""
    model: Any = encoders.load(str(folders["packed"]))
    assert memory.bytes_per_token(model._model) == memory.LIVE_LAYERS * (32 + 64) * 4
    half: Any = encoders.load(str(folders["packed"]), dtype="bfloat16")
    assert memory.bytes_per_token(half._model) == memory.LIVE_LAYERS * (32 + 64) * 2


@pytest.mark.parametrize(
    ("meminfo", "limit", "used", "expected"),
    [
        ("MemTotal: 9 kB\nMemAvailable:   1000 kB\n", "max\n", "5", 1_024_000),
        ("MemAvailable: 1000 kB\n", "600000\n", "200000\n", 400_000),
        ("MemAvailable: 1000 kB\n", "600000\n", "700000\n", 0),
        ("MemAvailable: 1000 kB\n", None, None, 1_024_000),
    ],
)
def test_free_memory_is_the_machines_or_what_the_container_leaves(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    meminfo: str,
    limit: str | None,
    used: str | None,
    expected: int,
) -> None:
    for name, text in (("meminfo", meminfo), ("max", limit), ("current", used)):
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CGROUPS", [(tmp_path / "max", tmp_path / "current")])
    assert memory.free_memory("cpu") == expected


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator works so")
def test_blocks_of_states_are_used_again_not_cleared_anew() -> None:
    """12 MB are 3,072 pages of 4 kB, taken anew each time before, next to none after.

    A system that counts no page taken, such as some sandboxes, cannot tell; large pages are switched off.
    """
    code = """
import ctypes, mmap, resource, torch
from evenband.encoders.local.engines import memory, trie
PR_SET_THP_DISABLE = 41
ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
def pages(work):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
def block():
    torch.empty(12 << 20, dtype=torch.uint8).fill_(1)
def mapped():
    with mmap.mmap(-1, 12 << 20) as memory:
        for start in range(0, len(memory), mmap.PAGESIZE):
            memory[start] = 1
counted = pages(mapped) >= 4 * (12 << 20) // mmap.PAGESIZE
first = pages(block)
memory.keep_freed_blocks()
pages(block)
print(int(counted), first, pages(block))
"""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_TUN", "LD_PRE"))
    }
    finished = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    counted, first, then = map(int, finished.stdout.split())
    if not counted:
        pytest.skip("this system does not count the pages that a process takes")
    assert then < first / 4


def test_where_nobody_says_what_is_free_the_fastest_batch_is_taken(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model: Any = encoders.load(str(folders["packed"]))
    assert memory.free_memory("xpu") is None
    monkeypatch.setattr(memory, "free_memory", lambda _: None)
    assert memory.Budget(model._model, 77).tokens() == 77


@given(st.integers(1, 10**5), st.integers(0, 600), st.integers(1, 4096), st.integers(1, 64))
def test_what_is_a_few_parts_is_as_much_for_every_thread(
    total: int, repeated: int, most: int, together: int
) -> None:
    """In no more rounds than the largest parts take; none that mostly repeats, or mostly reads weights."""
    each = memory.even_part_size(total, repeated, most, together)
    assert 1 <= each <= most
    rounds = -(-total // (most * together))
    if total <= most or together == 1 or rounds > memory.MAX_EVEN_ROUNDS:
        assert each == most
    elif each < most:
        assert each >= memory.MIN_PART_TOKENS
        assert each >= memory.MIN_PART_REPEATS * repeated
        assert -(-(total - repeated) // (each - repeated)) <= rounds * together


@pytest.mark.parametrize("together", [1, 2, 8, 16, 64])
@pytest.mark.parametrize("length", [5, 30, 150, 300, 500])
def test_texts_with_a_long_prompt_stay_together(length: int, together: int) -> None:
    """However many threads there are, parts share what they begin with."""
    prompt = tuple(range(length))
    texts = trie.Texts.sort(((*prompt, 1 + row % 7, row, 3), row) for row in range(600))
    assert texts.repeated == length
    parts = list(texts.split(memory.even_part_size(texts.size, texts.repeated, 1536, together)))
    assert min(part.sharing for part in parts) > 1.9
    assert sum(part.size for part in parts) < 1.3 * texts.size + 2 * length
    assert sum(len(part) for part in parts) == 600


@pytest.mark.parametrize(("taken", "free"), [(3000, 7000), (11_000, 0)])
def test_an_apple_gpu_may_fill_what_is_recommended(
    taken: int, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 10_000)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: taken)
    assert memory.free_memory("mps:0") == free


class Wide:
    """Vectors of 512 numbers that depend on the text's length alone."""

    slice_size = 256
    spec = ModelSpec("wide", "wide", "test", "1", "float32", 512)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return np.outer([1 + len(text) % 7 for text in texts], np.arange(1, 513)).astype(np.float32)


@pytest.mark.parametrize("again", [False, True])
def test_memory_beyond_the_vectors_does_not_grow_with_the_texts(tmp_path: Path, again: bool) -> None:
    """Of 2,048 bytes per vector, 6,000 more texts take no second copy: computed or from the cache."""
    wide = Wide()
    spent = {}
    for count in (2_000, 8_000):
        wide.spec = replace(Wide.spec, revision=str(count))
        cached = CachedEncoder(wide, VectorStore(tmp_path))
        texts = [f"text {number:05}" for number in range(count)]
        if again:
            cached.encode(texts)
        tracemalloc.start()
        vectors = cached.encode(texts)
        spent[count] = tracemalloc.get_traced_memory()[1] - vectors.nbytes
        tracemalloc.stop()
    assert (spent[8_000] - spent[2_000]) / 6_000 < 512
