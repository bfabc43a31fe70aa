"""Scores on disk: look up what was scored before, compute and store the rest batch by batch.

They lie beside the vectors, in a file for each reranker (docs/decisions/0004-vector-cache.md). A score is
kept as its eight bytes, so that it comes back bit for bit.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.digests import digest_of
from evenband.encoders.capabilities import Batching, Versioned
from evenband.encoders.rerank.pair_contract import Pair, checked_pairs, checked_scores, no_scores
from evenband.encoders.rerank.pair_readings import PairReading
from evenband.encoders.store import StoreError, VectorStore
from evenband.types import ModelSpec, Progress, Readings, Reranker, Scores, Vectors

logger = logging.getLogger(__name__)

PAIRS_PER_TRANSACTION = 512
"""Pairs that are scored and stored at a time if the reranker is not ``Batching``."""

_FLOATS_PER_SCORE = 2
"""A score of 64 bits takes the place of two numbers of a stored vector."""


class CachedReranker:
    """Looks scores up in a store, and computes and stores those that it lacks, batch by batch."""

    def __init__(
        self, reranker: Reranker, store: VectorStore | None = None, progress: Progress | None = None
    ) -> None:
        """Put a cache in front of a reranker.

        Args:
            reranker: computes what the store lacks.
            store: keeps the scores; the user's own cache if not given.
            progress: told how many pairs are missing, if any are.
        """
        self.fresh = reranker
        self.store = store if store is not None else VectorStore()
        self._progress = progress
        self._batch = reranker.slice_size if isinstance(reranker, Batching) else PAIRS_PER_TRANSACTION
        self._stores = True

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a score of the reranker inside."""
        return self.fresh.spec

    def score(self, pairs: Sequence[Pair]) -> Scores:
        """Return the scores of the pairs, in input order; a pair that occurs twice is computed once.

        Shape: n pairs -> (n,) float64.

        Raises:
            ModelError: if the model cannot answer.
        """
        pairs = checked_pairs(pairs)
        if not pairs:
            return no_scores()
        rows = {pair: row for row, pair in enumerate(dict.fromkeys(pairs))}
        unique = list(rows)
        model = score_model_key(self.fresh)  # not kept: a live model's weights may change
        keys = [pair_key(model, pair) for pair in unique]
        is_stored, scores = self._look_up(model, keys)
        # In alphabetical order, so that pairs of one query are computed together.
        missing = sorted(np.flatnonzero(~is_stored).tolist(), key=unique.__getitem__)
        if missing:
            self._compute(missing, unique, model, keys, scores)
        return scores[[rows[pair] for pair in pairs]]

    def read_pairs(self, pairs: Sequence[Pair]) -> Readings | None:
        """Return what the model reads of the pairs; ``None`` if the reranker inside does not tell."""
        return self.fresh.read_pairs(pairs) if isinstance(self.fresh, PairReading) else None

    def _look_up(self, model: str, keys: list[bytes]) -> tuple[NDArray[np.bool_], Scores]:
        try:
            is_stored, halves = self.store.get(model, keys, _FLOATS_PER_SCORE)
            return is_stored, np.ascontiguousarray(halves, "<f4").view("<f8").ravel().astype(np.float64)
        except StoreError as error:
            self._give_up(error)
        return np.zeros(len(keys), dtype=np.bool_), np.zeros(len(keys))

    def _compute(
        self, missing: list[int], pairs: list[Pair], model: str, keys: list[bytes], scores: Scores
    ) -> None:
        """Fill the missing rows of ``scores``, and store them, each batch as it is there."""
        if self._progress is not None:
            self._progress.start(f"scoring with {self.spec.name}", len(missing))
        try:
            for start in range(0, len(missing), self._batch):
                rows = missing[start : start + self._batch]
                wanted = [pairs[row] for row in rows]
                scores[rows] = checked_scores(self.fresh.score(wanted), wanted, self.spec)
                self._keep(model, [keys[row] for row in rows], scores[rows])
                if self._progress is not None:
                    self._progress.advance(len(rows))
        finally:
            if self._progress is not None:
                self._progress.finish()

    def _keep(self, model: str, keys: list[bytes], scores: Scores) -> None:
        if not self._stores:
            return
        halves: Vectors = scores.astype("<f8").view("<f4").reshape(-1, _FLOATS_PER_SCORE)
        try:
            self.store.put(model, keys, halves, self.spec)
        except StoreError as error:
            self._give_up(error)

    def _give_up(self, error: StoreError) -> None:
        """Stop storing: a store that fails costs the next run time, never this run its results."""
        self._stores = False
        logger.warning("%s; this run goes on without keeping its scores", error)


def score_model_key(reranker: Reranker) -> str:
    """Return the name of a reranker's file in the store: a digest of its spec and its libraries' versions."""
    libraries: Mapping[str, str] = reranker.libraries if isinstance(reranker, Versioned) else {}
    return digest_of({"spec": reranker.spec.digest, "libraries": dict(libraries)})


def pair_key(model: str, pair: Pair) -> bytes:
    """Return 16 bytes that identify a score: a hash of model, query and document, each with its length."""
    query, document = (text.encode("utf-8", "surrogatepass") for text in pair)
    parts = f"{model}\0{len(query)}\0".encode() + query + document
    return hashlib.blake2b(parts, digest_size=16).digest()
