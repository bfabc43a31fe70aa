"""Activations in place give the same bits, or stay as they were."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers.activations import ACT2FN

from evenband.encoders.engines import activations


@pytest.mark.parametrize("name", ["gelu", "gelu_pytorch_tanh", "silu", "swish", "gelu_new"])
def test_an_activation_overwrites_its_input_with_the_same_bits(name: str) -> None:
    """``gelu_new`` spells the formula out, so that its bits are its own and it stays."""
    model = nn.Sequential(nn.Linear(5, 7), ACT2FN[name])
    inputs = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(inputs)
        count = activations.overwrite(model)
        assert count == (name != "gelu_new")
        assert torch.equal(model(inputs), expected)
        states = torch.randn(3, 7)
        assert (model[1](states).data_ptr() == states.data_ptr()) == bool(count)


def test_the_model_is_as_it_was_afterwards() -> None:
    model = nn.Sequential(nn.GELU(), nn.Sequential(nn.SiLU()), nn.Tanh())
    before = [str(module) for module in model.modules()], list(model.state_dict())
    inner = model[0]
    assert activations.overwrite(model) == 2
    activations.restore(model)
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
    assert activations.overwrite(model) == 0
