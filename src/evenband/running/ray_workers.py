"""What a worker of a Ray cluster does: load the model, embed batches, write fragments of the store."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from evenband import encoders
from evenband.corpora.document_store import DocumentStore, is_store
from evenband.corpora.documents import Document
from evenband.corpora.lance_tables import written_fragments
from evenband.corpora.store_headers import StoreHeader, check_model
from evenband.corpora.store_places import place_of
from evenband.errors import EvenbandError, ModelError
from evenband.picture_files import shelve
from evenband.running.embedding_engines import EmbeddedBatch, embed_documents
from evenband.running.stored_models import public_spec
from evenband.types import Encoder
from evenband.types.picture_texts import is_picture, shown_text


@dataclass(frozen=True)
class WorkerFailure:
    """An error of evenband's in a worker, as its one line: not every error can travel itself."""

    reason: str


@dataclass(frozen=True)
class Work:
    """What a worker is told once.

    Attributes:
        reference: of the model.
        trusts: whether code that came with the model is run.
        counts: whether tokens are counted.
        folder: that the driver runs in, so that relative paths mean the same.
        pictures: folder of the corpus, if its documents are pictures.
    """

    reference: str
    trusts: bool
    counts: bool
    folder: str
    pictures: str | None


class EmbeddingWorker:
    """A process that embeds batches.

    Args:
        work: what it is told once.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        if Path(work.folder).is_dir():
            os.chdir(work.folder)
        self._shared: dict[str, bool] = {}

    def spec(self) -> dict[str, Any] | WorkerFailure:
        """Return the model's spec as plain data, once it is loaded."""
        try:
            return self._encoder.spec.to_dict()
        except EvenbandError as error:
            return WorkerFailure(str(error))

    def embed(
        self, documents: Sequence[Document], store: str, header: bytes, writes: bool
    ) -> EmbeddedBatch | WorkerFailure:
        """Embed a batch, and write it as fragments of the store.

        Where this machine does not see the store, or ``writes`` is false, the vectors are returned instead.

        Args:
            documents: of the batch.
            store: folder or address.
            header: of the store.
            writes: whether fragments may be written, which only add documents.
        """
        try:
            about = StoreHeader.from_json(header, store)
            check_model(about.model, public_spec(self._encoder.spec), store)
            self._open_pictures(documents)
            embedded = embed_documents(self._encoder, documents, self._work.counts)
            if not (writes and embedded.present.any() and self._sees(store, about)):
                return embedded
            kept = [one for one, is_there in zip(documents, embedded.present, strict=True) if is_there]
            fragments = written_fragments(kept, embedded.vectors, about, place_of(store))
            return replace(embedded, vectors=np.empty((0, 0), dtype=np.float32), fragments=fragments)
        except EvenbandError as error:
            return WorkerFailure(str(error))

    @cached_property
    def _encoder(self) -> Encoder:
        return encoders.load(self._work.reference, trust_remote_code=self._work.trusts)

    def _open_pictures(self, documents: Sequence[Document]) -> None:
        """Find the files of pictures on this machine.

        Raises:
            ModelError: if one is not there, or another.
        """
        for one in documents if self._work.pictures is not None else ():
            if not is_picture(one.text):
                continue
            name = shown_text(one.text)
            try:
                is_same = shelve(Path(self._work.pictures or "") / name, name) == one.text
            except EvenbandError as error:
                raise ModelError(f"a worker cannot read the picture {name}: {error}") from error
            if not is_same:
                raise ModelError(f"the picture {name} is not what it was; start the run again")

    def _sees(self, store: str, header: StoreHeader) -> bool:
        """Return whether files that this machine writes at the store's place are in the store."""
        if store not in self._shared:
            self._shared[store] = is_store(store) and DocumentStore(store).header.name == header.name
        return self._shared[store]
