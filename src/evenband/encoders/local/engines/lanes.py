"""Attention within texts of one length, so that the softmax fills the lanes of the processor.

PyTorch's CPU kernel takes the softmax of a row in whole vectors, 16 numbers with AVX-512, and what is
left over one by one, at several times the price. A text of nine tokens is all left-over. So very short
texts share a row, each masked to itself, and rows that end in the middle of a vector get masked keys.
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
    causal_claims,
    exchangeable,
    exchanged,
    refuse,
    sliding_window,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NAME = "evenband_lanes"
"""Under which transformers knows it."""

_LANES = {"AVX512": 16, "AVX2": 8}
"""Numbers of float32 in a vector of the processor."""

_unpadded: ContextVar[bool] = ContextVar("evenband_unpadded", default=False)

LONGEST = 8
"""Vectors in a row beyond which a part of one is no loss."""


def longest(model: SentenceTransformer) -> int:
    """Tokens of the longest text for which this is worth it and exact; 0 where it never is."""
    network = exchangeable(model)
    if network is None or model.device.type != "cpu" or any(causal_claims(model)) or lanes() == 1:
        return 0
    worth = LONGEST * lanes()
    window = sliding_window(network)
    # A bidirectional layer may mean half of its window to either side.
    return worth if window is None else min(worth, window // 2)


def attending(model: SentenceTransformer) -> AbstractContextManager[None]:
    """Within it, the model's layers attend so; a batch's texts have one length and no padding."""
    return exchanged(exchangeable(model), NAME, attend)


@contextlib.contextmanager
def unpadded() -> Iterator[None]:
    """Within it, and within :func:`attending`, this thread's batches have no padding."""
    token = _unpadded.set(True)
    try:
        yield
    finally:
        _unpadded.reset(token)


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
    """Attention of every token to all of its text, with the arguments that transformers gives.

    Shape: query (b, heads, n, width), key and value (b, key heads, n, width) -> (b, n, heads, width).

    Raises:
        UnsupportedError: if the layer asks for something that is not done here.
        RuntimeError: outside of :func:`unpadded`, since no mask would tell what is padding.
    """
    del module
    if not _unpadded.get():
        raise RuntimeError("two threads use one model at a time; expected one, or a model for each")
    refuse(attention_mask, dropout, others)
    texts, heads, length, _ = query.shape
    narrow = sliding_window is not None and length > sliding_window // 2
    if is_causal or narrow or key.shape[2] != length:
        raise UnsupportedError("its layers do not attend to the whole text")
    together = max(1, round(lanes() / length))
    output = query.new_empty(texts, length, heads, value.shape[-1])
    whole = texts // together * together
    for part, count in ((slice(0, whole), together), (slice(whole, texts), texts - whole)):
        if part.start < part.stop:
            more = _missing(count * length)
            found = functional.scaled_dot_product_attention(
                _side_by_side(query[part], count),
                _side_by_side(key[part], count, more),
                _side_by_side(value[part], count, more),
                attn_mask=_own_text(count, length, more, query.dtype) if count > 1 or more else None,
                scale=scaling,
                enable_gqa=heads != key.shape[1],
            )
            output[part] = found.transpose(1, 2).reshape(output[part].shape)
    return output, None


@cache
def lanes() -> int:
    """Numbers of float32 in a vector of this processor; 1 where that is not known."""
    return _LANES.get(torch.backends.cpu.get_cpu_capability(), 1)


def _missing(width: int) -> int:
    """Keys to add to a row of that many: none where it fills its vectors, or all but a few places of none."""
    left_over = width % lanes()
    return 0 if left_over < max(1, lanes() // 4) else lanes() - left_over


def _side_by_side(states: Tensor, count: int, more: int = 0) -> Tensor:
    """So many texts in one row, with so many zeros behind them.

    Shape: (b, heads, n, width) -> (b / count, heads, count n + more, width).
    """
    texts, heads, length, width = states.shape
    rows = states.transpose(1, 2).reshape(texts // count, count * length, heads, width)
    if more:
        padded = rows.new_zeros(len(rows), count * length + more, heads, width)
        padded[:, : count * length] = rows
        rows = padded
    return rows.transpose(1, 2)


@cache
def _own_text(count: int, length: int, more: int, dtype: torch.dtype) -> Tensor:
    """0 where two tokens are of one text, -inf elsewhere. Shape: (count length, count length + more)."""
    text = torch.arange(count).repeat_interleave(length)
    keys = torch.cat([text, torch.full((more,), -1)])
    return torch.zeros(len(text), len(keys), dtype=dtype).masked_fill(text[:, None] != keys, float("-inf"))
