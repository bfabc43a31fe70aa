"""The last layer for some nodes gives what the whole layer gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import small_models
from evenband.encoders.local.engines import trie
from evenband.encoders.local.engines.attention import trie_attention, use_plan
from evenband.encoders.local.engines.attention_plan import PADDING_PER_GROUP, AttentionPlan
from evenband.encoders.local.engines.features import UnsupportedError
from evenband.encoders.local.engines.pruning import last_layer, prune, select_nodes

KINDS = ["llama", "qwen2", "qwen3", "mistral", "gemma", "gemma2", "gemma3_text"]
TEXTS = [(1, 2), (1, 2, 3), (1, 2, 4, 5), (1, 2, 4, 6, 7), (1, 2, 4, 6, 8)]


def network(kind: str) -> Any:
    made = small_models.transformer(kind, 20).eval()
    small_models.peak(made, 1)
    return made


def states(
    model: Any, layout: trie.Layout, nodes: torch.Tensor | None = None, free: int = 1000
) -> torch.Tensor:
    """With so many ancestors to gather in vain. Shape: (nodes, width)."""
    features = {"input_ids": torch.from_numpy(layout.ids), "position_ids": torch.from_numpy(layout.depths)}
    layer = last_layer(model)
    assert layer is not None
    plan = AttentionPlan.from_layout(
        layout, torch.device("cpu"), PADDING_PER_GROUP // free if free else PADDING_PER_GROUP + 1
    )
    with torch.inference_mode(), trie_attention(model), use_plan(plan):
        given = {key: value[None] for key, value in features.items()}
        if nodes is None:
            return torch.as_tensor(model(**given, use_cache=False)[0][0])
        with prune(layer), select_nodes(nodes):
            return torch.as_tensor(model(**given, use_cache=False)[0][0])


@pytest.mark.parametrize("kind", KINDS)
def test_every_architecture_gives_the_wanted_nodes_alone(kind: str) -> None:
    """As many rows as were asked for, equal to those of the whole layer; afterwards all rows again."""
    model = network(kind)
    layout = trie.lay_out(TEXTS, trie.shared_lengths(TEXTS))
    whole = states(model, layout)
    nodes = torch.unique(torch.from_numpy(layout.paths[np.arange(5), layout.lengths - 1]))
    found = states(model, layout, nodes)
    assert found.shape == (5, 32)
    torch.testing.assert_close(found, whole[nodes], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(states(model, layout), whole, rtol=0, atol=0)
    assert last_layer(model) is model.layers[-1]


@settings(max_examples=25)
@given(
    st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=5).map(tuple), min_size=1, max_size=7).map(
        sorted
    ),
    st.sampled_from([0, 3, 1000]),
    st.data(),
)
def test_any_nodes_of_any_trie(sequences: list[tuple[int, ...]], free: int, data: st.DataObject) -> None:
    """Nodes of the common prefix, of one depth, of all depths; each depth by itself, some together or all."""
    layout = trie.lay_out(sequences, trie.shared_lengths(sequences))
    chosen = data.draw(st.sets(st.integers(0, len(layout.ids) - 1), min_size=1))
    nodes = torch.tensor(sorted(chosen))
    torch.testing.assert_close(
        states(MODEL, layout, nodes, free), states(MODEL, layout)[nodes], rtol=1e-5, atol=1e-5
    )


MODEL = network("qwen3")


def test_a_network_without_a_list_of_layers_is_left_alone() -> None:
    """So is one whose last layer attends twice."""

    class Attention(nn.Module):
        is_causal = True

    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = Attention(), Attention()

    assert last_layer(nn.Linear(2, 2)) is None
    assert last_layer(nn.Sequential(Attention())) is None
    assert last_layer(nn.Sequential(nn.ModuleList([Twice()]))) is None


def test_a_last_layer_that_does_not_attend_by_the_interface_is_refused() -> None:
    """Its call would otherwise end with all nodes, and nobody would know."""
    model, layout = network("llama"), trie.lay_out(TEXTS, trie.shared_lengths(TEXTS))
    wrong = nn.Identity()
    with (
        pytest.raises(UnsupportedError, match="attention of its last layer cannot be replaced"),
        trie_attention(model),
        use_plan(AttentionPlan.from_layout(layout, torch.device("cpu"), 8)),
        prune(wrong),
        select_nodes(torch.tensor([0])),
    ):
        wrong(torch.zeros(1, 3, 4))


def test_last_token_pooling_computes_the_last_layer_for_leaves_only(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mean pooling needs every node, last-token pooling one per different text."""
    from evenband import encoders
    from evenband.encoders.local.engines.causal import CausalEngine

    rows: dict[str, int] = {}
    right: Any = CausalEngine._pool

    def spy(self: CausalEngine, hidden: torch.Tensor, *rest: Any) -> Any:
        rows[pooling] = len(hidden)
        return right(self, hidden, *rest)

    monkeypatch.setattr(CausalEngine, "_pool", spy)
    texts = ["let's eat, king", "let's eat, queen", "let's eat, queen"]
    for pooling in ("lasttoken", "mean"):
        made = small_models.save(tmp_path_factory.mktemp(pooling), "qwen3", pooling=pooling)
        encoder: Any = encoders.load(str(made))
        encoder.encode(texts)
    tokens = encoder.count_tokens(texts)
    assert rows["lasttoken"] == 2
    assert rows["mean"] >= max(tokens)
