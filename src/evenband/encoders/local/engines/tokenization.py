"""Token ids straight from a tokenizer's own backend.

transformers and sentence-transformers wrap every text into several Python objects, which takes more than
twice as long as finding its tokens. What they add to a text and what else they make of it is learned from a
few samples, for every prompt, and where they cut from how they leave the backend. A model whose samples do
not come out the same from the backend alone is tokenized by the library.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.encoders.local.engines.features import (
    CHUNK,
    Batch,
    Rows,
    UnsupportedError,
    preprocess,
    tokenize,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

SAMPLES = (
    "let's eat, grandma",
    "",
    " Two  spaces\tand a\nline ",
    "ÀÉ ﬁ ½ ß İ 漢字 🙂 e\u0301 \u200b\xad",
    "[CLS] <s> </s> <|endoftext|> [MASK] [PAD] <pad>",
    "https://example.org/a.png",
    "1,000,000 letters, " * 200,
)
"""Upper case, odd spaces and signs, what looks like a special token, and a text that most models cut."""

_asking = threading.Lock()
"""How a backend pads and cuts is its own state: one call at a time."""


@dataclass(frozen=True)
class Shortcut:
    """How the library calls the backend for one prompt.

    Attributes:
        backend: of the ``tokenizers`` library.
        prefix: what stands before every text.
        truncation: the backend's own settings; ``None`` where nothing is cut.
        plain_specials: whether what looks like a special token is text.
        zeros: names of features that are 0 for every token.
        constants: what holds for every text.
    """

    backend: Any
    prefix: str
    truncation: dict[str, Any] | None
    plain_specials: bool
    zeros: tuple[str, ...]
    constants: dict[str, Any]

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of every text."""
        ids: list[list[int]] = []
        with _asking:
            self.backend.no_padding()
            self.backend.encode_special_tokens = self.plain_specials
            if self.truncation is None:
                self.backend.no_truncation()
            else:
                self.backend.enable_truncation(**self.truncation)
            for start in range(0, len(texts), CHUNK):
                part = [self.prefix + text for text in texts[start : start + CHUNK]]
                ids += [found.ids for found in self.backend.encode_batch_fast(part)]
        return ids

    def batches(self, texts: Sequence[str]) -> list[Batch]:
        """One batch per length, shortest first.

        Raises:
            UnsupportedError: if a text has no tokens.
        """
        import torch

        ids = self.ids(texts)
        lengths = np.array([len(tokens) for tokens in ids])
        if not lengths.all():
            raise UnsupportedError("a text has no tokens")
        order: Rows = np.argsort(lengths, kind="stable")
        found = []
        for rows in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            tokens = torch.from_numpy(np.array([ids[row] for row in rows.tolist()], dtype=np.int64))
            zeros = {name: torch.zeros_like(tokens) for name in self.zeros}
            found.append(Batch(rows, {"input_ids": tokens, **zeros}, self.constants))
        return found


class Tokenizer:
    """A model's own tokenization, the short way where there is one.

    The model is asked for its samples when a prompt is first seen, and again when its ``max_seq_length`` has
    changed; nothing else about its tokenizer may change.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        """The model, loaded."""
        self._model = model
        self._shortcuts: dict[tuple[str, str | None, int | None], Shortcut | None] = {}

    def tokenize(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Batch]:
        """All texts by their number of tokens, one batch per length, shortest first.

        Raises:
            UnsupportedError: if the features are not one sequence of tokens per text.
        """
        shortcut = self._shortcut(prompt, task)
        if shortcut is None or not texts:
            return tokenize(self._model, texts, prompt, task)
        return shortcut.batches(texts)

    def ids(self, texts: Sequence[str], prompt: str, task: str | None) -> list[list[int]] | None:
        """The tokens of every text; ``None`` where only the library can tell."""
        shortcut = self._shortcut(prompt, task)
        return None if shortcut is None else shortcut.ids(texts)

    def _shortcut(self, prompt: str, task: str | None) -> Shortcut | None:
        key = (prompt, task, self._model.max_seq_length)
        if key not in self._shortcuts:
            self._shortcuts[key] = _learn(self._model, prompt, task)
        return self._shortcuts[key]


def _learn(model: SentenceTransformer, prompt: str, task: str | None) -> Shortcut | None:
    """The shortcut, if it gives the samples the library's own features."""
    if not _is_known(model):
        return None
    try:
        features = preprocess(model, list(SAMPLES), prompt, task)
        backend = model.tokenizer.backend_tokenizer
        constants = {key: value for key, value in features.items() if not hasattr(value, "shape")}
        tensors = {key: value for key, value in features.items() if hasattr(value, "shape")}
        ids, mask = tensors.pop("input_ids"), tensors.pop("attention_mask").bool()
        if any(value.shape != ids.shape or value.any() for value in tensors.values()):
            return None
        plain_specials = bool(backend.encode_special_tokens)
        shortcut = Shortcut(backend, prompt, backend.truncation, plain_specials, tuple(tensors), constants)
        expected = [row[own].tolist() for row, own in zip(ids, mask, strict=True)]
        return shortcut if shortcut.ids(SAMPLES) == expected else None
    except Exception:  # whatever is odd about this model, the library knows what to do with it
        return None


def _is_known(model: SentenceTransformer) -> bool:
    """Whether the code between a text and the backend is the libraries' own, and made for texts alone."""
    from sentence_transformers.sentence_transformer.modules import Transformer

    tokenizer = getattr(model, "tokenizer", None)
    return (
        type(model[0]) is Transformer
        and list(getattr(model, "modalities", ())) == ["text"]
        and type(tokenizer).__module__.startswith("transformers.")
        and hasattr(getattr(tokenizer, "backend_tokenizer", None), "encode_batch_fast")
    )
