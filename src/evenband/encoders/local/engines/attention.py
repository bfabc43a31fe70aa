"""Attention over a trie, behind transformers' own attention interface.

Every node attends to the trunk and to its own ancestors below it. A group of nodes is
two batched products, scores against the trunk and scores against the gathered ancestors, joined before
the softmax. The model's own code stays as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from evenband.encoders.local.engines.features import UnsupportedError
from evenband.encoders.local.engines.lanes import lanes
from evenband.encoders.local.engines.network import exchanged, refuse
from evenband.encoders.local.engines.trie import Layout, merge

NAME = "evenband_trie"
"""Under which transformers knows it."""

GATHERED = 2**25
"""Numbers gathered at a time, 128 MB of float32: a wide group is done in pieces."""

FREE = 2**19
"""Numbers of keys that take as long to gather in vain as the calls that another group of nodes needs, on a
CPU; on an H200 twice and thirty times as many made no difference that its noise showed."""


@dataclass(frozen=True)
class Group:
    """Nodes that attend together.

    Attributes:
        nodes: (n,) which.
        ancestors: (n, a) what each attends to below the trunk.
        absent: (n, a) where a node has no such ancestor; ``None`` where each has all.
    """

    nodes: slice | Tensor
    ancestors: Tensor
    absent: Tensor | None

    def __len__(self) -> int:
        """How many nodes."""
        return len(self.ancestors)

    def choose(self, rows: slice | Tensor, nodes: slice | Tensor) -> Group:
        """Some of them, by their places here, and which nodes they are."""
        return Group(nodes, self.ancestors[rows], None if self.absent is None else self.absent[rows])


@dataclass(frozen=True)
class Plan:
    """Which nodes attend to which, with indices on the model's device.

    Attributes:
        trunk: how many nodes stand before the groups.
        kept: those of the trunk whose attention is wanted; all where it is ``None``.
        groups: the others, of one depth or of neighbouring depths.
        deepest: position of the deepest node.
    """

    trunk: int
    kept: Tensor | None
    groups: tuple[Group, ...]
    deepest: int

    @classmethod
    def on(cls, layout: Layout, device: torch.device, width: int) -> Plan:
        """Every node attends.

        Args:
            layout: of the trie.
            device: of the model.
            width: numbers of one token's keys, as :func:`key_width` gives them.
        """
        groups = []
        for group in merge(layout.groups, FREE // width):
            ancestors = torch.from_numpy(group.ancestors).to(device)
            # The first is the least deep.
            absent = ancestors < 0 if group.ancestors[0, 0] < 0 else None
            nodes = slice(group.start, group.stop)
            groups.append(Group(nodes, ancestors if absent is None else ancestors.clamp(min=0), absent))
        return cls(layout.trunk, None, tuple(groups), int(layout.depths[-1]))

    def restrict(self, nodes: Tensor) -> Plan:
        """Only these attend, to what they attended to before. Shape: (n,) ascending."""
        groups = []
        for group in self.groups:
            assert isinstance(group.nodes, slice)
            chosen = nodes[(nodes >= group.nodes.start) & (nodes < group.nodes.stop)]
            if len(chosen):
                groups.append(group.choose(chosen - group.nodes.start, chosen))
        return Plan(self.trunk, nodes[nodes < self.trunk], tuple(groups), self.deepest)

    @property
    def count(self) -> int:
        """How many nodes attend."""
        kept = self.trunk if self.kept is None else len(self.kept)
        return kept + sum(len(group) for group in self.groups)


_plan: ContextVar[Plan] = ContextVar("evenband_trie_plan")
_hook: ContextVar[Callable[..., tuple[Tensor, None]] | None] = ContextVar("evenband_trie_hook", default=None)


def attending(network: Any) -> AbstractContextManager[None]:
    """Within it, the network's inputs are tries, on any thread, each the one that it :func:`follows`."""
    return exchanged(network, NAME, _attend)


@contextlib.contextmanager
def follows(plan: Plan) -> Iterator[None]:
    """Within it, and within :func:`attending`, layers that run on this thread attend by that plan."""
    token = _plan.set(plan)
    try:
        yield
    finally:
        _plan.reset(token)


@contextlib.contextmanager
def intercepted(plan: Plan, hook: Callable[..., tuple[Tensor, None]]) -> Iterator[None]:
    """Within it, layers attend by another plan, through a function that may call :func:`attend`."""
    tokens = _plan.set(plan), _hook.set(hook)
    try:
        yield
    finally:
        _plan.reset(tokens[0])
        _hook.reset(tokens[1])


def current() -> Plan:
    """The plan that layers attend by."""
    return _plan.get()


