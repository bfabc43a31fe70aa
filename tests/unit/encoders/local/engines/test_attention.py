"""Attention over a trie is ordinary causal attention along each text's path."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband.encoders.local.engines import attention, trie
from evenband.encoders.local.engines.attention import attend
from evenband.encoders.local.engines.attention_plan import PADDING_PER_GROUP, AttentionPlan
from evenband.encoders.local.engines.features import UnsupportedError
from evenband.encoders.local.engines.network import key_width

sequence_of_few_tokens = st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple)
SEQUENCES = [(1, 2), (1, 2, 3), (1, 2, 4, 5), (1, 2, 4, 6, 7), (1, 2, 4, 6, 8)]


def states(layout: trie.Layout, heads: int, seed: int) -> torch.Tensor:
    """Random, the same along all paths. Shape: (1, heads, nodes, 4)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, heads, len(layout.ids), 4, generator=generator, dtype=torch.float64)


def run(layout: trie.Layout, *tensors: torch.Tensor, width: int = 4, **options: Any) -> torch.Tensor:
    query, key, value = tensors
    token = attention._plan.set(AttentionPlan.from_layout(layout, torch.device("cpu"), width))
    try:
        return attend(None, query, key, value, None, **options)[0][0]
    finally:
        attention._plan.reset(token)


def expected(
    path: np.ndarray[Any, Any],
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    softcap: float | None,
) -> torch.Tensor:
    """Row by row, from the definition: softmax(q k) v over what stands before. Shape: (length, heads, 4)."""
    repeats = query.shape[1] // key.shape[1]
    rows = []
    for end in range(1, len(path) + 1):
        before = torch.from_numpy(path[:end])
        keys = key[0, :, before].repeat_interleave(repeats, 0)
        values = value[0, :, before].repeat_interleave(repeats, 0)
        scores = torch.einsum("hw,hkw->hk", query[0, :, path[end - 1]], keys) / 2
        if softcap is not None:
            scores = softcap * torch.tanh(scores / softcap)
        rows.append(torch.einsum("hk,hkw->hw", scores.softmax(-1), values))
    return torch.stack(rows)


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple), min_size=1, max_size=8).map(
        sorted
    ),
    st.sampled_from([(4, 2), (2, 2), (3, 1)]),
    st.sampled_from([None, 0.7]),
    st.integers(0, 5),
    st.sampled_from([0, 3, 1000]),
)
def test_every_node_gets_what_it_would_get_in_its_own_text(
    sequences: list[tuple[int, ...]], heads: tuple[int, int], softcap: float | None, seed: int, free: int
) -> None:
    """Whether each depth attends by itself, some do together or all."""
    layout = trie.lay_out(sequences, trie.shared_lengths(sequences))
    query, key, value = (
        states(layout, count, seed + step) for step, count in enumerate((heads[0], heads[1], heads[1]))
    )
    found = run(
        layout,
        query,
        key,
        value,
        softcap=softcap,
        width=PADDING_PER_GROUP // free if free else PADDING_PER_GROUP + 1,
    )
    for sequence, path in zip(sequences, layout.paths, strict=True):
        nodes = path[: len(sequence)]
        # The softmax is in float32, as transformers' is.
        torch.testing.assert_close(
            found[nodes], expected(nodes, query, key, value, softcap), rtol=1e-5, atol=1e-5
        )


def test_gathering_in_pieces_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = trie.lay_out(SEQUENCES, trie.shared_lengths(SEQUENCES))
    tensors = [states(layout, 2, seed) for seed in range(3)]
    whole = run(layout, *tensors)
    monkeypatch.setattr(attention, "GATHERED_ELEMENTS", 1)
    torch.testing.assert_close(run(layout, *tensors), whole)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"sliding_window": 4}, "longer than its sliding window of 4"),
        ({"dropout": 0.1}, "dropout"),
        ({"s_aux": 1, "cu_seq_lens_q": None}, "its attention takes s_aux"),
    ],
)
def test_what_is_not_done_here_is_refused(options: dict[str, Any], reason: str) -> None:
    layout = trie.lay_out(SEQUENCES, trie.shared_lengths(SEQUENCES))
    with pytest.raises(UnsupportedError, match=reason):
        run(layout, *(states(layout, 2, seed) for seed in range(3)), **options)


def test_a_window_that_no_text_reaches_is_no_obstacle() -> None:
    layout = trie.lay_out(SEQUENCES, trie.shared_lengths(SEQUENCES))
    tensors = [states(layout, 2, seed) for seed in range(3)]
    torch.testing.assert_close(run(layout, *tensors, sliding_window=5), run(layout, *tensors))


def test_the_models_own_attention_is_back_afterwards() -> None:
    from transformers import Qwen3Config, Qwen3Model

    sizes: dict[str, Any] = {
        "vocab_size": 9,
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
    }
    network = Qwen3Model(Qwen3Config(**sizes, num_attention_heads=2))
    before = network.config._attn_implementation
    inside = []

    def interrupted() -> None:
        with attention.trie_attention(network):
            inside.append(network.config._attn_implementation)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert inside == [attention.TRIE_ATTENTION]
    assert network.config._attn_implementation == before


@pytest.mark.parametrize(
    ("config", "width"),
    [
        ({"num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128}, 1024),
        ({"num_attention_heads": 4, "head_dim": None}, 64),
        ({"num_attention_heads": 4, "num_key_value_heads": 2}, 32),
        ({"num_attention_heads": 4, "num_key_value_heads": [1, 2]}, 64),
        ({}, 64),
    ],
)
def test_the_width_of_the_keys_is_that_of_their_heads(config: dict[str, Any], width: int) -> None:
    """The hidden size where there is one number per layer, or none."""
    whole = SimpleNamespace(hidden_size=64, **config)
    assert key_width(SimpleNamespace(config=SimpleNamespace(get_text_config=lambda: whole))) == width
