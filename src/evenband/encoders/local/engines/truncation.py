"""What a model reads of texts, from the library's own tokenization, and what is cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evenband.encoders.local.engines.features import TEXTS_PER_CALL, preprocess
from evenband.types import Readings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def read_with_library(
    model: SentenceTransformer, texts: Sequence[str], prompt: str, task: str | None
) -> Readings | None:
    """Return what a model reads of each text; ``None`` if its inputs are no tokens in a row."""
    ids: list[list[int]] = []
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    for start in range(0, len(order), TEXTS_PER_CALL):
        part = [texts[row] for row in order[start : start + TEXTS_PER_CALL]]
        tokens = _token_ids(preprocess(model, part, prompt, task))
        if tokens is None:
            return None
        ids += tokens
    place = {row: position for position, row in enumerate(order)}
    ids = [ids[place[row]] for row in range(len(texts))]
    return Readings.of_ids(
        ids, [_find_rest(model, prompt + text, own) for text, own in zip(texts, ids, strict=True)]
    )


def _token_ids(features: dict[str, Any]) -> list[list[int]] | None:
    """Return the token ids of each text, without padding; ``None`` where there is no mask to tell it."""
    ids, mask = features.get("input_ids"), features.get("attention_mask")
    if ids is None or mask is None or ids.ndim != 2 or ids.shape != mask.shape:
        return None
    return [row[own].tolist() for row, own in zip(ids, mask.bool(), strict=True)]


def _find_rest(model: SentenceTransformer, text: str, ids: Sequence[int]) -> list[int]:
    """Return something that stands for what is cut off a text, empty where nothing is.

    A text that fills the limit is tokenized once more without it, and is cut if it then has more tokens.
    """
    if model.max_seq_length is None or len(ids) < model.max_seq_length:
        return []
    try:
        whole = model.tokenizer(text, truncation=False, padding=False, verbose=False)["input_ids"]
    except Exception:  # a tokenizer of the model's own may know none of this
        return [ord(letter) for letter in text]
    return list(whole) if len(whole) > len(ids) else []
