"""Tokens of a static model: what is averaged, and what a text has behind the model's limit."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenband.encoders.local.static.static_folder import StaticFolder


@dataclass(frozen=True)
class StaticTokens:
    """The tokens of n texts.

    Attributes:
        pooled: ids whose vectors are averaged.
        known: number of them that are not the unknown token.
        rests: ids that the limit cuts off.
    """

    pooled: list[list[int]]
    known: list[int]
    rests: list[list[int]]


class StaticTokenizer:
    """Tokenizes texts as the library does that a folder belongs to."""

    def __init__(self, folder: StaticFolder, max_tokens: int | None) -> None:
        """Create the tokenizer; ``max_tokens`` is where texts are cut."""
        self._tokenizer = folder.tokenizer
        self._drops_unknown = folder.is_model2vec
        self._keeps_end = folder.keeps_end
        self.max_tokens = max_tokens
        self.unknown = _unknown_token(folder.tokenizer)
        self._tokenizer.no_truncation()
        self._most_characters = None
        if folder.is_model2vec and max_tokens is not None:
            lengths = [len(token) for token in folder.tokenizer.get_vocab()]
            self._most_characters = max_tokens * int(np.median(lengths))
        self._lock = threading.Lock()

    def read(self, texts: Sequence[str]) -> StaticTokens:
        """Tokenize texts; special tokens are not added."""
        whole = self._ids(texts)
        cut = whole if self._most_characters is None else self._cut_ids(texts, whole)
        pooled, known, rests = [], [], []
        for all_ids, ids in zip(whole, cut, strict=True):
            kept, rest = self._cut(ids, all_ids)
            rests.append(rest)
            recognised = [token for token in kept if token != self.unknown]
            known.append(len(recognised))
            pooled.append(recognised if self._drops_unknown else kept)
        return StaticTokens(pooled, known, rests)

    def pieces(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Return the vocabulary's entry of each token."""
        return tuple(str(self._tokenizer.id_to_token(token)) for token in ids)

    def _cut(self, ids: list[int], whole: list[int]) -> tuple[list[int], list[int]]:
        """Return the tokens of a text that are kept, and those that the limit cuts off."""
        if self._keeps_end and self.max_tokens is not None:
            first = max(len(ids) - self.max_tokens, 0)
            return ids[first:], ids[:first]
        kept = ids[: self.max_tokens]
        return kept, [] if kept == whole else _behind(kept, whole)

    def _cut_ids(self, texts: Sequence[str], whole: list[list[int]]) -> list[list[int]]:
        """Return the tokens of texts that are first cut to a number of characters, as model2vec does."""
        rows = [row for row, text in enumerate(texts) if len(text) > (self._most_characters or 0)]
        cut = self._ids([texts[row][: self._most_characters] for row in rows])
        found = dict(zip(rows, cut, strict=True))
        return [found.get(row, ids) for row, ids in enumerate(whole)]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        with self._lock:
            encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [list(encoding.ids) for encoding in encodings]


def _behind(kept: Sequence[int], whole: Sequence[int]) -> list[int]:
    """Return what a text has behind its kept tokens; at least one number, since it was cut."""
    shared = next((at for at, token in enumerate(kept) if whole[at : at + 1] != [token]), len(kept))
    return list(whole[shared:]) or [-1]


def _unknown_token(tokenizer: Any) -> int | None:
    """Return the id of the token that stands for whatever the vocabulary lacks; ``None`` without one."""
    model = json.loads(tokenizer.to_str())["model"]
    if model.get("unk_id") is not None:
        return int(model["unk_id"])
    token = model.get("unk_token")
    return None if token is None else tokenizer.token_to_id(token)
