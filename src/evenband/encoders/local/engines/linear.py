"""Linear layers with weights in oneDNN's packed layout, a fifth faster on a CPU than the default product.

The operators are internal to PyTorch, so each layer is tested on random input when it is packed, and kept as
it was unless the output is that of ``torch.nn.functional.linear``. The packed copy replaces the weight, so no
memory is added; :func:`unpack` brings the weight back.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import torch
from torch import nn

from evenband.encoders.local.engines.layers import replace_layers

logger = logging.getLogger(__name__)

_PRODUCT_TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}
"""Largest difference from the default product, relative to the largest output."""

_TIMED_SIZE = 768
"""Number of rows, inputs and outputs of the product that times a number format."""


class PackedLinear(nn.Module):
    """``torch.nn.Linear`` for inference on a CPU, with the weight in oneDNN's blocked layout."""

    def __init__(self, linear: nn.Linear) -> None:
        """Pack a copy of the layer's weight."""
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.bias = linear.bias
        self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())

    @property
    def weight(self) -> torch.Tensor:
        """The packed weight; some models read its dtype or device."""
        weight: torch.Tensor = self._packed
        return weight

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Apply the layer. Shape: (..., in) -> (..., out)."""
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            inputs, self._packed, self.bias, "none", [], ""
        )
        return product

    def unpacked(self) -> nn.Linear:
        """Return an ordinary layer with the same weight."""
        linear = nn.Linear(self.in_features, self.out_features, bias=False, device="meta")
        linear.weight = nn.Parameter(self._packed.to_dense(), requires_grad=False)
        linear.bias = self.bias
        return linear.eval()


def pack(model: nn.Module) -> int:
    """Replace each linear layer that can be packed by a :class:`PackedLinear`; return how many."""
    backend: Any = torch.backends.mkldnn
    if not backend.is_available() or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        logger.info("this PyTorch has no packed weights of oneDNN; using its default product")
        return 0
    with torch.inference_mode():
        return replace_layers(model, _pack)


def unpack(model: nn.Module) -> None:
    """Put ordinary linear layers back; the inverse of :func:`pack`."""
    replace_layers(model, lambda layer: layer.unpacked() if isinstance(layer, PackedLinear) else None)


def drawback(dtype: torch.dtype) -> str | None:
    """Return why a short number format is not faster than float32 on this processor; ``None`` if it is."""
    operator = {torch.bfloat16: "bf16", torch.float16: "fp16"}.get(dtype)
    if operator is None:
        return None
    name = str(dtype).removeprefix("torch.")
    is_supported: Any = getattr(torch.ops.mkldnn, f"_is_mkldnn_{operator}_supported", None)
    if is_supported is not None and not is_supported():
        return f"has no {name} instructions"
    speedup = gain(dtype)
    return None if speedup > 1 else f"multiplies {name} {speedup:.1f} times as fast as float32"


def gain(dtype: torch.dtype) -> float:
    """Measure how many times as fast as in float32 this CPU multiplies in a number format; takes 50 ms."""
    seconds = []
    for kind in (torch.float32, dtype):
        layer = nn.Linear(_TIMED_SIZE, _TIMED_SIZE, bias=False, dtype=kind, device="meta").to_empty(
            device="cpu"
        )
        inputs = torch.ones(_TIMED_SIZE, _TIMED_SIZE, dtype=kind)
        with torch.inference_mode():
            layer.weight.fill_(0.5)
            product = _pack(layer) or layer
            times = []
            for _ in range(4):
                began = time.perf_counter()
                product(inputs)
                times.append(time.perf_counter() - began)
        seconds.append(min(times))
    return seconds[0] / seconds[1]


def _pack(layer: nn.Module) -> PackedLinear | None:
    """Return the packed form of a plain linear layer on the CPU, if it gives the same output."""
    if type(layer) is not nn.Linear or _has_hooks(layer):
        return None
    weight = layer.weight
    if weight.device.type != "cpu" or weight.dtype not in _PRODUCT_TOLERANCE:
        return None
    try:
        packed = PackedLinear(layer)
        probe = torch.randn(7, layer.in_features, generator=torch.Generator().manual_seed(0)).to(weight.dtype)
        expected, output = layer(probe), packed(probe)
    except (RuntimeError, NotImplementedError) as error:
        logger.info("oneDNN cannot pack a layer (%s); using the default product", str(error).splitlines()[0])
        return None
    limit = _PRODUCT_TOLERANCE[weight.dtype] * max(float(expected.abs().max()), 1e-6)
    return packed if float((output - expected).abs().max()) <= limit else None


def _has_hooks(layer: Any) -> bool:
    """Return whether the layer has hooks or a parametrised weight."""
    return bool(layer._forward_hooks or layer._forward_pre_hooks or getattr(layer, "parametrizations", None))
