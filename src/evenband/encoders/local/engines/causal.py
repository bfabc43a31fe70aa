"""Causal models: every unique beginning of a text is computed once, exactly.

The token sequences of a call are sorted and cut into chunks of so many unique trie nodes; a
chunk goes through the model as one sequence without padding, each node at the position that it
has in its texts. Pooling and what follows it are the model's own modules.
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
from evenband.encoders.local.engines.network import exchangeable, key_width, looks_causal, sliding_window
from evenband.encoders.local.engines.packed import PackedEngine
from evenband.types import Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

NODES, NODES_ON_GPU = 1536, 65_536
"""Nodes per chunk: enough to fill the processor and to share, few enough to stay near a CPU's caches; with
CUDA what was fastest on an H200."""

POOLED = 2**23
"""Numbers of the states along the texts' paths that are gathered at a time, 32 MB of float32."""

LEAST_SHARING = 1.2
"""Tokens per unique node below which a chunk is computed in equal-length batches instead."""

_LENGTH_DEPENDENT = ("dynamic", "longrope")
"""Rotary scalings that depend on what else is in the batch."""


class CausalEngine:
    """A prefix trie over a Hugging Face decoder."""

    name = "trie"
    difference: float | None = None

    def __init__(
        self, model: SentenceTransformer, dim: int, nodes: int | None = None, prune: bool = True
    ) -> None:
        """Vectors are cut to ``dim``; a chunk has at most so many nodes, or one text.

        With ``prune`` the last layer is computed for the texts' last nodes only, if pooling takes those.

        Raises:
            UnsupportedError: if the model is none that this engine can do exactly.
        """
        from evenband.encoders.local.engines.pruning import last_layer

        self._network = causal_network(model)
        self._last_only = getattr(model[1], "pooling_mode", None) == "lasttoken"
        self._last = last_layer(self._network) if prune and self._last_only else None
        self._window = sliding_window(self._network)
        self._width = key_width(self._network)
        self._model = model
        self._dim = dim
        self._budget = Budget(model, nodes or (NODES_ON_GPU if model.device.type == "cuda" else NODES))
        self._packed = PackedEngine(model, dim)
        self._beyond, self._said = 0, False

    def encode(self, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        """Vectors of the texts. Shape: n texts -> (n, dim).

        Raises:
            UnsupportedError: if the model's inputs are not one sequence of tokens per text.
        """
        vectors = self._encode(texts, prompt, task, LEAST_SHARING)
        if self._beyond and not self._said:
            self._said = True
            logger.warning(
                "%d of %d texts are longer than the model's sliding window of %s tokens; they, and others "
                "like them, are computed whole, not by the trie engine",
                *(self._beyond, len(texts), self._window),
            )
        return vectors

    def check(self, texts: Sequence[str], prompt: str, task: str | None) -> list[Vectors]:
        """All texts through the trie, and all in batches, whatever they share."""
        return [self._encode(texts, prompt, task, least) for least in (0.0, np.inf)]

    def _encode(self, texts: Sequence[str], prompt: str, task: str | None, least_sharing: float) -> Vectors:
        vectors = np.empty((len(texts), self._dim), dtype=np.float32)
        batches = self._packed.tokenizer.tokenize(texts, prompt, task)
        apart = self._encode_chunks(batches, vectors, least_sharing)
        self._packed.encode_batches([_only(batch, apart) for batch in batches], task, vectors)
        return vectors

    def _encode_chunks(self, batches: Sequence[Batch], vectors: Vectors, least_sharing: float) -> Rows:
        """Fill in what is worth sharing; returns the rows of the texts that are not."""
        from evenband.encoders.local.engines.attention import attending
        from evenband.encoders.local.engines.pruning import pruned

        self._beyond = sum(len(batch) for batch in batches if batch.length > (self._window or np.inf))
        constants = batches[0].constants if batches else {}
        texts, apart = _sorted(batches, self._window)

        def cut(whole: trie.Texts, nodes: int) -> Iterator[trie.Texts]:
            for chunk in whole.split(nodes):
                if chunk.sharing < least_sharing:
                    apart.append(chunk.rows)
                else:
                    yield chunk

        def fill(chunk: trie.Texts) -> None:
            vectors[chunk.rows] = self._forward(chunk.lay_out(), constants)

        with attending(self._network), pruned(self._last) if self._last else contextlib.nullcontext():
            self._budget.compute(fill, [texts], cut)
        return np.concatenate(apart)

    def _forward(self, layout: trie.Layout, constants: dict[str, Any]) -> Vectors:
        paths, lengths = layout.paths, layout.lengths
        nodes = None
        if self._last_only:
            ends = paths[np.arange(len(paths)), lengths - 1]
            lengths = np.ones_like(lengths)
            if self._last is not None:
                nodes, ends = np.unique(ends, return_inverse=True)
            paths, constants = ends[:, None], {}
        hidden = self._states(layout, nodes)
        return np.concatenate(list(self._pool(hidden, paths, lengths, constants)))

    def _states(self, layout: trie.Layout, nodes: trie.Integers | None) -> torch.Tensor:
        """States of these nodes, or of all. Shape: n nodes -> (n, width)."""
        import torch

        from evenband.encoders.local.engines.attention import Plan, follows
        from evenband.encoders.local.engines.pruning import wanting

        device = self._model.device
        features = {
            "input_ids": torch.from_numpy(layout.ids).to(device)[None],
            "position_ids": torch.from_numpy(layout.depths).to(device)[None],
            "modality": "text",
        }
        with contextlib.ExitStack() as stack:
            stack.enter_context(follows(Plan.on(layout, device, self._width)))
            if nodes is not None:
                stack.enter_context(wanting(torch.from_numpy(nodes).to(device)))
            states: torch.Tensor = self._model[0](features, use_cache=False)["token_embeddings"]
        return states[0]

    def _pool(
        self, hidden: torch.Tensor, paths: trie.Integers, lengths: trie.Integers, constants: dict[str, Any]
    ) -> Iterator[Vectors]:
        """The model's own modules after the first, on the states along each text's path."""
        import torch

        step = max(1, POOLED // (paths.shape[1] * hidden.shape[-1]))
        for start in range(0, len(lengths), step):
            part = slice(start, start + step)
            mask = torch.from_numpy(np.arange(paths.shape[1]) < lengths[part, None]).to(hidden.device)
            nodes = torch.from_numpy(np.minimum(paths[part], len(hidden) - 1)).to(hidden.device)
            features: dict[str, Any] = {
                "token_embeddings": hidden[nodes],
                "attention_mask": mask.long(),
                **constants,
            }
            for module in list(self._model)[1:]:
                features = module(features)
            yield features["sentence_embedding"][:, : self._dim].cpu().float().numpy()


def causal_network(model: SentenceTransformer) -> Any:
    """The decoder within.

    Raises:
        UnsupportedError: saying in what the model differs from a plain decoder.
    """
    network = exchangeable(model)
    if network is None:
        raise UnsupportedError("it has no attention that can be exchanged")
    if not looks_causal(model):
        raise UnsupportedError("it is not causal")
    config = network.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    if kinds:
        raise UnsupportedError(f"it has layers of the kind {', '.join(sorted(kinds))}")
    rotary = getattr(config, "rope_parameters", None) or {}
    if any(kind in str(rotary) for kind in _LENGTH_DEPENDENT):
        raise UnsupportedError("its rotary positions depend on the longest text of a batch")
    if any((getattr(model, "module_kwargs", None) or {}).values()):
        raise UnsupportedError("its modules take arguments of their own")
    return network


def _sorted(batches: Sequence[Batch], window: int | None) -> tuple[trie.Texts, list[Rows]]:
    """The token sequences with their rows; and the rows of those longer than the window.

    Raises:
        UnsupportedError: if more than the token ids tells texts apart.
    """
    found: list[tuple[tuple[int, ...], int]] = []
    apart: list[Rows] = [np.empty(0, dtype=np.intp)]
    for batch in batches:
        if any(bool(value.any()) for key, value in batch.tokens.items() if key != "input_ids"):
            raise UnsupportedError("its inputs are more than token ids")
        if not batch.length or (window is not None and batch.length > window):
            apart.append(batch.rows)
            continue
        ids = batch.tokens["input_ids"].tolist()
        found += zip(map(tuple, ids), batch.rows.tolist(), strict=True)
    return trie.Texts.sort(found), apart


def _only(batch: Batch, rows: Rows) -> Batch:
    """The texts of a batch that are among those rows."""
    import torch

    chosen = np.flatnonzero(np.isin(batch.rows, rows))
    index = torch.from_numpy(chosen)
    return Batch(batch.rows[chosen], {k: v[index] for k, v in batch.tokens.items()}, batch.constants)
