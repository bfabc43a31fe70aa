"""Attention properties of a model's network, and replacement of its attention function."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from evenband.encoders.local.engines.features import UnsupportedError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_IGNORED_ARGUMENTS = {
    *("position_ids", "cache_position", "output_attentions", "use_cache", "return_dict"),
    *("deterministic", "output_hidden_states"),
}
"""Arguments of an attention function that do not change its output here."""

_replacing = threading.RLock()


def replaceable_network(model: SentenceTransformer) -> Any:
    """Return the model's network if it uses transformers' attention interface, else ``None``."""
    network = getattr(model[0], "auto_model", None)
    return network if getattr(network, "_supports_attention_backend", False) else None


def causal_flags(model: SentenceTransformer) -> list[bool]:
    """Return the ``is_causal`` flag of every attention layer that has one."""
    network = getattr(model[0], "auto_model", None)
    modules = network.modules() if network is not None else ()
    return [bool(module.is_causal) for module in modules if hasattr(module, "is_causal")]


def looks_causal(model: SentenceTransformer) -> bool:
    """Return whether the model has attention layers and all are flagged as causal."""
    flags = causal_flags(model)
    return bool(flags) and all(flags)


def sliding_window(network: Any) -> int | None:
    """Return the smallest sliding window of any layer in tokens; texts up to that length are unaffected."""
    windows = [getattr(module, "sliding_window", None) for module in network.modules()]
    config = network.config.get_text_config()
    windows.append(
        getattr(config, "sliding_window", None) if getattr(config, "use_sliding_window", True) else None
    )
    return min((int(window) for window in windows if window), default=None)


def key_width(network: Any) -> int:
    """Return the number of key elements per token and layer, over all key heads.

    Falls back to the hidden size where the configuration does not have one number of heads for all layers.
    """
    config = network.config.get_text_config()
    heads = getattr(config, "num_attention_heads", None)
    key_heads = getattr(config, "num_key_value_heads", heads)
    if not isinstance(heads, int) or not isinstance(key_heads, int):  # some have a list with one per layer
        return int(config.hidden_size)
    return int(getattr(config, "head_dim", None) or config.hidden_size // heads) * key_heads


@contextlib.contextmanager
def replaced_attention(network: Any, name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Context manager: the network's layers call ``function``, registered with transformers under ``name``.

    The replacement holds for all threads that use the network. Other threads that want to replace its
    attention wait until this one is done.
    """
    from transformers import AttentionInterface

    AttentionInterface.register(name, function)
    configs = {id(module.config): module.config for module in network.modules() if hasattr(module, "config")}
    with _replacing:
        before = [(config, config._attn_implementation) for config in configs.values()]
        try:
            for config, _ in before:
                config._attn_implementation = name
            yield
        finally:
            for config, implementation in before:
                config._attn_implementation = implementation


def check_arguments(mask: Any, dropout: float, others: dict[str, Any]) -> None:
    """Refuse arguments of an attention function that would change its output.

    Raises:
        UnsupportedError: naming them.
    """
    if mask is not None:
        raise UnsupportedError("its layers use their own attention mask")
    if dropout:
        raise UnsupportedError("its layers use dropout")
    unknown = sorted(
        key for key, value in others.items() if value is not None and key not in _IGNORED_ARGUMENTS
    )
    if unknown:
        raise UnsupportedError(f"its attention takes {', '.join(unknown)}")
