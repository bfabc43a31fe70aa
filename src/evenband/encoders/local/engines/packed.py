"""Next to no padding: texts of one length, or nearly so, go together through the model's own modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenband.encoders.local.engines.features import Batch, gather
from evenband.encoders.local.engines.memory import LEAST, Budget
from evenband.encoders.local.engines.tokenization import Tokenizer
from evenband.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TOKENS, TOKENS_ON_GPU = 2048, 131_072
"""Tokens per batch: enough to fill the processor, few enough to stay near a CPU's caches; with CUDA what
was fastest on an H200."""

LEAST_ON_GPU = 8192
"""Tokens below which a batch is put together with others of nearly its length; without CUDA ``LEAST``."""

REPEATS = 3
"""How often texts are repeated when the engine is checked, so that some of one length share a row."""


class PackedEngine:
    """Batches of texts of one length, or nearly so, computed by sentence-transformers' modules."""

    name = "packed"
    difference: float | None = None

    def __init__(
        self, model: SentenceTransformer, dim: int, tokens: int | None = None, lanes: bool = True
    ) -> None:
        """Vectors are cut to ``dim``; a batch has at most so many tokens, or one text.

        With ``lanes`` the attention within short texts is exchanged for a faster one, if the model allows it.
        """
        from evenband.encoders.local.engines.lanes import longest

        on_gpu = model.device.type == "cuda"
        fastest, self._least = (TOKENS_ON_GPU, LEAST_ON_GPU) if on_gpu else (TOKENS, LEAST)
        self._model = model
        self._dim = dim
        self._budget = Budget(model, tokens or fastest)
        self._longest = longest(model) if lanes else 0
        self.tokenizer = Tokenizer(model)

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Vectors of the texts. Shape: n texts -> (n, dim).

        Raises:
            UnsupportedError: if the model's inputs are not one sequence of tokens per text.
        """
        return self._encode(texts, prompt, task, self._least)

    def check(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        """:meth:`encode`, and the same with each length by itself, some texts in a row."""
        alone = self._encode([*texts] * REPEATS, prompt, task, 0)
        return [self.encode(texts, prompt, task), *np.split(alone, REPEATS)]

    def _encode(self, texts: Sequence[str], prompt: str, task: str | None, least: int) -> Vectors:
        vectors = np.empty((len(texts), self._dim), dtype=np.float32)
        self.encode_batches(self.tokenizer.tokenize(texts, prompt, task), task, vectors, least)
        return vectors

    def encode_batches(
        self, batches: Sequence[Batch], task: str | None, vectors: Vectors, least: int | None = None
    ) -> None:
        """Fill in the rows of texts that are tokenized already.

        Batches of fewer than ``least`` tokens are put together, as far as they are of nearly one length:
        so few tokens take as long as it takes to read the weights.
        """
        from evenband.encoders.local.engines.lanes import attending, unpadded

        def fill(part: Batch) -> None:
            vectors[part.rows] = self._forward(part, task)

        def fill_unpadded(part: Batch) -> None:
            with unpadded():
                fill(part)

        least = self._least if least is None else least
        batches = gather(batches, least, self._budget.tokens(), getattr(self._model, "tokenizer", None))
        whole = [batch for batch in batches if batch.mask is None and batch.length <= self._longest]
        if whole:
            with attending(self._model):
                self._budget.compute(fill_unpadded, whole, Batch.split)
        others = [batch for batch in batches if batch.mask is not None or batch.length > self._longest]
        self._budget.compute(fill, others, Batch.split)

    def _forward(self, batch: Batch, task: str | None) -> Vectors:
        import torch

        device = self._model.device
        features = {key: value.to(device) for key, value in batch.tokens.items()}
        features["attention_mask"] = (
            torch.ones_like(features["input_ids"]) if batch.mask is None else batch.mask.to(device)
        )
        extra = {"task": task} if task else {}
        found = self._model({**features, **batch.constants}, **extra)["sentence_embedding"]
        vectors: Vectors = found[:, : self._dim].cpu().float().numpy()
        return vectors
