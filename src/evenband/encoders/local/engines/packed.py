"""Packed engine: batches of texts of equal or nearly equal length, with next to no padding or with none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenband.encoders.local.engines.features import Batch, merge_small
from evenband.encoders.local.engines.memory import MIN_PART_TOKENS, Budget
from evenband.encoders.local.engines.module_state import ModuleState
from evenband.encoders.local.engines.tokenization import Tokenizer
from evenband.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_TOKENS, BATCH_TOKENS_ON_GPU = 2048, 131_072
"""Most tokens per batch.

On a CPU: enough to use the cores fully, few enough to stay close to the caches. With CUDA: the fastest size
measured on an H200.
"""

MIN_BATCH_TOKENS_ON_GPU = 8192
"""Tokens below which batches of nearly equal length are merged with CUDA; elsewhere ``MIN_PART_TOKENS``."""

CHECK_COPIES = 3
"""Number of copies of each text in the engine's check, so that attention in SIMD lanes packs rows."""


class PackedEngine:
    """Engine that runs sentence-transformers' modules on batches of texts of equal or nearly equal length."""

    difference: float | None = None

    def __init__(
        self,
        model: SentenceTransformer,
        dim: int,
        tokens: int | None = None,
        lanes: bool = True,
        pads: bool = True,
        state: ModuleState | None = None,
    ) -> None:
        """Create the engine.

        Args:
            model: the loaded model.
            dim: vectors are truncated to this length.
            tokens: most tokens per batch (a single text may have more); ``None`` for the device's default.
            lanes: use the faster attention for short texts (:mod:`evenband.encoders.local.engines.lanes`)
                where the model allows it.
            pads: merge small batches of nearly equal length; without it no text is ever padded.
            state: put back before every batch, of which only one is computed at a time; ``None`` if the
                modules keep nothing between batches.
        """
        from evenband.encoders.local.engines.lanes import max_length

        on_gpu = model.device.type == "cuda"
        default_tokens = BATCH_TOKENS_ON_GPU if on_gpu else BATCH_TOKENS
        self.name = "packed" if pads else "unpadded"
        self._min_tokens = 0 if not pads else MIN_BATCH_TOKENS_ON_GPU if on_gpu else MIN_PART_TOKENS
        self._model = model
        self._dim = dim
        self._state = state
        self._budget = Budget(model, tokens or default_tokens, one_by_one=state is not None)
        self._max_lane_length = max_length(model) if lanes else 0
        self.tokenizer = Tokenizer(model)

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Return the vectors of the texts.

        Shape: n texts -> (n, dim).

        Raises:
            UnsupportedError: if the model's inputs are not one sequence of tokens per text.
        """
        return self._encode(texts, prompt, task, self._min_tokens)

    def check(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        """Return the vectors with small batches merged, and several times with each length by itself."""
        unmerged = self._encode([*texts] * CHECK_COPIES, prompt, task, 0)
        return [self.encode(texts, prompt, task), *np.split(unmerged, CHECK_COPIES)]

    def _encode(self, texts: Sequence[str], prompt: str, task: str | None, min_tokens: int) -> Vectors:
        vectors = np.empty((len(texts), self._dim), dtype=np.float32)
        self.encode_batches(self.tokenizer.tokenize(texts, prompt, task), task, vectors, min_tokens)
        return vectors

    def encode_batches(
        self, batches: Sequence[Batch], task: str | None, vectors: Vectors, min_tokens: int | None = None
    ) -> None:
        """Fill in the vectors of tokenized texts.

        Args:
            batches: the texts; their rows are rows of ``vectors``.
            task: sentence-transformers' name of the role.
            vectors: changed in place.
            min_tokens: batches of fewer tokens, which take about as long as reading the weights, are merged
                with others of nearly equal length; ``None`` for the engine's default.
        """
        from evenband.encoders.local.engines.lanes import lane_attention, unpadded

        def fill(part: Batch) -> None:
            with self._same_state():
                vectors[part.rows] = self._forward(part, task)

        def fill_unpadded(part: Batch) -> None:
            with unpadded():
                fill(part)

        min_tokens = self._min_tokens if min_tokens is None else min_tokens
        tokenizer = getattr(self._model, "tokenizer", None)
        batches = merge_small(batches, min_tokens, self._budget.tokens(), tokenizer)
        in_lanes = [batch for batch in batches if self._allows_lanes(batch)]
        if in_lanes:
            with lane_attention(self._model):
                self._budget.compute(fill_unpadded, in_lanes, Batch.split)
        others = [batch for batch in batches if not self._allows_lanes(batch)]
        self._budget.compute(fill, others, Batch.split)

    @contextlib.contextmanager
    def _same_state(self) -> Iterator[None]:
        """Context manager: the modules are in the state that they were loaded in, and stay in it."""
        if self._state is None:
            yield
            return
        with self._state.lock:
            self._state.restore()
            try:
                yield
            finally:
                self._state.restore()

    def _allows_lanes(self, batch: Batch) -> bool:
        """Return whether a batch is computed with attention in SIMD lanes."""
        return batch.mask is None and batch.length <= self._max_lane_length

    def _forward(self, batch: Batch, task: str | None) -> Vectors:
        """Return the vectors of a batch. Shape: (b, dim)."""
        import torch

        device = self._model.device
        features = {key: value.to(device) for key, value in batch.tokens.items()}
        features["attention_mask"] = (
            torch.ones_like(features["input_ids"]) if batch.mask is None else batch.mask.to(device)
        )
        options = {"task": task} if task else {}
        output = self._model({**features, **batch.constants}, **options)["sentence_embedding"]
        vectors: Vectors = output[:, : self._dim].cpu().float().numpy()
        return vectors
