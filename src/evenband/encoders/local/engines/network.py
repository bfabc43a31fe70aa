"""What a model's network says of its attention, and how that is exchanged for another function."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from evenband.encoders.local.engines.features import UnsupportedError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_IGNORED = {
    *("position_ids", "cache_position", "output_attentions", "use_cache", "return_dict"),
    "deterministic",
}
"""Arguments of an attention function that change nothing in what it computes for us."""

_exchanging = threading.RLock()


def exchangeable(model: SentenceTransformer) -> Any:
    """The network within, whose layers ask transformers' attention interface; ``None`` if they do not."""
    network = getattr(model[0], "auto_model", None)
    return network if getattr(network, "_supports_attention_backend", False) else None


def causal_claims(model: SentenceTransformer) -> list[bool]:
    """Of every attention layer, whether it calls itself causal."""
    network = getattr(model[0], "auto_model", None)
    modules = network.modules() if network is not None else ()
    return [bool(module.is_causal) for module in modules if hasattr(module, "is_causal")]


def looks_causal(model: SentenceTransformer) -> bool:
    """Whether every attention layer calls itself causal."""
    claims = causal_claims(model)
    return bool(claims) and all(claims)


def sliding_window(network: Any) -> int | None:
    """The shortest window of a layer: texts up to that length are not affected by it."""
    windows = [getattr(module, "sliding_window", None) for module in network.modules()]
    config = network.config.get_text_config()
    windows.append(
        getattr(config, "sliding_window", None) if getattr(config, "use_sliding_window", True) else None
    )
    return min((int(window) for window in windows if window), default=None)


def key_width(network: Any) -> int:
    """Numbers of one token's keys in a layer, all heads together; the hidden size where nothing tells."""
    config = network.config.get_text_config()
    heads = getattr(config, "num_attention_heads", None)
    shared = getattr(config, "num_key_value_heads", heads)
    if not isinstance(heads, int) or not isinstance(shared, int):  # such as one number per layer
        return int(config.hidden_size)
    return int(getattr(config, "head_dim", None) or config.hidden_size // heads) * shared


@contextlib.contextmanager
def exchanged(network: Any, name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Within it, the network's layers attend by that function, which transformers knows by that name.

    One at a time: what holds for a network holds for all threads that use it.
    """
    from transformers import AttentionInterface

    AttentionInterface.register(name, function)
    configs = {id(module.config): module.config for module in network.modules() if hasattr(module, "config")}
    with _exchanging:
        before = [(config, config._attn_implementation) for config in configs.values()]
        try:
            for config, _ in before:
                config._attn_implementation = name
            yield
        finally:
            for config, implementation in before:
                config._attn_implementation = implementation


def refuse(mask: Any, dropout: float, others: dict[str, Any]) -> None:
    """Refuse arguments of an attention function that would change what it computes.

    Raises:
        UnsupportedError: naming them.
    """
    if mask is not None:
        raise UnsupportedError("its layers use an attention mask of their own")
    if dropout:
        raise UnsupportedError("its layers use dropout")
    strange = sorted(key for key, given in others.items() if given is not None and key not in _IGNORED)
    if strange:
        raise UnsupportedError(f"its attention takes {', '.join(strange)}")
