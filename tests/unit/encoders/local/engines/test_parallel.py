"""Batches side by side: the same vectors, the same errors, PyTorch's threads as they were."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch

import small_models
from evenband import encoders
from evenband.encoders.local.engines.parallel import spread

TEXTS = [f"let's eat{mark} {noun} {k}" for k in range(60) for mark in (",", "") for noun in ("a", "bee")]


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("kind", "pooling", "engine"), [("qwen3", "lasttoken", "trie"), ("bert", "mean", "packed")]
)
def test_two_threads_give_the_vectors_of_one(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    pooling: str,
    engine: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every chunk by itself, whatever runs beside it."""
    from evenband.encoders.local.engines import causal, memory, packed

    monkeypatch.setattr(causal, "CHUNK_NODES", 64)
    monkeypatch.setattr(packed, "BATCH_TOKENS", 64)
    folder = small_models.save(tmp_path_factory.mktemp(kind), kind, pooling=pooling)
    encoder = encoders.load(str(folder), device="cpu")
    assert encoder.spec.options["engine"] == engine
    used: set[str] = set()
    both = threading.Barrier(2)  # or the first thread may do all before the second has begun

    def watched(work: Callable[[Any], Any], items: Sequence[Any], together: int) -> list[Any]:
        def noted(item: Any) -> Any:
            thread = threading.current_thread()
            if thread is not threading.main_thread() and thread.name not in used:
                used.add(thread.name)
                both.wait(timeout=600)
            return work(item)

        return spread(noted, items, together)

    monkeypatch.setattr(memory, "spread", watched)
    together = encoder.encode(TEXTS)
    assert len(used) == 2
    torch.set_num_threads(1)
    np.testing.assert_allclose(encoder.encode(TEXTS), together, rtol=0, atol=1e-6)


def test_what_fails_is_raised_and_the_threads_are_given_back() -> None:
    """The rest is not begun."""
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 1:
            raise ValueError("item 1")
        threading.Event().wait(0.1)
        return item

    with pytest.raises(ValueError, match="item 1"):
        spread(work, range(500), 2)
    assert len(begun) < 500
    assert torch.get_num_threads() == 2


def test_a_worker_has_one_thread_and_no_gradients() -> None:
    """Two batches on two cores, not four threads on them."""
    found = spread(lambda _: (torch.get_num_threads(), torch.is_inference_mode_enabled()), range(4), 2)
    assert set(found) == {(1, True)}
    assert spread(lambda x: x * x, range(5), 2) == [0, 1, 4, 9, 16]
