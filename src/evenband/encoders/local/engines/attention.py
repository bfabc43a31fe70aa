"""Attention over a prefix trie, through transformers' attention interface.

Every node attends to the common prefix of all texts and to its own ancestors below it. A group of nodes
takes two batched products, one for the scores against the common prefix and one for the scores against the
gathered ancestors; both are concatenated before the softmax. The model's own code stays unchanged.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from evenband.encoders.local.engines.attention_plan import AttentionPlan, QueryGroup
from evenband.encoders.local.engines.features import UnsupportedError
from evenband.encoders.local.engines.lanes import lanes
from evenband.encoders.local.engines.network import check_arguments, replaced_attention

TRIE_ATTENTION = "evenband_trie"
"""Name under which this attention is registered with transformers."""

GATHERED_ELEMENTS = 2**25
"""Most key elements to gather at a time, 128 MB in float32; larger groups are split."""

_plan: ContextVar[AttentionPlan] = ContextVar("evenband_trie_plan")
_override: ContextVar[Callable[..., tuple[Tensor, None]] | None] = ContextVar(
    "evenband_trie_override", default=None
)


def trie_attention(network: Any) -> AbstractContextManager[None]:
    """Context manager: the network attends along tries; each thread sets its own by :func:`use_plan`."""
    return replaced_attention(network, TRIE_ATTENTION, _attend)


@contextlib.contextmanager
def use_plan(plan: AttentionPlan) -> Iterator[None]:
    """Context manager: layers that run on this thread, inside :func:`trie_attention`, follow this plan."""
    token = _plan.set(plan)
    try:
        yield
    finally:
        _plan.reset(token)


@contextlib.contextmanager
def override_attention(plan: AttentionPlan, function: Callable[..., tuple[Tensor, None]]) -> Iterator[None]:
    """Context manager: layers on this thread call ``function``; :func:`attend` in it follows ``plan``."""
    tokens = _plan.set(plan), _override.set(function)
    try:
        yield
    finally:
        _plan.reset(tokens[0])
        _override.reset(tokens[1])


def current_plan() -> AttentionPlan:
    """Return the plan that this thread's layers follow."""
    return _plan.get()


def _attend(*arguments: Any, **options: Any) -> tuple[Tensor, None]:
    """Dispatch each layer's attention call to the override, if there is one, else to :func:`attend`."""
    return (_override.get() or attend)(*arguments, **options)


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    softcap: float | None = None,
    sliding_window: int | None = None,
    is_causal: bool | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """Compute causal attention along the paths of the trie, with the arguments of transformers' interface.

    Shape: query (1, heads, n, width), key and value (1, key heads, n, width) -> (1, m, heads, width)
    for the m nodes that attend by the plan, which are all n unless the plan was restricted.

    Raises:
        UnsupportedError: if the layer asks for something that this function does not implement.
    """
    del module, is_causal  # the plan alone decides what a node sees
    plan = _plan.get()
    check_arguments(attention_mask, dropout, others)
    if sliding_window is not None and plan.max_depth >= sliding_window:
        raise UnsupportedError(f"a text is longer than its sliding window of {sliding_window} tokens")
    _, heads, nodes, width = query.shape
    key_heads = key.shape[1]
    scale = width**-0.5 if scaling is None else scaling
    queries = query[0].view(key_heads, heads // key_heads, nodes, width).transpose(1, 2)
    output = query.new_empty(plan.query_count, heads, value.shape[-1])
    done = 0
    if plan.prefix_length and (plan.prefix_queries is None or len(plan.prefix_queries)):
        prefix = slice(0, plan.prefix_length)
        states = _attend_in_prefix(
            query[:, :, prefix], key[:, :, prefix], value[:, :, prefix], scale, softcap
        )
        states = states if plan.prefix_queries is None else states[plan.prefix_queries]
        output[: len(states)], done = states, len(states)
    for group in _pieces(plan, key_heads * width):
        selected = queries[:, group.nodes]
        scaled = torch.mul(selected, scale, out=query.new_empty(selected.shape))
        states = _attend_in_group(scaled, key[0], value[0], plan.prefix_length, group, softcap).transpose(
            0, 1
        )
        output[done : done + len(group)] = states.reshape(len(group), heads, -1)
        done += len(group)
    return output.unsqueeze(0), None


def _pieces(plan: AttentionPlan, key_width: int) -> Iterator[QueryGroup]:
    """Yield the plan's groups, split to gather at most :data:`GATHERED_ELEMENTS` at a time."""
    for group in plan.groups:
        yield from group.split(max(1, GATHERED_ELEMENTS // (group.ancestors.shape[1] * key_width)))


def _attend_in_prefix(
    query: Tensor, key: Tensor, value: Tensor, scale: float, softcap: float | None
) -> Tensor:
    """Compute ordinary causal attention. Shape: (1, heads, n, width) -> (n, heads, width)."""
    repeats = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeats, 1), value.repeat_interleave(repeats, 1)
    if softcap is None:
        states = functional.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale)
        return states[0].transpose(0, 1)
    scores = _cap(query @ key.transpose(-1, -2) * scale, softcap)
    future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
    weights = _softmax(scores.masked_fill(future, float("-inf")))
    return (weights @ value)[0].transpose(0, 1)


def _attend_in_group(
    query: Tensor, key: Tensor, value: Tensor, prefix: int, group: QueryGroup, softcap: float | None
) -> Tensor:
    """Compute the attention of one group of n nodes to the prefix and to their ancestors.

    Shape, with h key heads and g query heads per key head: query (h, n, g, width), scaled and contiguous;
    key and value (h, nodes, width) -> (h, n, g, width).
    """
    h, n, g, width = query.shape
    gathered = group.ancestors.flatten()
    keys = key.index_select(1, gathered).view(h, n, -1, width)
    values = value.index_select(1, gathered).view(h, n, -1, value.shape[-1])
    scores = query @ keys.transpose(-1, -2)
    if softcap is not None:
        scores = _cap(scores, softcap)
    if group.padding is not None:
        scores.masked_fill_(group.padding[:, None], float("-inf"))
    if prefix:
        prefix_scores = query.view(h, n * g, width) @ key[:, :prefix].transpose(-1, -2)
        prefix_scores = prefix_scores if softcap is None else _cap(prefix_scores, softcap)
        scores = torch.cat([prefix_scores.view(h, n, g, prefix), scores], dim=-1)
    weights = _softmax(scores)
    states = weights[..., prefix:] @ values
    if prefix:
        prefix_weights = weights[..., :prefix].reshape(h, n * g, prefix)
        states.view(h, n * g, -1).baddbmm_(prefix_weights, value[:, :prefix])
    return states


def _cap(scores: Tensor, softcap: float) -> Tensor:
    """Limit the scores to (-softcap, softcap), as Gemma 2 does."""
    return torch.tanh(scores / softcap) * softcap


def _softmax(scores: Tensor) -> Tensor:
    """Compute the softmax over the last axis in float32, as transformers does.

    On a CPU, rows shorter than a SIMD register take a quarter of the time when it is computed step by step.
    """
    if scores.device.type != "cpu" or scores.shape[-1] >= lanes():
        return scores.softmax(dim=-1, dtype=torch.float32).to(scores.dtype)
    weights = scores.float() - scores.amax(dim=-1, keepdim=True)
    weights.exp_()
    return weights.div_(weights.sum(dim=-1, keepdim=True)).to(scores.dtype)
