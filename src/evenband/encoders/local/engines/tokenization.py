"""Fast tokenization: token ids straight from the Rust backend of a model's tokenizer.

transformers and sentence-transformers wrap each text into several Python objects, which takes more than twice
as long as the tokenization itself. For each prompt, the library's own output on a few sample texts shows
which features it adds; the backend's settings after that call show where it truncates. If the backend alone
does not reproduce the samples, the library tokenizes this model's texts.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.encoders.local.engines.features import (
    TEXTS_PER_CALL,
    Batch,
    Rows,
    UnsupportedError,
    preprocess,
    tokenize,
)
from evenband.encoders.local.engines.truncation import read_with_library
from evenband.types import Readings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TOKENIZER_SAMPLES = (
    "let's eat, grandma",
    "",
    " Two  spaces\tand a\nline ",
    "ÀÉ ﬁ ½ ß İ 漢字 🙂 e\u0301 \u200b\xad",
    "[CLS] <s> </s> <|endoftext|> [MASK] [PAD] <pad>",
    "https://example.org/a.png",
    "1,000,000 letters, " * 200,
)
"""Texts with upper case, unusual spaces and characters, text that looks like special tokens, and a long text
that most models truncate."""

_backend_lock = threading.Lock()
"""Padding and truncation are global settings of a backend, so only one thread at a time may call one."""


@dataclass(frozen=True)
class Shortcut:
    """How to call the backend to get the library's features for one prompt.

    Attributes:
        backend: the tokenizer's backend, from the ``tokenizers`` library.
        prefix: text put before every text.
        truncation: the backend's truncation settings; ``None`` if texts are not truncated.
        plain_specials: whether text that looks like a special token is tokenized as ordinary text.
        zeros: names of features that are 0 for every token.
        constants: features that are the same for all texts.
    """

    backend: Any
    prefix: str
    truncation: dict[str, Any] | None
    plain_specials: bool
    zeros: tuple[str, ...]
    constants: dict[str, Any]

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text."""
        return [encoding.ids for part in self._encodings(texts) for encoding in part]

    def read(self, texts: Sequence[str]) -> Readings:
        """Return what is left of each text after truncation, and what was cut off."""
        ids: list[list[int]] = []
        rests: list[list[int]] = []
        for part in self._encodings(texts):
            ids += [encoding.ids for encoding in part]
            rests += [[token for more in encoding.overflowing for token in more.ids] for encoding in part]
        return Readings.of_ids(ids, rests)

    def _encodings(self, texts: Sequence[str]) -> Iterator[list[Any]]:
        """Yield the backend's encodings of the texts, those of one call at a time."""
        with _backend_lock:
            self.backend.no_padding()
            self.backend.encode_special_tokens = self.plain_specials
            if self.truncation is None:
                self.backend.no_truncation()
            else:
                self.backend.enable_truncation(**self.truncation)
            for start in range(0, len(texts), TEXTS_PER_CALL):
                part = [self.prefix + text for text in texts[start : start + TEXTS_PER_CALL]]
                yield self.backend.encode_batch_fast(part)

    def batches(self, texts: Sequence[str]) -> list[Batch]:
        """Return one batch of all texts of each length in tokens, shortest first.

        Raises:
            UnsupportedError: if a text has no tokens.
        """
        import torch

        ids = self.ids(texts)
        lengths = np.array([len(tokens) for tokens in ids])
        if not lengths.all():
            raise UnsupportedError("a text has no tokens")
        order: Rows = np.argsort(lengths, kind="stable")
        batches = []
        for rows in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            tokens = torch.from_numpy(np.array([ids[row] for row in rows.tolist()], dtype=np.int64))
            zeros = {name: torch.zeros_like(tokens) for name in self.zeros}
            batches.append(Batch(rows, {"input_ids": tokens, **zeros}, self.constants))
        return batches


class Tokenizer:
    """A model's own tokenization, through the backend where that gives the same tokens.

    The library's output on the samples is requested when a prompt is first seen, and again when the model's
    ``max_seq_length`` has changed. No other change of the model's tokenizer is noticed.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        """Create the tokenizer of a loaded model."""
        self._model = model
        self._shortcuts: dict[tuple[str, str | None, int | None], Shortcut | None] = {}

    def tokenize(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Batch]:
        """Return one batch of all texts of each length in tokens, shortest first.

        Raises:
            UnsupportedError: if the features are not one sequence of tokens per text.
        """
        shortcut = self._shortcut(prompt, task)
        if shortcut is None or not texts:
            return tokenize(self._model, texts, prompt, task)
        return shortcut.batches(texts)

    def ids(self, texts: Sequence[str], prompt: str, task: str | None) -> list[list[int]] | None:
        """Return the token ids of each text; ``None`` if the backend alone cannot give them."""
        shortcut = self._shortcut(prompt, task)
        return None if shortcut is None else shortcut.ids(texts)

    def read(self, texts: Sequence[str], prompt: str, task: str | None) -> Readings | None:
        """Return what the model reads of each text; ``None`` if its inputs are no tokens in a row."""
        shortcut = self._shortcut(prompt, task)
        return (
            read_with_library(self._model, texts, prompt, task) if shortcut is None else shortcut.read(texts)
        )

    def _shortcut(self, prompt: str, task: str | None) -> Shortcut | None:
        key = (prompt, task, self._model.max_seq_length)
        if key not in self._shortcuts:
            self._shortcuts[key] = _derive_shortcut(self._model, prompt, task)
        return self._shortcuts[key]


def _derive_shortcut(model: SentenceTransformer, prompt: str, task: str | None) -> Shortcut | None:
    """Return the shortcut for a prompt, if it reproduces the library's features of the samples."""
    if not _has_standard_tokenization(model):
        return None
    try:
        features = preprocess(model, list(TOKENIZER_SAMPLES), prompt, task)
        backend = model.tokenizer.backend_tokenizer
        constants = {key: value for key, value in features.items() if not hasattr(value, "shape")}
        tensors = {key: value for key, value in features.items() if hasattr(value, "shape")}
        ids, mask = tensors.pop("input_ids"), tensors.pop("attention_mask").bool()
        if any(value.shape != ids.shape or value.any() for value in tensors.values()):
            return None
        plain_specials = bool(backend.encode_special_tokens)
        shortcut = Shortcut(backend, prompt, backend.truncation, plain_specials, tuple(tensors), constants)
        expected = [row[own].tolist() for row, own in zip(ids, mask, strict=True)]
        return shortcut if shortcut.ids(TOKENIZER_SAMPLES) == expected else None
    except Exception:  # whatever is unusual about this model, the library can handle it
        return None


def _has_standard_tokenization(model: SentenceTransformer) -> bool:
    """Return whether only the libraries' own code runs between a text and the backend, for text alone."""
    from sentence_transformers.sentence_transformer.modules import Transformer

    tokenizer = getattr(model, "tokenizer", None)
    return (
        type(model[0]) is Transformer
        and list(getattr(model, "modalities", ())) == ["text"]
        and type(tokenizer).__module__.startswith("transformers.")
        and hasattr(getattr(tokenizer, "backend_tokenizer", None), "encode_batch_fast")
    )
