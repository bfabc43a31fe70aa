"""No padding: batches of texts with exactly equally many tokens, through the model's own modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenband.encoders.engines.features import Batch, split, tokenize
from evenband.encoders.engines.memory import Budget, is_exhausted
from evenband.encoders.engines.parallel import spread, workers
from evenband.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TOKENS, TOKENS_ON_GPU = 4096, 32_768
"""Tokens per batch: enough to fill the processor, few enough to stay near a CPU's caches."""


class PackedEngine:
    """Equal-length batches, computed by sentence-transformers' modules."""

    name = "packed"
    difference: float | None = None

    def __init__(self, model: SentenceTransformer, dim: int, tokens: int | None = None) -> None:
        """Vectors are cut to ``dim``; a batch has at most so many tokens, or one text."""
        fastest = TOKENS if model.device.type == "cpu" else TOKENS_ON_GPU
        self._model = model
        self._dim = dim
        self._budget = Budget(model, tokens or fastest)

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
        together = workers(self._model)
        tokens = self._budget.tokens(together)
        pending = list(batches)
        while pending:
            parts = [part for batch in pending for part in split(batch, tokens)]
            enough = spread(lambda part: self._fill(part, task, vectors), parts, together)
            pending = [part for part, ok in zip(parts, enough, strict=True) if not ok]
            if pending:
                tokens = self._budget.halve(max(len(part.rows) * part.length for part in pending))

    def _fill(self, part: Batch, task: str | None, vectors: Vectors) -> bool:
        """Whether the memory was enough."""
        try:
            vectors[part.rows] = self._forward(part, task)
        except RuntimeError as error:
            if len(part.rows) == 1 or not is_exhausted(error):
                raise
            return False
        return True

    def _forward(self, batch: Batch, task: str | None) -> Vectors:
        import torch

        device = self._model.device
        features = {key: value.to(device) for key, value in batch.tokens.items()}
        features["attention_mask"] = torch.ones_like(features["input_ids"])
        extra = {"task": task} if task else {}
        found = self._model({**features, **batch.constants}, **extra)["sentence_embedding"]
        vectors: Vectors = found[:, : self._dim].float().cpu().numpy()
        return vectors
