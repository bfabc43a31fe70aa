"""Documents whose vectors a store has: these are read from it, and only the others are embedded."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from evenband.corpora.document_store import DocumentStore
from evenband.corpora.documents import DIGEST_BYTES
from evenband.corpora.store_headers import check_model
from evenband.corpora.store_places import StoreName
from evenband.encoders.wrapping import Wrapper
from evenband.errors import InputError
from evenband.running.stored_models import public_spec
from evenband.types import Encoder, ModelSpec, Role, Vectors
from evenband.wording import counted

logger = logging.getLogger(__name__)

ROWS_TAKEN_AT_ONCE = 8192
"""Vectors that are read from a store together."""


class KnownTexts:
    """The texts of a store, each with the row of its vector.

    Args:
        store: its folder, or its address in object storage.

    Attributes:
        store: opened, its files kept in place as long as this exists.

    Raises:
        EvenbandError: if there is no store, or it cannot be read.
    """

    def __init__(self, store: StoreName) -> None:
        self.store = DocumentStore(store, held=True)

    def rows(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return the row of each text; -1 for one that the store does not hold. Shape: n texts -> (n,)."""
        return np.array([self._rows.get(_digest(text), -1) for text in texts], dtype=np.int64)

    def fits(self, encoder: Encoder) -> bool:
        """Return whether an encoder gives the store's vectors."""
        return self.store.model.vector_digest == public_spec(encoder.spec).vector_digest

    @cached_property
    def _rows(self) -> dict[bytes, int]:
        """Row of each text, by its digest, which takes less memory."""
        return {_digest(text): row for row, text in enumerate(self.store.each_text())}


class StoredDocuments(Wrapper):
    """Takes vectors of documents from a store; the encoder inside computes those that it does not hold."""

    def __init__(self, encoder: Encoder, /, known: KnownTexts) -> None:
        """Wrap an encoder that gives the store's vectors."""
        self._encoder = encoder
        self.known = known

    @property
    def inner(self) -> Encoder:
        """The encoder inside."""
        return self._encoder

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector of the encoder inside, and of the store."""
        return self._encoder.spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Return the vectors of the texts, in input order. Shape: n texts -> (n, d).

        Raises:
            DocumentStoreError: if the store cannot be read.
            ModelError: if the model fails.
        """
        if role is not self.known.store.header.role:
            return self._encoder.encode(texts, role)
        rows = self.known.rows(texts)
        vectors = np.empty((len(rows), self.spec.dim), dtype=np.float32)
        stored, others = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0).tolist()
        ordered = stored[np.argsort(rows[stored], kind="stable")]
        for start in range(0, len(ordered), ROWS_TAKEN_AT_ONCE):
            part = ordered[start : start + ROWS_TAKEN_AT_ONCE]
            vectors[part] = self.known.store.take_vectors(rows[part].tolist())
        if others:
            vectors[others] = self._encoder.encode([texts[place] for place in others], role)
        return vectors


def with_stored(encoder: Encoder, stores: Sequence[KnownTexts]) -> Encoder:
    """Return an encoder that takes the vectors of documents from those stores that it fits.

    Raises:
        InputError: if it fits none of some stores, naming the field that differs from the first.
    """
    fitting = [one for one in stores if one.fits(encoder)]
    if stores and not fitting:
        check_model(stores[0].store.model, public_spec(encoder.spec), stores[0].store.place)
    for one in reversed(fitting):
        encoder = StoredDocuments(encoder, one)
    return encoder


def stored_remarks(encoder: Encoder, texts: Sequence[str]) -> tuple[str, ...]:
    """Return from which stores the vectors of documents are, and how many; nothing without a store."""
    remaining, remarks = np.ones(len(texts), dtype=np.bool_), []
    for known in _stores_of(encoder):
        found = remaining & (known.rows(texts) >= 0)
        remaining &= ~found
        remarks.append(f"{int(found.sum()):,} from {known.store.place}")
    if not remarks:
        return ()
    embedded = f", {int(remaining.sum()):,} embedded now" if remaining.any() else ""
    return (f"store: vectors of {len(texts):,} documents, {', '.join(remarks)}{embedded}",)


def missing_of(stores: Sequence[KnownTexts], texts: Sequence[str]) -> tuple[str, ...]:
    """Return the texts that one of several stores, one for each model, does not hold; all without stores."""
    held = np.full(len(texts), bool(stores))
    for one in stores:
        held &= one.rows(texts) >= 0
    return tuple(texts[place] for place in np.flatnonzero(~held).tolist())


def check_shared(stores: Sequence[KnownTexts], name: str, texts: Sequence[str]) -> None:
    """Refuse stores of another corpus, from which nothing could be taken.

    Raises:
        InputError: if none of them holds any of the texts.
    """
    if stores and not any((one.rows(texts) >= 0).any() for one in stores):
        places = ", ".join(str(one.store.place) for one in stores)
        raise InputError(
            f"--store {places}: holds none of the {counted(len(texts), 'document')} of {name}, by their "
            "texts; name the store of this corpus, or leave --store out"
        )


def warn_of_unused(stores: Sequence[KnownTexts], encoders: Sequence[Encoder]) -> None:
    """Say which stores no model of a run fits."""
    for one in stores:
        if encoders and not any(map(one.fits, encoders)):
            logger.warning(
                "%s: no model of this run gives the vectors of this store; it was not used", one.store.place
            )


def _stores_of(encoder: Encoder) -> Iterator[KnownTexts]:
    while isinstance(encoder, StoredDocuments):
        yield encoder.known
        encoder = encoder.inner


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()
