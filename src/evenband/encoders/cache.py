"""An encoder that remembers: every vector is computed once per model, role and text."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from evenband.digests import digest_of
from evenband.encoders.contract import checked_texts, checked_vectors, no_vectors
from evenband.encoders.store import StoreError, VectorStore
from evenband.types import Encoder, ModelSpec, Progress, Role, Vectors

logger = logging.getLogger(__name__)

BATCH = 2048
"""Texts per batch where the encoder has no wish of its own (``slice_size``)."""


class CachedEncoder:
    """Asks the store first and keeps what it had to compute, batch by batch.

    Args:
        encoder: computes what is missing.
        store: keeps the vectors; the user's own cache if not given.
        progress: told of the texts that are missing, if any are.
        batch: texts per transaction: what a killed run can lose.
    """

    def __init__(
        self,
        encoder: Encoder,
        store: VectorStore | None = None,
        progress: Progress | None = None,
        batch: int | None = None,
    ) -> None:
        self.fresh = encoder
        self.store = store if store is not None else VectorStore()
        self.model = model_key(encoder)
        self._progress = progress
        self._batch = batch or int(getattr(encoder, "slice_size", BATCH))
        self._stores = True

    @property
    def spec(self) -> ModelSpec:
        """That of the encoder within."""
        return self.fresh.spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Vectors of the texts, in input order; a text that occurs twice is computed once.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: if the model cannot answer.
        """
        texts = checked_texts(texts)
        if not texts:
            return no_vectors(self.spec)
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        unique = list(places)
        keys = [text_key(self.model, role, text) for text in unique]
        found, vectors = self._look_up(keys)
        # Texts that begin alike stand together, so that an engine can share what they share.
        missing = sorted(np.flatnonzero(~found).tolist(), key=unique.__getitem__)
        if missing:
            self._compute(missing, unique, keys, role, vectors)
        if len(unique) == len(texts):
            return vectors  # as they are: a copy would double the memory
        return vectors[[places[text] for text in texts]]

    def _look_up(self, keys: list[bytes]) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Vectors]:
        try:
            return self.store.get(self.model, keys, self.spec.dim)
        except StoreError as error:
            self._give_up(error)
        return np.zeros(len(keys), dtype=np.bool_), np.zeros((len(keys), self.spec.dim), dtype=np.float32)

    def _compute(
        self, missing: list[int], texts: list[str], keys: list[bytes], role: Role, vectors: Vectors
    ) -> None:
        with _told(self._progress, f"embedding with {self.spec.name}", len(missing)) as advance:
            for start in range(0, len(missing), self._batch):
                part = missing[start : start + self._batch]
                asked = [texts[place] for place in part]
                vectors[part] = checked_vectors(self.fresh.encode(asked, role), asked, self.spec)
                self._keep([keys[place] for place in part], vectors[part])
                advance(len(part))

    def _keep(self, keys: list[bytes], vectors: Vectors) -> None:
        if self._stores:
            try:
                self.store.put(self.model, keys, vectors, self.spec)
            except StoreError as error:
                self._give_up(error)

    def _give_up(self, error: StoreError) -> None:
        """A store that fails costs the next run time, never this run its measurement."""
        self._stores = False
        logger.warning("%s; this run goes on without keeping its vectors", error)


def model_key(encoder: Encoder) -> str:
    """The name of a model's file in the store: its spec's digest and the libraries that compute it."""
    libraries = dict(getattr(encoder, "libraries", {}))
    return digest_of({"spec": encoder.spec.digest, "libraries": libraries})


def text_key(model: str, role: Role, text: str) -> bytes:
    """16 bytes for everything that decides a vector: model, role and text."""
    parts = f"{model}\0{Role(role).value}\0".encode() + text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(parts, digest_size=16).digest()


@contextlib.contextmanager
def _told(progress: Progress | None, what: str, total: int) -> Iterator[Callable[[int], None]]:
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
