"""Layers of a model exchanged for others that compute the same."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def exchange(model: nn.Module, other: Callable[[nn.Module], nn.Module | None]) -> int:
    """Put another layer in the place of every one that has another; returns how many.

    Args:
        model: changed in place.
        other: what to put in the place of a layer; ``None`` where it stays.
    """
    count = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            found = other(child)
            if found is not None:
                setattr(parent, name, found)
                count += 1
    return count
