"""The last layer for the nodes whose states are wanted, over the model's unchanged code.

Where pooling takes the last token, only the texts' last nodes leave the last layer; the others
are needed for their keys and values alone. So the layer is called twice: on all nodes, until they
have attended, which ends that call; then on the wanted rows, which find their attention ready.
What is saved is the output projection and the feed-forward part of all other nodes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from evenband.encoders.local.engines.attention import attend, current, intercepted
from evenband.encoders.local.engines.features import UnsupportedError


class _AttendedError(Exception):
    """Not an error: ends the first call with what it was made for."""

    def __init__(self, output: Tensor) -> None:
        self.output = output


def last_layer(network: nn.Module) -> nn.Module | None:
    """The last of the network's layers; ``None`` where it cannot be told or attends more than once."""
    names = [name for name, module in network.named_modules() if hasattr(module, "is_causal")]
    parts = names[-1].split(".") if names else []
    for end in range(len(parts) - 1, 0, -1):
        if isinstance(network.get_submodule(".".join(parts[: end - 1])), nn.ModuleList):
            prefix = ".".join(parts[:end])
            alone = sum(name.startswith(f"{prefix}.") for name in names) == 1
            return network.get_submodule(prefix) if alone else None
    return None


@dataclass(frozen=True)
class _Wanted:
    """The nodes whose states a thread wants, and what ends with its forward pass."""

    nodes: Tensor
    kept: contextlib.ExitStack


_wanted: ContextVar[_Wanted | None] = ContextVar("evenband_wanted_nodes", default=None)


@contextlib.contextmanager
def pruned(layer: nn.Module) -> Iterator[None]:
    """Within it, and within ``attending``, the layer gives the states of those nodes only that are wanted."""

    def narrow(_: nn.Module, arguments: Any, options: Any) -> tuple[Any, Any] | None:
        wanted = _wanted.get()
        if wanted is None:
            return None
        attended = _attend_only(layer, wanted.nodes, arguments, options)
        wanted.kept.enter_context(intercepted(current(), lambda *_, **__: (attended, None)))
        count = arguments[0].shape[1] if arguments else options["hidden_states"].shape[1]
        return _take(arguments, wanted.nodes, count), _take(options, wanted.nodes, count)

    handle = layer.register_forward_pre_hook(narrow, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


@contextlib.contextmanager
def wanting(nodes: Tensor) -> Iterator[None]:
    """Within it, a pruned layer that runs on this thread gives the states of these nodes only.

    Shape: (m,) ascending; the layer's output becomes (1, m, width).
    """
    with contextlib.ExitStack() as kept:
        token = _wanted.set(_Wanted(nodes, kept))
        kept.callback(_wanted.reset, token)
        yield


def _attend_only(layer: nn.Module, nodes: Tensor, arguments: Any, options: Any) -> Tensor:
    """Attention of the nodes in this layer. Shape: (1, m, heads, width).

    Raises:
        UnsupportedError: if the layer never attends.
    """

    def stop(*given: Any, **more: Any) -> tuple[Tensor, None]:
        raise _AttendedError(attend(*given, **more)[0])

    try:
        with intercepted(current().restrict(nodes), stop):
            layer.forward(*arguments, **options)
    except _AttendedError as ready:
        return ready.output
    raise UnsupportedError("its last layer has no attention that can be exchanged")


def _take(value: Any, nodes: Tensor, count: int) -> Any:
    """The rows of these nodes, in every tensor of a row per node. Shape: (1, count, ...) -> (1, m, ...)."""
    if isinstance(value, torch.Tensor):
        return value.index_select(1, nodes) if value.dim() > 1 and value.shape[1] == count else value
    if isinstance(value, tuple | list):
        return type(value)(_take(item, nodes, count) for item in value)
    if isinstance(value, dict):
        return {key: _take(item, nodes, count) for key, item in value.items()}
    return value
