"""Trie engine for causal models: each prefix that texts share is computed once, exactly.

The token sequences of a call are sorted and split into chunks with a limited number of trie nodes. A chunk
goes through the model as one packed sequence without padding; each node keeps the position that it has in
its texts. Pooling and all later modules are the model's own.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.encoders.local.engines import trie
from evenband.encoders.local.engines.features import Batch, Rows, UnsupportedError
from evenband.encoders.local.engines.memory import Budget
from evenband.encoders.local.engines.module_state import length_limit
from evenband.encoders.local.engines.network import (
    key_width,
    looks_causal,
    replaceable_network,
    sliding_window,
)
from evenband.encoders.local.engines.packed import PackedEngine
from evenband.encoders.local.pooled_states import pooled_layer
from evenband.types import Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

CHUNK_NODES, CHUNK_NODES_ON_GPU = 1536, 65_536
"""Most trie nodes per chunk.

On a CPU: enough to use the cores fully and to share prefixes, few enough to stay close to the caches. With
CUDA: the fastest size measured on an H200.
"""

POOLED_ELEMENTS = 2**23
"""Most elements of token states to gather for pooling at a time, 32 MB in float32."""

MIN_SHARING = 1.2
"""Tokens per trie node below which a chunk is computed in batches of equal length instead."""


class CausalEngine:
    """Engine that runs a Hugging Face decoder on prefix tries."""

    name = "trie"
    difference: float | None = None

    def __init__(
        self,
        model: SentenceTransformer,
        dim: int,
        nodes: int | None = None,
        prune: bool = True,
        pads: bool = True,
    ) -> None:
        """Create the engine.

        Args:
            model: the loaded model.
            dim: vectors are truncated to this length.
            nodes: most trie nodes per chunk (a single text may have more); ``None`` for the device's default.
            prune: with last-token pooling, compute the last layer for the texts' last tokens only.
            pads: texts that do not go through the trie may be padded a little.

        Raises:
            UnsupportedError: if this engine cannot compute the model exactly.
        """
        from evenband.encoders.local.engines.pruning import last_layer

        self._network = causal_network(model)
        self._pools_last_token = getattr(model[1], "pooling_mode", None) == "lasttoken"
        prunes = prune and self._pools_last_token and pooled_layer(model) is None
        self._pruned_layer = last_layer(self._network) if prunes else None
        self._window = sliding_window(self._network)
        self._key_width = key_width(self._network)
        self._model = model
        self._dim = dim
        default_nodes = CHUNK_NODES_ON_GPU if model.device.type == "cuda" else CHUNK_NODES
        self._budget = Budget(model, nodes or default_nodes)
        self._packed = PackedEngine(model, dim, pads=pads)
        self._texts_beyond_window, self._warned = 0, False

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Return the vectors of the texts.

        Shape: n texts -> (n, dim).

        Raises:
            UnsupportedError: if the model's inputs are not one sequence of tokens per text.
        """
        vectors = self._encode(texts, prompt, task, MIN_SHARING)
        if self._texts_beyond_window and not self._warned:
            self._warned = True
            logger.warning(
                "%d of %d texts are longer than the model's sliding window of %s tokens; the trie engine "
                "cannot share their prefixes, so such texts are computed in ordinary batches, more slowly",
                *(self._texts_beyond_window, len(texts), self._window),
            )
        return vectors

    def check(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        """Return the vectors computed all through the trie, and all in batches."""
        return [self._encode(texts, prompt, task, min_sharing) for min_sharing in (0.0, np.inf)]

    def _encode(self, texts: Sequence[str], prompt: str, task: str | None, min_sharing: float) -> Vectors:
        vectors = np.empty((len(texts), self._dim), dtype=np.float32)
        batches = self._packed.tokenizer.tokenize(texts, prompt, task)
        remaining = self._encode_chunks(batches, vectors, min_sharing)
        self._packed.encode_batches([_select(batch, remaining) for batch in batches], task, vectors)
        return vectors

    def _encode_chunks(self, batches: Sequence[Batch], vectors: Vectors, min_sharing: float) -> Rows:
        """Fill in the vectors of texts that share prefixes; return the rows of all other texts."""
        from evenband.encoders.local.engines.attention import trie_attention
        from evenband.encoders.local.engines.pruning import prune

        window = self._window or np.inf
        self._texts_beyond_window = sum(len(batch) for batch in batches if batch.length > window)
        constants = batches[0].constants if batches else {}
        texts, remaining = _sort(batches, self._window)

        def split(texts: trie.Texts, nodes: int) -> Iterator[trie.Texts]:
            for chunk in texts.split(nodes):
                if chunk.sharing < min_sharing:
                    remaining.append(chunk.rows)
                else:
                    yield chunk

        def fill(chunk: trie.Texts) -> None:
            vectors[chunk.rows] = self._forward(chunk.lay_out(), constants)

        pruning = prune(self._pruned_layer) if self._pruned_layer else contextlib.nullcontext()
        with trie_attention(self._network), pruning:
            self._budget.compute(fill, [texts], split)
        return np.concatenate(remaining)

    def _forward(self, layout: trie.Layout, constants: dict[str, Any]) -> Vectors:
        """Return the vectors of a chunk's texts. Shape: b texts -> (b, dim)."""
        paths, lengths = layout.paths, layout.lengths
        nodes = None
        if self._pools_last_token:
            last = paths[np.arange(len(paths)), lengths - 1]
            lengths = np.ones_like(lengths)
            if self._pruned_layer is not None:
                nodes, last = np.unique(last, return_inverse=True)
            paths, constants = last[:, None], {}
        states = self._states(layout, nodes)
        return np.concatenate(list(self._pool(states, paths, lengths, constants)))

    def _states(self, layout: trie.Layout, nodes: trie.Integers | None) -> torch.Tensor:
        """Return the token states of the given nodes, or of all. Shape: n nodes -> (n, width)."""
        import torch

        from evenband.encoders.local.engines.attention import use_plan
        from evenband.encoders.local.engines.attention_plan import AttentionPlan
        from evenband.encoders.local.engines.pruning import select_nodes

        device = self._model.device
        features = {
            "input_ids": torch.from_numpy(layout.ids).to(device)[None],
            "position_ids": torch.from_numpy(layout.depths).to(device)[None],
            "modality": "text",
        }
        with contextlib.ExitStack() as stack:
            stack.enter_context(use_plan(AttentionPlan.from_layout(layout, device, self._key_width)))
            if nodes is not None:
                stack.enter_context(select_nodes(torch.from_numpy(nodes).to(device)))
            states: torch.Tensor = self._model[0](features, use_cache=False)["token_embeddings"]
        return states[0]

    def _pool(
        self, states: torch.Tensor, paths: trie.Integers, lengths: trie.Integers, constants: dict[str, Any]
    ) -> Iterator[Vectors]:
        """Run the model's modules after the transformer on the states along each text's path."""
        import torch

        step = max(1, POOLED_ELEMENTS // (paths.shape[1] * states.shape[-1]))
        for start in range(0, len(lengths), step):
            part = slice(start, start + step)
            mask = torch.from_numpy(np.arange(paths.shape[1]) < lengths[part, None]).to(states.device)
            nodes = torch.from_numpy(np.minimum(paths[part], len(states) - 1)).to(states.device)
            features: dict[str, Any] = {
                "token_embeddings": states[nodes],
                "attention_mask": mask.long(),
                **constants,
            }
            for module in list(self._model)[1:]:
                features = module(features)
            yield features["sentence_embedding"][:, : self._dim].cpu().float().numpy()


def causal_network(model: SentenceTransformer) -> Any:
    """Return the model's decoder.

    Raises:
        UnsupportedError: if it differs from a plain decoder, saying in what.
    """
    network = replaceable_network(model)
    if network is None:
        raise UnsupportedError("its attention cannot be replaced")
    if not looks_causal(model):
        raise UnsupportedError("it is not causal")
    config = network.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    if kinds:
        raise UnsupportedError(f"it has layers of the kind {', '.join(sorted(kinds))}")
    if length_limit(model) is not None:
        raise UnsupportedError("its rotary position embeddings depend on the longest text of a batch")
    if any((getattr(model, "module_kwargs", None) or {}).values()):
        raise UnsupportedError("its modules take extra arguments")
    return network


def _sort(batches: Sequence[Batch], window: int | None) -> tuple[trie.Texts, list[Rows]]:
    """Return the sorted token sequences, and the rows of texts that are empty or longer than the window.

    Raises:
        UnsupportedError: if texts differ in more than their token ids.
    """
    sequences: list[tuple[tuple[int, ...], int]] = []
    remaining: list[Rows] = [np.empty(0, dtype=np.intp)]
    for batch in batches:
        if any(bool(value.any()) for key, value in batch.tokens.items() if key != "input_ids"):
            raise UnsupportedError("its inputs are more than token ids")
        if not batch.length or (window is not None and batch.length > window):
            remaining.append(batch.rows)
            continue
        ids = batch.tokens["input_ids"].tolist()
        sequences += zip(map(tuple, ids), batch.rows.tolist(), strict=True)
    return trie.Texts.sort(sequences), remaining


def _select(batch: Batch, rows: Rows) -> Batch:
    """Return the batch of those of its texts whose row is among ``rows``."""
    import torch

    selected = np.flatnonzero(np.isin(batch.rows, rows))
    index = torch.from_numpy(selected)
    return Batch(batch.rows[selected], {k: v[index] for k, v in batch.tokens.items()}, batch.constants)
