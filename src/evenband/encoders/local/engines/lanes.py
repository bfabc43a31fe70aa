"""Attention within short texts of equal length that uses all SIMD lanes of the processor.

PyTorch's CPU kernel computes the softmax of a row in full SIMD registers, 16 float32 numbers with AVX-512,
and the remainder one number at a time, at several times the cost. A text of nine tokens is all remainder. So
several very short texts are packed into one row, with a mask that keeps them apart, and rows that end in the
middle of a register are padded with masked keys.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from evenband.encoders.local.engines.features import UnsupportedError
from evenband.encoders.local.engines.network import (
    causal_flags,
    check_arguments,
    replaceable_network,
    replaced_attention,
    sliding_window,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LANE_ATTENTION = "evenband_lanes"
"""Name under which this attention is registered with transformers."""

_LANES = {"AVX512": 16, "AVX2": 8}
"""float32 numbers per SIMD register."""

MAX_REGISTERS = 8
"""Registers per row beyond which a partly filled one no longer matters."""

_no_padding: ContextVar[bool] = ContextVar("evenband_no_padding", default=False)


def max_length(model: SentenceTransformer) -> int:
    """Return the number of tokens up to which this attention is faster and exact; 0 if it never is."""
    network = replaceable_network(model)
    if network is None or model.device.type != "cpu" or any(causal_flags(model)) or lanes() == 1:
        return 0
    limit = MAX_REGISTERS * lanes()
    window = sliding_window(network)
    # In a bidirectional layer the window may mean that many tokens in all, half of them on either side.
    return limit if window is None else min(limit, window // 2)


def lane_attention(model: SentenceTransformer) -> AbstractContextManager[None]:
    """Context manager: the model's layers use :func:`attend`; batches must be :func:`unpadded`."""
    return replaced_attention(replaceable_network(model), LANE_ATTENTION, attend)


@contextlib.contextmanager
def unpadded() -> Iterator[None]:
    """Context manager: the caller asserts that batches on this thread contain no padding."""
    token = _no_padding.set(True)
    try:
        yield
    finally:
        _no_padding.reset(token)


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    is_causal: bool | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """Compute full attention within each text, with the arguments of transformers' interface.

    Shape: query (b, heads, n, width), key and value (b, key heads, n, width) -> (b, n, heads, width).

    Raises:
        UnsupportedError: if the layer asks for something that this function does not implement.
        RuntimeError: outside of :func:`unpadded`, since without a mask padding would go unnoticed.
    """
    del module
    if not _no_padding.get():
        raise RuntimeError("two threads use one model at the same time; give each thread its own model")
    check_arguments(attention_mask, dropout, others)
    texts, heads, length, _ = query.shape
    exceeds_window = sliding_window is not None and length > sliding_window // 2
    if is_causal or exceeds_window or key.shape[2] != length:
        raise UnsupportedError("its layers do not attend to the whole text")
    per_row = max(1, round(lanes() / length))
    output = query.new_empty(texts, length, heads, value.shape[-1])
    in_full_rows = texts // per_row * per_row
    for part, count in (
        (slice(0, in_full_rows), per_row),
        (slice(in_full_rows, texts), texts - in_full_rows),
    ):
        if part.start < part.stop:
            padding = _padding(count * length)
            states = functional.scaled_dot_product_attention(
                _pack(query[part], count),
                _pack(key[part], count, padding),
                _pack(value[part], count, padding),
                attn_mask=_mask(count, length, padding, query.dtype) if count > 1 or padding else None,
                scale=scaling,
                enable_gqa=heads != key.shape[1],
            )
            output[part] = states.transpose(1, 2).reshape(output[part].shape)
    return output, None


@cache
def lanes() -> int:
    """Return the number of float32 SIMD lanes of this processor; 1 if unknown."""
    return _LANES.get(torch.backends.cpu.get_cpu_capability(), 1)


def _padding(width: int) -> int:
    """Return the number of padding keys that fills a row's last register.

    0 if less than a quarter of the register is in use: computing so few numbers one by one is cheaper.
    """
    remainder = width % lanes()
    return 0 if remainder < max(1, lanes() // 4) else lanes() - remainder


def _pack(states: Tensor, count: int, padding: int = 0) -> Tensor:
    """Pack ``count`` texts into each row and append zeros.

    Shape: (b, heads, n, width) -> (b / count, heads, count n + padding, width).
    """
    texts, heads, length, width = states.shape
    rows = states.transpose(1, 2).reshape(texts // count, count * length, heads, width)
    if padding:
        padded = rows.new_zeros(len(rows), count * length + padding, heads, width)
        padded[:, : count * length] = rows
        rows = padded
    return rows.transpose(1, 2)


@cache
def _mask(count: int, length: int, padding: int, dtype: torch.dtype) -> Tensor:
    """Build the additive mask of a packed row: 0 between tokens of the same text, -inf elsewhere.

    Shape: (count length, count length + padding).
    """
    text = torch.arange(count).repeat_interleave(length)
    keys = torch.cat([text, torch.full((padding,), -1)])
    return torch.zeros(len(text), len(keys), dtype=dtype).masked_fill(text[:, None] != keys, float("-inf"))
