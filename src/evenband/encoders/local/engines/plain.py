"""The library's own way: ``SentenceTransformer.encode``, padded batches of 32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class PlainEngine:
    """sentence-transformers, unchanged."""

    name = "plain"
    difference = None

    def __init__(self, model: SentenceTransformer, dim: int) -> None:
        """Vectors are cut to ``dim``, as ``truncate_dim`` does."""
        self._model = model
        self._dim = dim

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Vectors of the texts. Shape: n texts -> (n, dim)."""
        extra: dict[str, Any] = {"task": task} if task else {}
        vectors = self._model.encode(
            list(texts), prompt=prompt, truncate_dim=self._dim, show_progress_bar=False, **extra
        )
        return np.asarray(vectors, dtype=np.float32)
