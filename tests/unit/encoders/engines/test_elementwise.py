"""Activations and norms with less memory give what the model's own do, or stay as they were."""

from __future__ import annotations

import importlib

import pytest
import torch
from torch import nn
from transformers.activations import ACT2FN

from evenband.encoders.engines import elementwise


@pytest.mark.parametrize("name", ["gelu", "gelu_pytorch_tanh", "silu", "swish", "gelu_new"])
def test_an_activation_overwrites_its_input_with_the_same_bits(name: str) -> None:
    """``gelu_new`` spells the formula out, so that its bits are its own and it stays."""
    model = nn.Sequential(nn.Linear(5, 7), ACT2FN[name])
    inputs = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(inputs)
        count = elementwise.slim(model)
        assert count == (name != "gelu_new")
        assert torch.equal(model(inputs), expected)
        states = torch.randn(3, 7)
        assert (model[1](states).data_ptr() == states.data_ptr()) == bool(count)


def test_the_model_is_as_it_was_afterwards() -> None:
    model = nn.Sequential(nn.GELU(), nn.Sequential(nn.SiLU()), nn.Tanh())
    before = [str(module) for module in model.modules()], list(model.state_dict())
    inner = model[0]
    assert elementwise.slim(model) == 2
    elementwise.restore(model)
    assert ([str(module) for module in model.modules()], list(model.state_dict())) == before
    assert model[0] is inner


def test_what_only_bears_the_name_or_is_watched_stays() -> None:
    class ShiftedGELU(nn.Module):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return nn.functional.gelu(inputs) + 1e-3

    class LearnedSiLU(nn.SiLU):
        def __init__(self) -> None:
            super().__init__()
            self.slope = nn.Parameter(torch.ones(1))

    watched = nn.GELU()
    watched.register_forward_hook(lambda *_: None)
    model = nn.Sequential(ShiftedGELU(), LearnedSiLU(), watched, nn.ReLU())
    assert elementwise.slim(model) == 0


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
        assert elementwise.slim(model) == 1
        torch.testing.assert_close(model(inputs), expected, rtol=1e-6, atol=1e-6)
    elementwise.restore(model)
    assert model[0] is norm


def test_a_norm_of_another_formula_or_format_stays() -> None:
    class MeanRMSNorm(nn.RMSNorm):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return super().forward(inputs - inputs.mean(-1, keepdim=True))

    model = nn.Sequential(MeanRMSNorm(8, eps=1e-5), nn.RMSNorm(8, eps=1e-5, dtype=torch.bfloat16))
    assert elementwise.slim(model) == 0
