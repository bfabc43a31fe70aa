"""The identity of a live model's weights, and a quick way to see whether they changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from evenband.digests import digest_of
from evenband.encoders.local.adapters import adapter_state
from evenband.encoders.local.description import max_tokens, network_config
from evenband.encoders.local.own_similarity import declared_similarity

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from torch import nn

Fingerprint: TypeAlias = tuple[Any, ...]


def digest_weights(model: nn.Module) -> str:
    """Return 32 hexadecimal digits: a hash of the state dict's names, types, shapes and bytes."""
    total = hashlib.blake2b(digest_size=16)
    for name, value in sorted(model.state_dict().items()):
        total.update(f"{name}\0{_kind(value)}\0".encode())
        content: Any = _bytes(value).cpu().numpy() if _is_tensor(value) else repr(value).encode()
        total.update(content)
    return total.hexdigest()


def fingerprint(model: SentenceTransformer) -> Fingerprint:
    """Return what differs whenever the weights or settings do; far quicker than their digest."""
    settings = (
        max_tokens(model),
        model.truncate_dim,
        str(model.device),
        str(model.dtype),
        declared_similarity(model),
    )
    return (*state_fingerprint(model), settings, structure(model))


def state_fingerprint(model: nn.Module) -> Fingerprint:
    """Return what differs whenever the weights of any network do.

    A tensor's version counts its changes in place, but not those through ``.data``, hence the
    checksums. They read every weight once, as each call of the model does.
    """
    state = model.state_dict()
    tensors = [(name, value) for name, value in state.items() if _is_tensor(value)]
    sums = [_checksum(value) for _, value in tensors]
    weights = [
        (name, _kind(value), value.data_ptr(), 0 if value.is_inference() else value._version)
        for name, value in tensors
    ]
    others = [(name, repr(value)) for name, value in state.items() if not _is_tensor(value)]
    return (weights, [int(one) for one in sums], others)


def _checksum(tensor: torch.Tensor) -> int | torch.Tensor:
    """Return the sum of a tensor's bytes, eight at a time as one integer; not waiting for a GPU."""
    content = _bytes(tensor)
    if content.device.type != "cpu":
        return sum_words(content)
    array = content.numpy()  # several times as fast as PyTorch where the memory is not aligned
    whole = array.size // 8 * 8
    with np.errstate(over="ignore"):
        return int(array[:whole].view(np.int64).sum() + array[whole:].sum(dtype=np.int64))


def sum_words(content: torch.Tensor) -> torch.Tensor:
    """Add up bytes, eight at a time as one integer, with PyTorch. Shape: (b,) -> ()."""
    import torch

    whole = content.numel() // 8 * 8
    words = content[:whole] if content.storage_offset() % 8 == 0 else content[:whole].clone()
    return words.view(torch.int64).sum() + content[whole:].sum()


def structure(model: Any) -> list[Any]:
    """Return what decides the vectors beside weights and prompts, as plain data."""
    tokenizer: Any = getattr(model, "tokenizer", None)
    config = network_config(model)
    return [
        repr(model),  # the modules, with their settings
        dict(model.prompts),
        model.default_prompt_name,
        "" if config is None else config.to_json_string(),
        type(tokenizer).__name__,
        len(tokenizer) if hasattr(tokenizer, "__len__") else 0,
        *adapter_state(model),
    ]


def digest_tokenizer(model: Any) -> str:
    """Return 32 hexadecimal digits: a hash of a fast tokenizer's vocabulary and rules; empty without one."""
    backend = getattr(getattr(model, "tokenizer", None), "backend_tokenizer", None)
    if backend is None:
        return ""
    content = json.loads(backend.to_str())
    return digest_of({key: value for key, value in content.items() if key not in ("padding", "truncation")})


def _bytes(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor's bytes. Shape: any of b bytes -> (b,)."""
    import torch

    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)


def _kind(value: Any) -> str:
    return f"{value.dtype} {tuple(value.shape)}" if _is_tensor(value) else type(value).__name__


def _is_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor)
