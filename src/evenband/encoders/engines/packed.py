"""No padding: batches of texts with exactly equally many tokens, through the model's own modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenband.encoders.engines.features import Batch, tokenize
from evenband.encoders.engines.memory import Budget
from evenband.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TOKENS, TOKENS_ON_GPU = 2048, 32_768
"""Tokens per batch: enough to fill the processor, few enough to stay near a CPU's caches."""


class PackedEngine:
    """Equal-length batches, computed by sentence-transformers' modules."""

    name = "packed"
    difference: float | None = None

    def __init__(
        self, model: SentenceTransformer, dim: int, tokens: int | None = None, lanes: bool = True
    ) -> None:
        """Vectors are cut to ``dim``; a batch has at most so many tokens, or one text.

        With ``lanes`` the attention within short texts is exchanged for a faster one, if the model allows it.
        """
        from evenband.encoders.engines.lanes import longest

        fastest = TOKENS if model.device.type == "cpu" else TOKENS_ON_GPU
        self._model = model
        self._dim = dim
        self._budget = Budget(model, tokens or fastest)
        self._longest = longest(model) if lanes else 0

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Vectors of the texts. Shape: n texts -> (n, dim).

        Raises:
            UnsupportedError: if the model's inputs are not one sequence of tokens per text.
        """
        vectors = np.empty((len(texts), self._dim), dtype=np.float32)
        self.encode_batches(tokenize(self._model, texts, prompt, task), task, vectors)
        return vectors

    check = encode

    def encode_batches(self, batches: Sequence[Batch], task: str | None, vectors: Vectors) -> None:
        """Fill in the rows of texts that are tokenized already."""
        from evenband.encoders.engines.lanes import attending

        def fill(part: Batch) -> None:
            vectors[part.rows] = self._forward(part, task)

        short = [batch for batch in batches if batch.length <= self._longest]
        if short:
            with attending(self._model):
                self._budget.compute(fill, short, Batch.split)
        self._budget.compute(fill, [batch for batch in batches if batch.length > self._longest], Batch.split)

    def _forward(self, batch: Batch, task: str | None) -> Vectors:
        import torch

        device = self._model.device
        features = {key: value.to(device) for key, value in batch.tokens.items()}
        features["attention_mask"] = torch.ones_like(features["input_ids"])
        extra = {"task": task} if task else {}
        found = self._model({**features, **batch.constants}, **extra)["sentence_embedding"]
        vectors: Vectors = found[:, : self._dim].float().cpu().numpy()
        return vectors
