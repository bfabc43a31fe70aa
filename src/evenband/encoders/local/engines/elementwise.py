"""Activations and RMS norms that write less memory: allocating a layer's states costs as much as they do.

An activation overwrites its input, which nothing else reads between two linear layers. An RMS norm allocates
one tensor instead of five, and on a GPU is one kernel instead of eight. In a model that does read an
overwritten input the vectors would change; the check that every engine must pass before it is used shows it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from evenband.encoders.local.engines.layers import replace_layers

_IN_PLACE_OPERATORS: tuple[Callable[[Tensor], Tensor], ...] = (
    torch.ops.aten.gelu_,
    lambda inputs: torch.ops.aten.gelu_(inputs, approximate="tanh"),
    torch.ops.aten.silu_,
)

_NORM_TOLERANCE = 1e-6
"""Largest relative difference of a norm from the model's own; in short number formats their epsilon."""


class Substitute(nn.Module):
    """Replacement of one of the model's layers."""

    def __init__(self, original: nn.Module) -> None:
        """Keep the original layer, not as a submodule, so that the model's parameters do not change."""
        super().__init__()
        self.__dict__["original"] = original


class InPlaceActivation(Substitute):
    """Activation that overwrites its input."""

    def __init__(self, original: nn.Module, operator: Callable[[Tensor], Tensor]) -> None:
        """Store the in-place operator equivalent to the original activation."""
        super().__init__(original)
        self._operator = operator

    def forward(self, inputs: Tensor) -> Tensor:
        """Overwrite and return the input. Shape: any -> the same."""
        return self._operator(inputs)


class LowMemoryRMSNorm(Substitute):
    """RMS norm, x / sqrt(mean(x^2) + eps) times a gain (Zhang and Sennrich 2019), with one new tensor."""

    def __init__(self, original: nn.Module, gain: Tensor, eps: float) -> None:
        """Store the parameters of the original norm. Shape: gain (width,)."""
        super().__init__(original)
        self.gain = nn.Parameter(gain, requires_grad=False)
        self._eps = eps

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise the last axis. Shape: (..., width) -> the same."""
        if inputs.is_cuda:
            return functional.rms_norm(inputs, self.gain.shape, self.gain, self._eps)
        length = torch.linalg.vector_norm(inputs, dim=-1, keepdim=True)
        scale = length.square_().div_(inputs.shape[-1]).add_(self._eps).rsqrt_()
        normed: Tensor = (inputs * scale).mul_(self.gain)
        return normed


def substitute(model: nn.Module) -> int:
    """Replace each activation and norm that has an equivalent :class:`Substitute`; return how many.

    Norms are kept in models with several number formats, where it is up to the model in which format a norm
    is computed, and on a CPU in short number formats.
    """
    weights = [weight for weight in model.parameters() if weight.is_floating_point()]
    formats = {weight.dtype for weight in weights}
    norms = formats <= {torch.float32} or (len(formats) == 1 and all(weight.is_cuda for weight in weights))
    with torch.inference_mode():
        return replace_layers(model, lambda layer: _substitute_of(layer, norms))


def restore(model: nn.Module) -> None:
    """Put the original layers back; the inverse of :func:`substitute`."""
    replace_layers(model, lambda layer: layer.__dict__["original"] if isinstance(layer, Substitute) else None)


def _substitute_of(layer: nn.Module, norms: bool) -> Substitute | None:
    """Return the substitute of an activation or norm without hooks that takes a single tensor, if any."""
    name = type(layer).__name__.lower()
    create: Callable[[nn.Module], Substitute | None]
    if "rmsnorm" in name and norms:
        create = _low_memory_norm
    elif "gelu" in name or "silu" in name:
        create = _in_place_activation
    else:
        return None
    has_hooks = layer._forward_hooks or layer._forward_pre_hooks
    if has_hooks or list(layer.children()) or len(inspect.signature(layer.forward).parameters) != 1:
        return None
    try:
        return create(layer)
    except Exception:  # the layer has a familiar name, but does something else
        return None


def _in_place_activation(activation: nn.Module) -> InPlaceActivation | None:
    """Return the in-place activation that gives the same bits on small and large inputs, if any does."""
    if list(activation.parameters()):
        return None
    large = torch.logspace(1, 4, 13)
    probe = torch.cat([torch.linspace(-6, 6, 97), large, -large])
    expected = activation(probe.clone())
    equal = (operator for operator in _IN_PLACE_OPERATORS if torch.equal(operator(probe.clone()), expected))
    return next((InPlaceActivation(activation, operator) for operator in equal), None)


def _low_memory_norm(norm: nn.Module) -> LowMemoryRMSNorm | None:
    """Return the equivalent norm, if any; it is compared on rows of very different magnitudes.

    The gain is the weight, or 1 + weight (Gemma).
    """
    weight, eps = getattr(norm, "weight", None), getattr(norm, "variance_epsilon", getattr(norm, "eps", None))
    if not isinstance(weight, Tensor) or not isinstance(eps, float):
        return None
    row = torch.linspace(-2, 3, weight.numel(), device=weight.device).roll(weight.numel() // 3)
    probe = (row * torch.logspace(-5, 3, 9, device=weight.device)[:, None]).to(weight.dtype)
    expected = norm(probe)
    tolerance = max(_NORM_TOLERANCE, torch.finfo(weight.dtype).eps)
    gains = [weight.detach()]
    if weight.dtype == torch.float32:  # in a short number format the sum would be rounded
        gains.append(1 + weight.detach())
    for gain in gains:
        candidate = LowMemoryRMSNorm(norm, gain, eps)
        if torch.allclose(candidate(probe), expected, rtol=tolerance, atol=_NORM_TOLERANCE):
            return candidate
    return None
