"""Low-rank adapters (LoRA) that are trained in place of a model's weights, and then merged into them."""

from __future__ import annotations

from typing import Any

from evenband.errors import MissingExtraError, ModelError


def add_adapters(model: Any, rank: int, name: str) -> None:
    """Freeze a model's network, and add adapters to all of its linear layers.

    Args:
        model: of sentence-transformers.
        rank: of the adapters.
        name: of the model, for messages.

    Raises:
        MissingExtraError: if PEFT is not installed, or is too old for the installed transformers.
        ModelError: if the network takes no adapters.
    """
    try:
        import peft
    except ImportError:
        raise MissingExtraError("Adapters of PEFT", "peft") from None
    config = peft.LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="FEATURE_EXTRACTION"
    )
    try:
        model.add_adapter(config)
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"model {name!r} takes no adapters (--lora): {error}") from error


def merge_adapters(model: Any) -> None:
    """Add the adapters to the weights, so that the model is saved and loaded like any other."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    network = model.transformers_model
    layers = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, BaseTunerLayer)]
    for name, layer in layers:
        layer.merge()
        parent, _, last = name.rpartition(".")
        setattr(network.get_submodule(parent) if parent else network, last, layer.get_base_layer())
    network._hf_peft_config_loaded = False
    if "peft_config" in vars(network):
        del network.peft_config
    for weight in network.parameters():
        weight.requires_grad_(True)
