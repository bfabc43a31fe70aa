"""oneDNN's packed weights compute what the ordinary layer computes, or are not used."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from evenband.encoders.local.engines import linear

backend: Any = torch.backends.mkldnn
needs_onednn = pytest.mark.skipif(not backend.is_available(), reason="this PyTorch has no oneDNN")


def network(bias: bool = True) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(48, 96, bias=bias), nn.GELU(), nn.Sequential(nn.Linear(96, 7, bias=bias)))


@needs_onednn
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 48), (3, 5, 48), (0, 48)])
def test_a_packed_network_answers_as_before_and_unpacks_to_the_same_bits(
    bias: bool, shape: tuple[int, ...]
) -> None:
    model = network(bias)
    inputs = torch.randn(shape)
    with torch.inference_mode():
        expected = model(inputs)
        assert linear.pack(model) == 2
        torch.testing.assert_close(model(inputs), expected, rtol=1e-5, atol=1e-6)
        linear.unpack(model)
        assert torch.equal(model(inputs), expected)
    assert not any(isinstance(module, linear.PackedLinear) for module in model.modules())


@needs_onednn
def test_only_plain_float_layers_are_packed() -> None:
    class Own(nn.Linear):
        pass

    hooked = nn.Linear(4, 4)
    hooked.register_forward_hook(lambda *_: None)
    others = [Own(4, 4), nn.Linear(4, 4, dtype=torch.float64), nn.Linear(4, 4, device="meta"), hooked]
    assert linear.pack(nn.ModuleList(others)) == 0
    assert linear.pack(nn.ModuleList([*others, nn.Linear(4, 4)])) == 1


@needs_onednn
def test_a_product_that_is_not_the_layers_own_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    monkeypatch.setattr(
        linear.PackedLinear, "forward", lambda self, x: x.new_zeros(*x.shape[:-1], self.out_features)
    )
    assert linear.pack(model) == 0


def test_a_pytorch_whose_operators_fail_keeps_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no such kernel\nlong story")

    monkeypatch.setattr(linear.PackedLinear, "forward", fail)
    model = network()
    expected = model(torch.ones(2, 48))
    assert linear.pack(model) == 0
    assert torch.equal(model(torch.ones(2, 48)), expected)


def test_a_pytorch_without_onednn_keeps_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "is_available", lambda: False)
    assert linear.pack(network()) == 0


def test_a_format_is_timed_against_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least of several times of each."""
    ticks = iter([0.0, 9.0, 0.0, 2.0, 0.0, 3.0, 0.0, 2.5, 0.0, 9.0, 0.0, 1.0, 0.0, 4.0, 0.0, 1.5])
    with monkeypatch.context() as patch:
        patch.setattr("time.perf_counter", lambda: next(ticks))
        assert linear.gain(torch.bfloat16) == 2.0


def test_what_is_timed_is_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that only products move on: float32 against itself gains nothing."""
    clock = SimpleNamespace(seconds=0.0)

    def product(layer: Any, inputs: torch.Tensor) -> torch.Tensor:
        clock.seconds += 3.0 if inputs.dtype == torch.float32 else 1.0
        return inputs.new_zeros(*inputs.shape[:-1], layer.out_features)

    for kind in (nn.Linear, linear.PackedLinear):
        monkeypatch.setattr(kind, "forward", product)
    monkeypatch.setattr("time.perf_counter", lambda: clock.seconds)
    assert linear.gain(torch.float32) == 1.0
    assert linear.gain(torch.bfloat16) == 3.0
