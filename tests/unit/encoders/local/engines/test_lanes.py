"""Attention that fills the processor's vectors is that of each text alone."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

import small_models
from evenband import encoders
from evenband.encoders.local.engines import lanes
from evenband.encoders.local.engines.features import UnsupportedError
from small_models import TEXTS

WIDTHS = [1, 8, 16]
"""Numbers in a processor's vector: not known, AVX2, AVX-512. Every machine tests all of them."""


@given(
    texts=st.integers(1, 9),
    length=st.integers(1, 40),
    heads=st.sampled_from([(4, 4), (4, 2)]),
    scaling=st.sampled_from([None, 0.5]),
    seed=st.integers(0, 99),
    width=st.sampled_from(WIDTHS),
)
def test_each_text_attends_to_itself_alone(
    texts: int, length: int, heads: tuple[int, int], scaling: float | None, seed: int, width: int
) -> None:
    """The oracle is PyTorch's attention of one text at a time."""
    generator = torch.Generator().manual_seed(seed)
    query, key, value = (
        torch.randn(texts, length, count, 8, generator=generator).transpose(1, 2)
        for count in (heads[0], heads[1], heads[1])
    )
    with pytest.MonkeyPatch.context() as patch, lanes.unpadded():
        patch.setattr(lanes, "lanes", lambda: width)
        found, _ = lanes.attend(None, query, key, value, None, scaling=scaling)
    for text in range(texts):
        alone = functional.scaled_dot_product_attention(
            query[text], key[text], value[text], scale=scaling, enable_gqa=True
        )
        torch.testing.assert_close(found[text], alone.transpose(0, 1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"attention_mask": torch.zeros(1, 1, 3, 3)}, "their own attention mask"),
        ({"dropout": 0.1}, "dropout"),
        ({"sliding_window": 4}, "do not attend to the whole text"),
        ({"is_causal": True}, "do not attend to the whole text"),
        ({"softcap": 5.0}, "its attention takes softcap"),
    ],
)
def test_what_is_not_done_here_is_refused(options: dict[str, Any], reason: str) -> None:
    states = torch.zeros(2, 2, 3, 4)
    with pytest.raises(UnsupportedError, match=reason), lanes.unpadded():
        lanes.attend(None, states, states, states, **{"attention_mask": None, **options})


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("kind", "changes", "most"),
    [
        ("bert", {}, None),
        ("xlm-roberta", {}, None),
        ("modernbert", {"local_attention": 64}, 16),
        ("modernbert", {"local_attention": 8}, 2),
        ("mpnet", {}, 0),
        ("qwen3", {"pooling": "lasttoken"}, 0),
    ],
)
def test_it_is_done_for_texts_that_all_layers_see_whole(
    tmp_path: Path,
    kind: str,
    changes: dict[str, Any],
    most: int | None,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not where layers add a bias (MPNet), see no later token, or see less than a short text.

    Nor on a processor whose vectors are not known.
    """
    monkeypatch.setattr(lanes, "lanes", lambda: width)
    worth = 8 * width if width > 1 else 0
    expected = worth if most is None else min(worth, most)
    model: Any = encoders.load(str(small_models.save(tmp_path, kind, **changes)), device="cpu")
    assert lanes.max_length(model._model) == expected
    assert getattr(model._engine.engine, "_max_lane_length", 0) == expected


def test_attending_without_a_mask_needs_a_promise_that_nothing_is_padded() -> None:
    """Another thread that uses the model meanwhile gets an error, never a wrong vector."""
    states = torch.zeros(2, 2, 3, 4)
    with pytest.raises(RuntimeError, match="two threads use one model"):
        lanes.attend(None, states, states, states, None)


def test_a_model_has_its_own_attention_back_whoever_exchanged_it_in_between(tmp_path: Path) -> None:
    model: Any = encoders.load(str(small_models.save(tmp_path)), device="cpu")
    config = model._model[0].auto_model.config
    before, inside = config._attn_implementation, []

    def use() -> None:
        with lanes.lane_attention(model._model):
            inside.append(config._attn_implementation)
            time.sleep(0.01)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == [lanes.LANE_ATTENTION] * 4
    assert config._attn_implementation == before


def test_long_texts_attend_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "lanes", lambda: 16)
    monkeypatch.setattr(lanes, "MAX_REGISTERS", 12 / 16)
    model: Any = encoders.load(str(small_models.save(tmp_path)), device="cpu")
    lengths: set[int] = set()
    right = lanes.attend

    def spy(module: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        lengths.add(query.shape[2])
        return right(module, query, *arguments, **options)

    monkeypatch.setattr(lanes, "attend", spy)
    vectors = model._engine.engine.check(TEXTS, "", None)[1]
    counts = set(model.count_tokens(TEXTS))
    assert max(counts) > 12
    assert lengths == {count for count in counts if count <= 12}
    assert model._model[0].auto_model.config._attn_implementation != lanes.LANE_ATTENTION
    np.testing.assert_allclose(
        vectors, encoders.load(model.spec.ref, engine="plain", device="cpu").encode(TEXTS), atol=1e-5
    )


def test_a_model_that_refuses_is_still_packed_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise UnsupportedError("its attention takes lessons")

    monkeypatch.setattr(lanes, "lanes", lambda: 16)
    monkeypatch.setattr(lanes, "attend", fail)
    with caplog.at_level(logging.INFO, "evenband"):
        model = encoders.load(str(small_models.save(tmp_path)), device="cpu")
    assert model.spec.options["engine"] == "packed"
    [line] = [record.getMessage() for record in caplog.records if record.name.startswith("evenband")]
    assert (
        "with attention in SIMD lanes cannot compute this model exactly (its attention takes lessons)" in line
    )
    assert model.encode(TEXTS).shape == (len(TEXTS), 32)
