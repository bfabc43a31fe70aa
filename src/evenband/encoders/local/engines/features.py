"""Token features of texts by sentence-transformers' own tokenization, in batches of one length or nearly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

CHUNK = 1024
"""Texts tokenized at a time."""

Rows: TypeAlias = NDArray[np.intp]


SLACK = 8
"""Texts that are padded may be an eighth shorter than the longest of them, or two tokens."""


class UnsupportedError(Exception):
    """The engine cannot do this model exactly; the message says why."""


@dataclass(frozen=True)
class Batch:
    """Texts of equally many tokens; unless there is a mask, nothing is padded.

    Attributes:
        rows: (b,) which texts.
        tokens: (b, length) per feature, such as ``input_ids``; no attention mask among them.
        constants: what holds for every text, such as ``prompt_length``.
        mask: (b, length) 1 where a token is the text's own; ``None`` where all are.
    """

    rows: Rows
    tokens: dict[str, torch.Tensor]
    constants: dict[str, Any]
    mask: torch.Tensor | None = None

    @property
    def length(self) -> int:
        """Tokens per text."""
        return int(self.tokens["input_ids"].shape[1])

    def __len__(self) -> int:
        """Texts."""
        return len(self.rows)

    @property
    def size(self) -> int:
        """Tokens in all."""
        return len(self) * self.length

    @property
    def repeated(self) -> int:
        """No token is computed in several parts."""
        return 0

    def split(self, most: int) -> Iterator[Batch]:
        """Parts of at most so many tokens, but of at least one text."""
        step = max(1, most // max(self.length, 1))
        for start in range(0, len(self), step):
            part = slice(start, start + step)
            tokens = {key: value[part] for key, value in self.tokens.items()}
            mask = None if self.mask is None else self.mask[part]
            yield Batch(self.rows[part], tokens, self.constants, mask)


def preprocess(model: SentenceTransformer, texts: list[str], prompt: str, task: str | None) -> dict[str, Any]:
    """Features as ``SentenceTransformer.encode`` makes them; shorter texts are padded."""
    extra = {"task": task} if task else {}
    return dict(model.preprocess(texts, prompt=prompt or None, **extra))


def tokenize(model: SentenceTransformer, texts: Sequence[str], prompt: str, task: str | None) -> list[Batch]:
    """All texts by their number of tokens, one batch per length, shortest first.

    Raises:
        UnsupportedError: if the features are not one sequence of tokens per text.
    """
    found: dict[int, list[Batch]] = {}
    order: Rows = np.argsort([len(text) for text in texts], kind="stable")
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        features = preprocess(model, [texts[row] for row in rows], prompt, task)
        for batch in _trim(rows, features):
            found.setdefault(batch.length, []).append(batch)
    return [_join(found[length]) for length in sorted(found)]


def gather(batches: Sequence[Batch], least: int, most: int, tokenizer: Any) -> list[Batch]:
    """Batches of fewer than ``least`` tokens put together with those of nearly their length, padded.

    Args:
        batches: of different lengths, shortest first; none of them padded.
        least: tokens from which on a batch is large enough.
        most: tokens that a batch may have.
        tokenizer: says what to pad with, and on which side; without one that does, nothing is padded.
    """
    batches = [batch for batch in batches if len(batch)]
    if getattr(tokenizer, "padding_side", None) is None:
        return batches
    found = [batch for batch in batches if batch.size >= least]
    near: list[Batch] = []
    for batch in reversed([batch for batch in batches if batch.size < least]):
        if near:
            longest = near[0].length
            texts = sum(len(one) for one in near) + len(batch)
            if longest - batch.length > max(2, longest // SLACK) or texts * longest > most:
                found.append(_pad(near, tokenizer))
                near = []
        near.append(batch)
    return [*found, _pad(near, tokenizer)] if near else found


def _pad(batches: list[Batch], tokenizer: Any) -> Batch:
    """One batch as long as the first of these, the longest."""
    import torch

    if len(batches) == 1:
        return batches[0]
    longest = batches[0].length
    fill = {"input_ids": tokenizer.pad_token_id or 0, "token_type_ids": tokenizer.pad_token_type_id}

    def stretched(value: torch.Tensor, filler: int) -> torch.Tensor:
        more = longest - value.shape[1]
        side = (more, 0) if tokenizer.padding_side == "left" else (0, more)
        return torch.nn.functional.pad(value, side, value=filler)

    tokens = {
        key: torch.cat([stretched(batch.tokens[key], fill.get(key, 0)) for batch in batches])
        for key in batches[0].tokens
    }
    mask = torch.cat([stretched(torch.ones_like(batch.tokens["input_ids"]), 0) for batch in batches])
    return Batch(np.concatenate([batch.rows for batch in batches]), tokens, batches[0].constants, mask)


def _trim(rows: Rows, features: dict[str, Any]) -> Iterator[Batch]:
    import torch

    ids, mask = features.get("input_ids"), features.get("attention_mask")
    if not isinstance(ids, torch.Tensor) or not isinstance(mask, torch.Tensor) or mask.shape != ids.shape:
        raise UnsupportedError("its inputs are not token ids with an attention mask")
    width = ids.shape[1]
    lengths = mask.sum(dim=1)
    left = bool(mask[:, -1].all())
    if not left and not bool(mask[:, 0].all()):
        raise UnsupportedError("its inputs are padded in the middle")
    tokens = {k: v for k, v in features.items() if isinstance(v, torch.Tensor) and k != "attention_mask"}
    if any(value.shape != ids.shape for value in tokens.values()):
        raise UnsupportedError("it has inputs beside one number per token")
    constants = {k: v for k, v in features.items() if not isinstance(v, torch.Tensor)}
    for length in torch.unique(lengths).tolist():
        chosen = torch.nonzero(lengths == length).squeeze(1)
        part = slice(width - length, width) if left else slice(0, length)
        yield Batch(rows[chosen.cpu().numpy()], {k: v[chosen, part] for k, v in tokens.items()}, constants)


def _join(batches: list[Batch]) -> Batch:
    import torch

    rows = np.concatenate([batch.rows for batch in batches])
    tokens = {key: torch.cat([batch.tokens[key] for batch in batches]) for key in batches[0].tokens}
    return Batch(rows, tokens, batches[0].constants)
