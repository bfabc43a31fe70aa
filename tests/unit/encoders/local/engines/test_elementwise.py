"""Activations and norms with less memory give what the model's own do, or stay as they were."""

from __future__ import annotations

import importlib

import pytest
import torch
from torch import nn
from transformers.activations import ACT2FN

from evenband.encoders.local.engines import elementwise


@pytest.mark.parametrize("name", ["gelu", "gelu_pytorch_tanh", "silu", "swish", "gelu_new"])
def test_an_activation_overwrites_its_input_with_the_same_bits(name: str) -> None:
    """``gelu_new`` spells the formula out, so that its bits are its own and it stays."""
    model = nn.Sequential(nn.Linear(5, 7), ACT2FN[name])
    inputs = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(inputs)
        count = elementwise.substitute(model)
        assert count == (name != "gelu_new")
        assert torch.equal(model(inputs), expected)
        states = torch.randn(3, 7)
        assert (model[1](states).data_ptr() == states.data_ptr()) == bool(count)


def test_the_model_is_as_it_was_afterwards() -> None:
    model = nn.Sequential(nn.GELU(), nn.Sequential(nn.SiLU(), nn.RMSNorm(4, eps=1e-6)), nn.Tanh())
    before = list(model.modules()), {name: weight.clone() for name, weight in model.state_dict().items()}
    assert elementwise.substitute(model) == 3
    assert [type(module).__name__ for module in model.modules()].count("LowMemoryRMSNorm") == 1
    elementwise.restore(model)
    assert all(one is other for one, other in zip(model.modules(), before[0], strict=True))
    assert model.state_dict().keys() == before[1].keys() == {"1.1.weight"}
    assert torch.equal(model.state_dict()["1.1.weight"], before[1]["1.1.weight"])


def test_what_only_bears_the_name_or_is_watched_stays() -> None:
    """Another formula, a second argument, a layer with layers in it, weights of its own, a hook."""

    class ShiftedGELU(nn.Module):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return nn.functional.gelu(inputs) + 1e-3

    class GatedSiLU(nn.Module):
        def forward(self, inputs: torch.Tensor, gate: torch.Tensor | None = None) -> torch.Tensor:
            return nn.functional.silu(inputs if gate is None else inputs * gate)

    class SiLUMLP(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.up = nn.Linear(5, 5, bias=False)

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return nn.functional.silu(self.up(inputs))

    class LearnedSiLU(nn.SiLU):
        def __init__(self) -> None:
            super().__init__()
            self.slope = nn.Parameter(torch.ones(1))

    watched = nn.GELU()
    watched.register_forward_hook(lambda *_: None)
    others = [ShiftedGELU(), ACT2FN["gelu_10"], GatedSiLU(), SiLUMLP(), LearnedSiLU(), watched, nn.ReLU()]
    assert elementwise.substitute(nn.Sequential(*others)) == 0


@pytest.mark.parametrize("kind", ["Qwen3", "Llama", "Mistral", "Gemma2", "Gemma3"])
def test_an_rms_norm_is_that_of_the_model(kind: str) -> None:
    """Gemma's multiply by one more than their weight."""
    module = importlib.import_module(f"transformers.models.{kind.lower()}.modeling_{kind.lower()}")
    norm = getattr(module, f"{kind}RMSNorm")(24, eps=1e-4)
    generator = torch.Generator().manual_seed(0)
    norm.weight.data = torch.rand(24, generator=generator)
    model = nn.Sequential(norm)
    inputs = torch.randn(3, 5, 24, generator=generator) * torch.logspace(-3, 3, 5)[:, None]
    with torch.inference_mode():
        expected = model(inputs)
        assert elementwise.substitute(model) == 1
        torch.testing.assert_close(model(inputs), expected, rtol=1e-6, atol=1e-6)
    elementwise.restore(model)
    assert model[0] is norm


def test_a_norm_of_another_formula_stays() -> None:
    """One that takes the mean away, one that adds eps to the root, one with a gate."""

    class MeanRMSNorm(nn.RMSNorm):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return super().forward(inputs - inputs.mean(-1, keepdim=True))

    class OutsideRMSNorm(nn.RMSNorm):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            root = inputs.square().mean(-1, keepdim=True).sqrt()
            return inputs / (root + 1e-6) * self.weight

    class GatedRMSNorm(nn.RMSNorm):
        def forward(self, x: torch.Tensor, gate: torch.Tensor | None = None) -> torch.Tensor:
            return super().forward(x if gate is None else x * gate)

    kinds = (MeanRMSNorm, OutsideRMSNorm, GatedRMSNorm)
    assert elementwise.substitute(nn.Sequential(*(kind(8, eps=1e-6) for kind in kinds))) == 0


@pytest.mark.parametrize("short", [torch.bfloat16, torch.float16])
def test_norms_of_a_model_with_short_weights_stay(short: torch.dtype) -> None:
    """On a CPU; also those whose own weights are float32: their inputs need not be."""
    for norm in (nn.RMSNorm(8, eps=1e-6), nn.RMSNorm(8, eps=1e-6, dtype=short)):
        assert elementwise.substitute(nn.Sequential(nn.Linear(8, 8, dtype=short), norm)) == 0
