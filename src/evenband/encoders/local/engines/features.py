"""Tokenized texts in batches of equal or nearly equal length, from sentence-transformers' tokenization."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

TEXTS_PER_CALL = 1024
"""Number of texts to tokenize at a time."""

PADDING_DIVISOR = 8
"""Texts are padded by at most this fraction of the longest (an eighth), or by two tokens if that is more."""

Rows: TypeAlias = NDArray[np.intp]


class UnsupportedError(Exception):
    """An engine cannot compute this model exactly; the message says why."""


@dataclass(frozen=True)
class Batch:
    """Tokenized texts of equal length, padded only where there is a mask.

    Attributes:
        rows: (b,) index of each text in the input.
        tokens: features with one value per token, such as ``input_ids``, each (b, length); the attention
            mask is not among them.
        constants: features that are the same for all texts, such as ``prompt_length``.
        mask: (b, length) attention mask, 0 where padded; ``None`` without padding.
    """

    rows: Rows
    tokens: dict[str, torch.Tensor]
    constants: dict[str, Any]
    mask: torch.Tensor | None = None

    @property
    def length(self) -> int:
        """Number of tokens per text."""
        return int(self.tokens["input_ids"].shape[1])

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.rows)

    @property
    def size(self) -> int:
        """Number of tokens in all."""
        return len(self) * self.length

    @property
    def repeated(self) -> int:
        """Number of tokens that every part of a split computes again: none."""
        return 0

    def split(self, max_tokens: int) -> Iterator[Batch]:
        """Yield parts of at most ``max_tokens`` tokens, or of a single text."""
        step = max(1, max_tokens // max(self.length, 1))
        for start in range(0, len(self), step):
            part = slice(start, start + step)
            tokens = {key: value[part] for key, value in self.tokens.items()}
            mask = None if self.mask is None else self.mask[part]
            yield Batch(self.rows[part], tokens, self.constants, mask)


def preprocess(model: SentenceTransformer, texts: list[str], prompt: str, task: str | None) -> dict[str, Any]:
    """Return the features that ``SentenceTransformer.encode`` computes, with shorter texts padded."""
    options = {"task": task} if task else {}
    return dict(model.preprocess(texts, prompt=prompt or None, **options))


def has_rows_of_tokens(model: SentenceTransformer, prompt: str, task: str | None) -> bool:
    """Return whether each text becomes a row of tokens with a mask; not so for tables of words and bags."""
    features = preprocess(model, ["a"], prompt, task)
    ids, mask = features.get("input_ids"), features.get("attention_mask")
    shapes = [getattr(value, "shape", None) for value in (ids, mask)]
    return shapes[0] is not None and len(shapes[0]) == 2 and shapes[0] == shapes[1]


def tokenize(model: SentenceTransformer, texts: Sequence[str], prompt: str, task: str | None) -> list[Batch]:
    """Return one batch of all texts of each length in tokens, shortest first.

    Raises:
        UnsupportedError: if the features are not one sequence of tokens per text.
    """
    by_length: dict[int, list[Batch]] = {}
    order: Rows = np.argsort([len(text) for text in texts], kind="stable")
    for start in range(0, len(order), TEXTS_PER_CALL):
        rows = order[start : start + TEXTS_PER_CALL]
        features = preprocess(model, [texts[row] for row in rows], prompt, task)
        for batch in _strip_padding(rows, features):
            by_length.setdefault(batch.length, []).append(batch)
    return [_concatenate(by_length[length]) for length in sorted(by_length)]


def merge_small(batches: Sequence[Batch], min_tokens: int, max_tokens: int, tokenizer: Any) -> list[Batch]:
    """Merge small batches of nearly equal length, with padding.

    Args:
        batches: unpadded batches of different lengths, shortest first.
        min_tokens: batches of fewer tokens are merged.
        max_tokens: most tokens in a merged batch, padding included.
        tokenizer: gives the padding side and token; without a padding side, nothing is merged.
    """
    batches = [batch for batch in batches if len(batch)]
    if getattr(tokenizer, "padding_side", None) is None:
        return batches
    merged = [batch for batch in batches if batch.size >= min_tokens]
    similar: list[Batch] = []
    for batch in reversed([batch for batch in batches if batch.size < min_tokens]):
        if similar:
            longest = similar[0].length
            texts = sum(len(other) for other in similar) + len(batch)
            padding = longest - batch.length
            if padding > max(2, longest // PADDING_DIVISOR) or texts * longest > max_tokens:
                merged.append(_pad(similar, tokenizer))
                similar = []
        similar.append(batch)
    return [*merged, _pad(similar, tokenizer)] if similar else merged


def _pad(batches: list[Batch], tokenizer: Any) -> Batch:
    """Merge batches into one, padded to the length of the first, which is the longest."""
    import torch

    if len(batches) == 1:
        return batches[0]
    longest = batches[0].length
    fill = {"input_ids": tokenizer.pad_token_id or 0, "token_type_ids": tokenizer.pad_token_type_id}

    def pad(value: torch.Tensor, filler: int) -> torch.Tensor:
        missing = longest - value.shape[1]
        sides = (missing, 0) if tokenizer.padding_side == "left" else (0, missing)
        return torch.nn.functional.pad(value, sides, value=filler)

    tokens = {
        key: torch.cat([pad(batch.tokens[key], fill.get(key, 0)) for batch in batches])
        for key in batches[0].tokens
    }
    mask = torch.cat([pad(torch.ones_like(batch.tokens["input_ids"]), 0) for batch in batches])
    return Batch(np.concatenate([batch.rows for batch in batches]), tokens, batches[0].constants, mask)


def _strip_padding(rows: Rows, features: dict[str, Any]) -> Iterator[Batch]:
    """Yield one unpadded batch for each length among padded texts."""
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
        raise UnsupportedError("some of its inputs are not one number per token")
    constants = {k: v for k, v in features.items() if not isinstance(v, torch.Tensor)}
    for length in torch.unique(lengths).tolist():
        selected = torch.nonzero(lengths == length).squeeze(1)
        part = slice(width - length, width) if left else slice(0, length)
        yield Batch(
            rows[selected.cpu().numpy()], {k: v[selected, part] for k, v in tokens.items()}, constants
        )


def _concatenate(batches: list[Batch]) -> Batch:
    """Join batches of the same length into one."""
    import torch

    rows = np.concatenate([batch.rows for batch in batches])
    tokens = {key: torch.cat([batch.tokens[key] for batch in batches]) for key in batches[0].tokens}
    return Batch(rows, tokens, batches[0].constants)
