"""Activations and norms that touch less memory: fresh memory for a layer's states costs as much as they do.

An activation overwrites its input, which nothing else reads between two linear layers. An RMS norm
makes one new tensor in place of five, and on a GPU is one call in place of eight. Where a model does
read what is overwritten its vectors change, which an engine must show that they do not before it is
used.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from evenband.encoders.local.engines.layers import exchange

_WAYS: tuple[Callable[[Tensor], Tensor], ...] = (
    torch.ops.aten.gelu_,
    lambda inputs: torch.ops.aten.gelu_(inputs, approximate="tanh"),
    torch.ops.aten.silu_,
)

_TOLERANCE = 1e-6
"""Largest relative difference of a norm from the model's own; in a short format that format's epsilon."""


class Substitute(nn.Module):
    """Stands in for a layer of the model."""

    def __init__(self, original: nn.Module) -> None:
        """The layer, which is kept, but not as a submodule: the model has one layer here, not two."""
        super().__init__()
        self.__dict__["original"] = original


class Overwriting(Substitute):
    """An activation in place."""

    def __init__(self, original: nn.Module, way: Callable[[Tensor], Tensor]) -> None:
        """The activation, and how to do it in place."""
        super().__init__(original)
        self._way = way

    def forward(self, inputs: Tensor) -> Tensor:
        """The input itself, overwritten. Shape: any -> the same."""
        return self._way(inputs)


class LeanNorm(Substitute):
    """x / sqrt(mean(x^2) + eps) times a gain (Zhang and Sennrich 2019)."""

    def __init__(self, original: nn.Module, gain: Tensor, eps: float) -> None:
        """The norm, with what it multiplies by, (width,)."""
        super().__init__(original)
        self.gain = nn.Parameter(gain, requires_grad=False)
        self._eps = eps

    def forward(self, inputs: Tensor) -> Tensor:
        """Shape: (..., width) -> the same."""
        if inputs.is_cuda:
            return functional.rms_norm(inputs, self.gain.shape, self.gain, self._eps)
        length = torch.linalg.vector_norm(inputs, dim=-1, keepdim=True)
        scale = length.square_().div_(inputs.shape[-1]).add_(self._eps).rsqrt_()
        normed: Tensor = (inputs * scale).mul_(self.gain)
        return normed


def slim(model: nn.Module) -> int:
    """Put a :class:`Substitute` in the place of every layer that has one; returns how many.

    Norms of a model of several number formats stay: what they compute in which is their own affair. On a
    CPU so do those of a short format.
    """
    weights = [weight for weight in model.parameters() if weight.is_floating_point()]
    formats = {weight.dtype for weight in weights}
    lean = formats <= {torch.float32} or (len(formats) == 1 and all(weight.is_cuda for weight in weights))
    with torch.inference_mode():
        return exchange(model, lambda layer: _substitute(layer, lean))


def restore(model: nn.Module) -> None:
    """The inverse of :func:`slim`."""
    exchange(model, lambda layer: layer.__dict__["original"] if isinstance(layer, Substitute) else None)


def _substitute(layer: nn.Module, lean: bool) -> Substitute | None:
    """For a layer of a known name that is a function of one tensor, and nothing that watches it."""
    name = type(layer).__name__.lower()
    make: Callable[[nn.Module], Substitute | None]
    if "rmsnorm" in name and lean:
        make = _lean_norm
    elif "gelu" in name or "silu" in name:
        make = _overwriting
    else:
        return None
    watched = layer._forward_hooks or layer._forward_pre_hooks
    if watched or list(layer.children()) or len(inspect.signature(layer.forward).parameters) != 1:
        return None
    try:
        return make(layer)
    except Exception:  # only the name was familiar
        return None


def _overwriting(activation: nn.Module) -> Overwriting | None:
    """In place by the operator that gives the same bits, for small inputs and for large ones."""
    if list(activation.parameters()):
        return None
    large = torch.logspace(1, 4, 13)
    probe = torch.cat([torch.linspace(-6, 6, 97), large, -large])
    expected = activation(probe.clone())
    same = (way for way in _WAYS if torch.equal(way(probe.clone()), expected))
    return next((Overwriting(activation, way) for way in same), None)


def _lean_norm(norm: nn.Module) -> LeanNorm | None:
    """The gain is the weight, or one more than it (Gemma's types); tried on rows of any length."""
    weight, eps = getattr(norm, "weight", None), getattr(norm, "variance_epsilon", getattr(norm, "eps", None))
    if not isinstance(weight, Tensor) or not isinstance(eps, float):
        return None
    row = torch.linspace(-2, 3, weight.numel(), device=weight.device).roll(weight.numel() // 3)
    probe = (row * torch.logspace(-5, 3, 9, device=weight.device)[:, None]).to(weight.dtype)
    expected = norm(probe)
    tolerance = max(_TOLERANCE, torch.finfo(weight.dtype).eps)
    gains = [weight.detach()]
    if weight.dtype == torch.float32:  # in a short format the sum would be rounded
        gains.append(1 + weight.detach())
    for gain in gains:
        lean = LeanNorm(norm, gain, eps)
        if torch.allclose(lean(probe), expected, rtol=tolerance, atol=_TOLERANCE):
            return lean
    return None
