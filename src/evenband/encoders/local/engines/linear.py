"""Linear layers over oneDNN's packed weights, a fifth faster on a CPU than the default product.

The operators are internal to PyTorch, so every layer is tried on random input when it is packed
and stays as it was unless the answer is that of ``torch.nn.functional.linear``. The packed copy
takes the place of the weight, so no memory is added, and :func:`unpack` brings the weight back.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import torch
from torch import nn

from evenband.encoders.local.engines.layers import exchange

logger = logging.getLogger(__name__)

_TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}
"""Largest difference from the default product, as a share of the largest output."""


_PROBED = 768
"""Rows, inputs and outputs of the product that shows how fast a number format is."""


class PackedLinear(nn.Module):
    """``torch.nn.Linear`` for inference on a CPU, its weight in oneDNN's blocked layout."""

    def __init__(self, linear: nn.Linear) -> None:
        """Packs a copy of the weight."""
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.bias = linear.bias
        self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())

    @property
    def weight(self) -> torch.Tensor:
        """The weight; some models ask for its dtype or device."""
        weight: torch.Tensor = self._packed
        return weight

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Shape: (..., in) -> (..., out)."""
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            inputs, self._packed, self.bias, "none", [], ""
        )
        return product

    def unpacked(self) -> nn.Linear:
        """An ordinary layer with the same weight."""
        linear = nn.Linear(self.in_features, self.out_features, bias=False, device="meta")
        linear.weight = nn.Parameter(self._packed.to_dense(), requires_grad=False)
        linear.bias = self.bias
        return linear.eval()


def pack(model: nn.Module) -> int:
    """Put a :class:`PackedLinear` in the place of every linear layer that allows it; returns how many."""
    backend: Any = torch.backends.mkldnn
    if not backend.is_available() or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        logger.info("oneDNN's packed weights are not available in this PyTorch; using its default product")
        return 0
    with torch.inference_mode():
        return exchange(model, _packed)


def unpack(model: nn.Module) -> None:
    """The inverse of :func:`pack`."""
    exchange(model, lambda layer: layer.unpacked() if isinstance(layer, PackedLinear) else None)


def drawback(dtype: torch.dtype) -> str | None:
    """What this processor does that makes a short number format no faster than float32, if so."""
    operator = {torch.bfloat16: "bf16", torch.float16: "fp16"}.get(dtype)
    if operator is None:
        return None
    name = str(dtype).removeprefix("torch.")
    known: Any = getattr(torch.ops.mkldnn, f"_is_mkldnn_{operator}_supported", None)
    if known is not None and not known():
        return f"has no {name} instructions"
    times = gain(dtype)
    return None if times > 1 else f"multiplies {name} {times:.1f} times as fast as float32"


def gain(dtype: torch.dtype) -> float:
    """How many times as fast as in float32 this CPU multiplies in another number format; takes 50 ms."""
    seconds = []
    for kind in (torch.float32, dtype):
        layer = nn.Linear(_PROBED, _PROBED, bias=False, dtype=kind, device="meta").to_empty(device="cpu")
        inputs = torch.ones(_PROBED, _PROBED, dtype=kind)
        with torch.inference_mode():
            layer.weight.fill_(0.5)
            product = _packed(layer) or layer
            times = []
            for _ in range(4):
                began = time.perf_counter()
                product(inputs)
                times.append(time.perf_counter() - began)
        seconds.append(min(times))
    return seconds[0] / seconds[1]


def _packed(layer: nn.Module) -> PackedLinear | None:
    if type(layer) is not nn.Linear or _has_hooks(layer):
        return None
    weight = layer.weight
    if weight.device.type != "cpu" or weight.dtype not in _TOLERANCE:
        return None
    try:
        packed = PackedLinear(layer)
        probe = torch.randn(7, layer.in_features, generator=torch.Generator().manual_seed(0)).to(weight.dtype)
        expected, found = layer(probe), packed(probe)
    except (RuntimeError, NotImplementedError) as error:
        logger.info("oneDNN cannot pack a layer (%s); using the default product", str(error).splitlines()[0])
        return None
    limit = _TOLERANCE[weight.dtype] * max(float(expected.abs().max()), 1e-6)
    return packed if float((found - expected).abs().max()) <= limit else None


def _has_hooks(layer: Any) -> bool:
    return bool(layer._forward_hooks or layer._forward_pre_hooks or getattr(layer, "parametrizations", None))
