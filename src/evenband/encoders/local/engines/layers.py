"""Replacement of a model's layers by equivalent ones."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def replace_layers(model: nn.Module, replacement: Callable[[nn.Module], nn.Module | None]) -> int:
    """Replace each layer that has a replacement; return how many were replaced.

    Args:
        model: changed in place.
        replacement: returns the layer to use instead, or ``None`` to keep a layer.
    """
    count = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            layer = replacement(child)
            if layer is not None:
                setattr(parent, name, layer)
                count += 1
    return count
