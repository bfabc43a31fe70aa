"""Plain engine: ``SentenceTransformer.encode``, in padded batches of 32."""

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
        """Create the engine; vectors are truncated to ``dim``, as by ``truncate_dim``."""
        self._model = model
        self._dim = dim

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Return the vectors of the texts. Shape: n texts -> (n, dim)."""
        options: dict[str, Any] = {"task": task} if task else {}
        vectors = self._model.encode(
            list(texts), prompt=prompt, truncate_dim=self._dim, show_progress_bar=False, **options
        )
        return np.asarray(vectors, dtype=np.float32)
