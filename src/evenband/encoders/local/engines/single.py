"""Single engine: ``SentenceTransformer.encode`` of one text at a time, which is what a text's vector is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.encoders.local.engines.module_state import ModuleState
from evenband.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SingleEngine:
    """sentence-transformers, each text by itself and with the modules in the same state."""

    name = "single"
    difference = None

    def __init__(self, model: SentenceTransformer, dim: int, state: ModuleState | None = None) -> None:
        """Create the engine.

        Args:
            model: the loaded model.
            dim: vectors are truncated to this length.
            state: put back before every text; ``None`` if no text changes it.
        """
        self.model = model
        self.dim = dim
        self._state = state

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Return the vectors of one or more texts. Shape: n texts -> (n, dim)."""
        if self._state is None:
            return self._encode(texts, prompt, task)
        with self._state.lock:
            vectors = [self._encode_alone(text, prompt, task) for text in texts]
            self._state.restore()
        return np.concatenate(vectors)

    def _encode_alone(self, text: str, prompt: str, task: str | None) -> Vectors:
        if self._state is not None:
            self._state.restore()
        return self._encode([text], prompt, task)

    def _encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        options: dict[str, Any] = {"task": task} if task else {}
        vectors = self.model.encode(
            list(texts),
            prompt=prompt,
            batch_size=1,
            truncate_dim=self.dim,
            show_progress_bar=False,
            **options,
        )
        return np.asarray(vectors, dtype=np.float32)
