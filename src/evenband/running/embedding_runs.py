"""Embedding of a corpus into a store: what is new or changed, batch by batch, so that a kill loses one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evenband import encoders, stages
from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import DocumentStore, check_folder, create_store, is_store
from evenband.corpora.documents import Document, Fault, id_digest
from evenband.corpora.store_headers import check_model
from evenband.corpora.store_locks import writing
from evenband.corpora.vectorless import note_without_vector, noted_without_vector
from evenband.encoders import Batching
from evenband.errors import InputError
from evenband.probes.embedding import embed
from evenband.running.corpus_census import Census, Known, batches, check_census, take_census
from evenband.running.embedding_progress import Tracked
from evenband.running.status import Watching
from evenband.running.stored_models import public_spec, reference_of
from evenband.types import Encoder, Progress, Role

DOCUMENTS_PER_COMMIT = 2048
"""Documents of a batch, at least: embedded, written and lost by a kill together."""


@dataclass(frozen=True)
class EmbeddedCorpus:
    """What embedding a corpus did to a store.

    Attributes:
        store: its folder.
        model: reference of the model.
        documents: number of documents that it holds now.
        new: of the corpus, that it did not have.
        changed: that it had with another text or other columns.
        unchanged: that were left as they were.
        deleted: that were deleted.
        absent: that the store holds and the corpus does not.
        without_vector: places of documents that the model has no vector for. They are not stored, and count
            nowhere else; what the store had under their ids is deleted.
        faults: first of the rows that were left out.
        faulty: how many there are.
        bytes: of the store on disk.
        seconds: that it took.
    """

    store: Path
    model: str
    documents: int
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    absent: int = 0
    without_vector: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    faulty: int = 0
    bytes: int = 0
    seconds: float = 0.0


class Missing(NamedTuple):
    """A document that the model has no vector for: its place, and whether the store had its id."""

    place: str
    is_stored: bool


def embed_corpus(
    corpus: Corpus,
    model: str | Encoder | None,
    path: Path,
    *,
    prune: bool = False,
    skip_bad: bool = False,
    trust_remote_code: bool = False,
    progress: Progress | Watching | None = None,
    consent: Callable[[str, Census], None] | None = None,
) -> EmbeddedCorpus:
    """Embed those documents of a corpus that a store does not have as they are.

    Args:
        corpus: read twice: to be checked and counted, and to be embedded.
        model: a reference or an encoder; the model of the store, which then must exist, if not given.
        path: of the store, which is made if there is none.
        prune: delete documents from the store that the corpus does not have.
        skip_bad: leave faulty rows out, instead of refusing the corpus.
        trust_remote_code: run code that came with the model.
        progress: told how far it is.
        consent: called with the model's reference and what it is to embed; raises an error to refuse.

    Raises:
        EvenbandError: if corpus, model or store cannot be used, or they do not fit together.
    """
    started = time.monotonic()
    check_folder(path)
    if model is None:
        model = reference_of(DocumentStore(path))
    with writing(path):
        stored = DocumentStore(path) if is_store(path) else None
        known = Known() if stored is None else Known(stored.digests(), noted_without_vector(path))
        stages.enter(f"reading {corpus.path.name}")
        census = take_census(corpus, known)
        check_census(corpus, census, skip_bad)
        encoder = _load(model, census, consent, trust_remote_code)
        store = create_store(path, public_spec(encoder.spec)) if stored is None else stored
        check_model(store.model, public_spec(encoder.spec), path)
        missing = _fill(store, encoder, corpus, known, Tracked(encoder, census, progress))
        absent = len(known.digests.keys() - census.ids)
        deleted = _prune(store, census) if prune and absent else 0
        if census.to_embed or deleted:
            stages.enter("tidying the store")
            store.compact()
    done = EmbeddedCorpus(path, encoder.spec.ref, len(store), bytes=store.size)
    return replace(
        _counted(done, census, missing),
        deleted=deleted,
        absent=absent - deleted,
        seconds=time.monotonic() - started,
    )


def _counted(result: EmbeddedCorpus, census: Census, missing: Sequence[Missing]) -> EmbeddedCorpus:
    """Return a result with the counts of a census; documents without a vector count as such only."""
    return replace(
        result,
        new=census.new - sum(not one.is_stored for one in missing),
        changed=census.changed - sum(one.is_stored for one in missing),
        unchanged=census.unchanged,
        without_vector=(*census.without_vector, *(one.place for one in missing)),
        faults=tuple(census.faults),
        faulty=census.faulty,
    )


def _load(
    model: str | Encoder,
    census: Census,
    consent: Callable[[str, Census], None] | None,
    trust_remote_code: bool,
) -> Encoder:
    """Return the encoder, once its user has agreed to what it may cost."""
    if not isinstance(model, str):
        return model
    if consent is not None:
        consent(model, census)
    stages.enter(f"loading {encoders.name_of(model)}")
    return encoders.load(model, trust_remote_code=trust_remote_code)


def _fill(
    store: DocumentStore,
    encoder: Encoder,
    corpus: Corpus,
    known: Known,
    tracked: Tracked,
) -> list[Missing]:
    """Embed and commit batch by batch, and return the documents without a vector."""
    size = max(DOCUMENTS_PER_COMMIT, encoder.slice_size if isinstance(encoder, Batching) else 0)
    missing: list[Missing] = []
    for batch in batches(corpus, known, size):
        missing += _add(store, encoder, batch, known)
        tracked.count(batch)
    tracked.finish()
    return missing


def delete_documents(path: Path, ids: Sequence[str]) -> EmbeddedCorpus:
    """Delete documents from a store.

    Raises:
        EvenbandError: if there is no store, it cannot be written, or it lacks one of the ids.
    """
    started = time.monotonic()
    DocumentStore(path)  # refuses what is none, before anything is written
    with writing(path):
        store = DocumentStore(path)
        known = store.digests()
        lacking = [id_ for id_ in ids if id_digest(id_) not in known]
        if lacking:
            raise InputError(f"the store {path} has no document {lacking[0]!r}; nothing was deleted")
        deleted = store.delete(ids)
        store.compact()
    seconds = time.monotonic() - started
    return EmbeddedCorpus(
        path, store.model.ref, len(store), deleted=deleted, bytes=store.size, seconds=seconds
    )


def _add(
    store: DocumentStore,
    encoder: Encoder,
    batch: Sequence[Document],
    known: Known,
) -> list[Missing]:
    """Embed a batch and commit it, and return the documents without a vector.

    The encoder gets the texts by length: it then pads, or splits into groups, as little as it can.
    """
    order = sorted(range(len(batch)), key=lambda row: len(batch[row].text))
    embedded = embed(encoder, [batch[row].text for row in order], Role.DOCUMENT)
    rows = np.empty(len(batch), dtype=np.int64)
    rows[order] = np.arange(len(batch))
    is_present = embedded.present[rows]
    kept = [one for one, is_there in zip(batch, is_present, strict=True) if is_there]
    if kept:
        replaces = any(id_digest(one.id) in known.digests for one in kept)
        store.put(kept, embedded.vectors[rows[is_present]], replaces=replaces)
    lost = [one for one, is_there in zip(batch, is_present, strict=True) if not is_there]
    missing = [Missing(one.place, id_digest(one.id) in known.digests) for one in lost]
    if lost:
        store.delete([one.id for one, about in zip(lost, missing, strict=True) if about.is_stored])
        note_without_vector(store.path, lost)
    return missing


def _prune(store: DocumentStore, census: Census) -> int:
    """Delete the documents that the corpus does not have."""
    return store.delete([id_ for id_ in store.ids() if id_digest(id_) not in census.ids])
