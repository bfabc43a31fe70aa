"""An encoder with a cache: every vector is computed once per model, role and text."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.digests import digest_of
from evenband.encoders.capabilities import Piecewise
from evenband.encoders.contract import checked_texts, checked_vectors, no_vectors, require_covered
from evenband.encoders.store import StoreError, VectorStore
from evenband.encoders.wrapping import Wrapper, profile_of
from evenband.types import Encoder, ModelSpec, Progress, Role, Vectors

logger = logging.getLogger(__name__)

TEXTS_PER_TRANSACTION = 2048
"""Texts that are computed and stored at a time if the encoder is not ``Batching``."""


class CachedEncoder(Wrapper):
    """Looks vectors up in a store, and computes and stores those that it lacks, batch by batch."""

    def __init__(
        self,
        encoder: Encoder,
        /,
        store: VectorStore | None = None,
        progress: Progress | None = None,
        batch: int | None = None,
    ) -> None:
        """Put a cache in front of an encoder.

        Args:
            encoder: computes what the store lacks.
            store: keeps the vectors; the user's own cache if not given.
            progress: told how many texts are missing, if any are.
            batch: texts per transaction, which is what a killed run can lose; the encoder's
                ``slice_size`` if not given.
        """
        self.fresh = encoder
        self.store = store if store is not None else VectorStore()
        self._progress = progress
        self._batch = batch or self.profile.slice_size or TEXTS_PER_TRANSACTION
        self._stores = True

    @property
    def inner(self) -> Encoder:
        """The encoder without the cache."""
        return self.fresh

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector of the encoder inside."""
        return self.fresh.spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Return the vectors of the texts, in input order; a text that occurs twice is computed once.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: if the model cannot answer, or has no vector for a text.
        """
        texts = checked_texts(texts)
        if not texts:
            return no_vectors(self.spec)
        rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        unique = list(rows)
        model = model_key(self.fresh)  # not kept: a live model's weights may change
        keys = [text_key(model, role, text) for text in unique]
        is_stored, vectors = self._look_up(model, keys)
        # In alphabetical order, so that an engine can share the computation of common beginnings.
        missing = sorted(np.flatnonzero(~is_stored).tolist(), key=unique.__getitem__)
        if missing:
            require_covered(self.fresh, [unique[row] for row in missing], role)
            self._compute(missing, unique, model, keys, role, vectors)
        if len(unique) == len(texts):
            return vectors  # not indexed: a copy would double the memory
        return vectors[[rows[text] for text in texts]]

    def is_stored(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        """Return which texts' vectors are stored already. Shape: n different texts -> (n,)."""
        model = model_key(self.fresh)
        return self._look_up(model, [text_key(model, role, text) for text in texts])[0]

    def _look_up(self, model: str, keys: list[bytes]) -> tuple[NDArray[np.bool_], Vectors]:
        try:
            return self.store.get(model, keys, self.spec.dim)
        except StoreError as error:
            self._give_up(error)
        return np.zeros(len(keys), dtype=np.bool_), np.zeros((len(keys), self.spec.dim), dtype=np.float32)

    def _compute(
        self,
        missing: list[int],
        texts: list[str],
        model: str,
        keys: list[bytes],
        role: Role,
        vectors: Vectors,
    ) -> None:
        """Fill the missing rows of ``vectors``, and store them, each batch or piece as it is there."""
        with _reported(self._progress, f"embedding with {self.spec.name}", len(missing)) as advance:

            def take(places: Sequence[int], part: Vectors) -> None:
                rows = [missing[place] for place in places]
                vectors[rows] = checked_vectors(part, [texts[row] for row in rows], self.spec)
                self._keep(model, [keys[row] for row in rows], vectors[rows])
                advance(len(rows))

            if isinstance(self.fresh, Piecewise):
                wanted = [texts[row] for row in missing]
                vectors[missing] = np.nan  # a piece that never comes is refused, not taken for zeros
                self.fresh.encode_pieces(wanted, take, role)
                checked_vectors(vectors[missing], wanted, self.spec)
                return
            for start in range(0, len(missing), self._batch):
                places = range(start, min(start + self._batch, len(missing)))
                take(places, self.fresh.encode([texts[missing[place]] for place in places], role))

    def _keep(self, model: str, keys: list[bytes], vectors: Vectors) -> None:
        if self._stores:
            try:
                self.store.put(model, keys, vectors, self.spec)
            except StoreError as error:
                self._give_up(error)

    def _give_up(self, error: StoreError) -> None:
        """Stop storing: a store that fails costs the next run time, never this run its results."""
        self._stores = False
        logger.warning("%s; this run goes on without keeping its vectors", error)


def model_key(encoder: Encoder) -> str:
    """Return the name of a model's file in the store: a digest of its spec and its libraries' versions."""
    return digest_of({"spec": encoder.spec.vector_digest, "libraries": dict(profile_of(encoder).libraries)})


def text_key(model: str, role: Role, text: str) -> bytes:
    """Return 16 bytes that identify a vector: a hash of model, role and text."""
    parts = f"{model}\0{Role(role).value}\0".encode() + text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(parts, digest_size=16).digest()


@contextlib.contextmanager
def _reported(progress: Progress | None, what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Context manager: report a job to ``progress``; gives the function to call after each batch."""
    if progress is None:
        yield _tell_nobody
        return
    progress.start(what, total)
    try:
        yield progress.advance
    finally:
        progress.finish()


def _tell_nobody(items: int) -> None:
    del items
