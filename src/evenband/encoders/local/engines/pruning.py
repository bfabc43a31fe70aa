"""Pruning of the last layer to the nodes whose states are needed, with the model's code unchanged.

With last-token pooling, only the state of each text's last token leaves the last layer; all other tokens
matter there for their keys and values alone. So the layer is called twice. The first call sees all nodes and
is aborted as soon as attention is computed. The second call sees the selected nodes only and takes their
attention output from the first. This saves the output projection and the feed-forward part of all other
nodes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from evenband.encoders.local.engines.attention import attend, current_plan, override_attention
from evenband.encoders.local.engines.features import UnsupportedError


class _AttendedError(Exception):
    """Control flow, not a failure: aborts the first call and carries the attention output."""

    def __init__(self, output: Tensor) -> None:
        self.output = output


def last_layer(network: nn.Module) -> nn.Module | None:
    """Return the network's last layer; ``None`` if it cannot be identified or attends more than once."""
    names = [name for name, module in network.named_modules() if hasattr(module, "is_causal")]
    parts = names[-1].split(".") if names else []
    for end in range(len(parts) - 1, 0, -1):
        if isinstance(network.get_submodule(".".join(parts[: end - 1])), nn.ModuleList):
            prefix = ".".join(parts[:end])
            attends_once = sum(name.startswith(f"{prefix}.") for name in names) == 1
            return network.get_submodule(prefix) if attends_once else None
    return None


@dataclass(frozen=True)
class _Selection:
    """The nodes whose states a thread needs, and what to undo after its forward pass."""

    nodes: Tensor
    cleanup: contextlib.ExitStack


_selection: ContextVar[_Selection | None] = ContextVar("evenband_selected_nodes", default=None)


@contextlib.contextmanager
def prune(layer: nn.Module) -> Iterator[None]:
    """Context manager: the layer returns only the nodes that a thread selects by :func:`select_nodes`.

    Only inside :func:`~evenband.encoders.local.engines.attention.trie_attention`.
    """

    def narrow(_: nn.Module, arguments: Any, options: Any) -> tuple[Any, Any] | None:
        selection = _selection.get()
        if selection is None:
            return None
        attended = _attend_only(layer, selection.nodes, arguments, options)
        selection.cleanup.enter_context(override_attention(current_plan(), lambda *_, **__: (attended, None)))
        count = arguments[0].shape[1] if arguments else options["hidden_states"].shape[1]
        return _take(arguments, selection.nodes, count), _take(options, selection.nodes, count)

    handle = layer.register_forward_pre_hook(narrow, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


@contextlib.contextmanager
def select_nodes(nodes: Tensor) -> Iterator[None]:
    """Context manager: a pruned layer that runs on this thread returns the states of these nodes only.

    Shape: (m,) ascending; the layer's output becomes (1, m, width).
    """
    with contextlib.ExitStack() as cleanup:
        token = _selection.set(_Selection(nodes, cleanup))
        cleanup.callback(_selection.reset, token)
        yield


def _attend_only(layer: nn.Module, nodes: Tensor, arguments: Any, options: Any) -> Tensor:
    """Return the layer's attention output for the given nodes. Shape: (1, m, heads, width).

    Raises:
        UnsupportedError: if the layer does not call the attention function.
    """

    def attend_and_abort(*arguments: Any, **options: Any) -> tuple[Tensor, None]:
        raise _AttendedError(attend(*arguments, **options)[0])

    try:
        with override_attention(current_plan().restrict(nodes), attend_and_abort):
            layer.forward(*arguments, **options)
    except _AttendedError as attended:
        return attended.output
    raise UnsupportedError("the attention of its last layer cannot be replaced")


def _take(value: Any, nodes: Tensor, count: int) -> Any:
    """Select the nodes' rows in all tensors with one row per node. Shape: (1, count, ...) -> (1, m, ...)."""
    if isinstance(value, torch.Tensor):
        return value.index_select(1, nodes) if value.dim() > 1 and value.shape[1] == count else value
    if isinstance(value, tuple | list):
        return type(value)(_take(item, nodes, count) for item in value)
    if isinstance(value, dict):
        return {key: _take(item, nodes, count) for key, item in value.items()}
    return value