def _attend(*arguments: Any, **options: Any) -> tuple[Tensor, None]:
    """What transformers calls in every layer."""
    return (_hook.get() or attend)(*arguments, **options)


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
    """Attention along the paths of the trie, with the arguments that transformers gives.

    Shape: query (1, heads, n, width), key and value (1, key heads, n, width) -> (1, m, heads, width)
    for the m nodes that attend, all n as a rule.

    Raises:
        UnsupportedError: if the layer asks for something that is not done here.
    """
    del module, is_causal  # every node sees what stands before it and nothing else
    plan = _plan.get()
    refuse(attention_mask, dropout, others)
    if sliding_window is not None and plan.deepest >= sliding_window:
        raise UnsupportedError(f"a text is longer than its sliding window of {sliding_window} tokens")
    _, heads, nodes, width = query.shape
    shared = key.shape[1]
    scale = width**-0.5 if scaling is None else scaling
    queries = query[0].view(shared, heads // shared, nodes, width).transpose(1, 2)
    output = query.new_empty(plan.count, heads, value.shape[-1])
    done = 0
    if plan.trunk and (plan.kept is None or len(plan.kept)):
        trunk = slice(0, plan.trunk)
        found = _within_trunk(query[:, :, trunk], key[:, :, trunk], value[:, :, trunk], scale, softcap)
        found = found if plan.kept is None else found[plan.kept]
        output[: len(found)], done = found, len(found)
    for group in _pieces(plan, shared * width):
        chosen = queries[:, group.nodes]
        part = torch.mul(chosen, scale, out=query.new_empty(chosen.shape))
        found = _below_trunk(part, key[0], value[0], plan.trunk, group, softcap).transpose(0, 1)
        output[done : done + len(group)] = found.reshape(len(group), heads, -1)
        done += len(group)
    return output.unsqueeze(0), None


def _pieces(plan: Plan, width: int) -> Iterator[Group]:
    """The groups, cut so that the ancestors gathered at a time are few enough."""
    for group in plan.groups:
        step = max(1, GATHERED // (group.ancestors.shape[1] * width))
        for first in range(0, len(group), step):
            last = min(first + step, len(group))
            if isinstance(group.nodes, slice):
                nodes: slice | Tensor = slice(group.nodes.start + first, group.nodes.start + last)
            else:
                nodes = group.nodes[first:last]
            yield group.choose(slice(first, last), nodes)


def _within_trunk(query: Tensor, key: Tensor, value: Tensor, scale: float, softcap: float | None) -> Tensor:
    """Ordinary causal attention. Shape: (1, heads, t, width) -> (t, heads, width)."""
    repeats = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeats, 1), value.repeat_interleave(repeats, 1)
    if softcap is None:
        found = functional.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale)
        return found[0].transpose(0, 1)
    scores = _capped(query @ key.transpose(-1, -2) * scale, softcap)
    later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
    weights = _softmax(scores.masked_fill(later, float("-inf")))
    return (weights @ value)[0].transpose(0, 1)


def _below_trunk(
    query: Tensor, key: Tensor, value: Tensor, trunk: int, group: Group, softcap: float | None
) -> Tensor:
    """One group of n nodes; h key heads, g query heads for each.

    Shape: query (h, n, g, width), scaled and contiguous; key and value (h, nodes, width) -> (h, n, g, width).
    """
    h, n, g, width = query.shape
    gathered = group.ancestors.flatten()
    keys = key.index_select(1, gathered).view(h, n, -1, width)
    values = value.index_select(1, gathered).view(h, n, -1, value.shape[-1])
    scores = query @ keys.transpose(-1, -2)
    if softcap is not None:
        scores = _capped(scores, softcap)
    if group.absent is not None:
        scores.masked_fill_(group.absent[:, None], float("-inf"))
    if trunk:
        before = query.view(h, n * g, width) @ key[:, :trunk].transpose(-1, -2)
        before = before if softcap is None else _capped(before, softcap)
        scores = torch.cat([before.view(h, n, g, trunk), scores], dim=-1)
    weights = _softmax(scores)
    found = weights[..., trunk:] @ values
    if trunk:
        found.view(h, n * g, -1).baddbmm_(weights[..., :trunk].reshape(h, n * g, trunk), value[:, :trunk])
    return found


def _capped(scores: Tensor, softcap: float) -> Tensor:
    return torch.tanh(scores / softcap) * softcap


def _softmax(scores: Tensor) -> Tensor:
    """In float32, as transformers does it; for short rows on a CPU step by step, a quarter of the time."""
    if scores.device.type != "cpu" or scores.shape[-1] >= lanes():
        return scores.softmax(dim=-1, dtype=torch.float32).to(scores.dtype)
    weights = scores.float() - scores.amax(dim=-1, keepdim=True)
    weights.exp_()
    return weights.div_(weights.sum(dim=-1, keepdim=True)).to(scores.dtype)
