"""Embedding of a corpus into a store: what is new or changed, batch by batch, so that a kill loses one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from evenband import encoders, stages
from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import DocumentStore, create_store
from evenband.corpora.documents import Fault, id_digest
from evenband.corpora.store_folders import LocalPlace
from evenband.corpora.store_headers import check_model
from evenband.corpora.store_place import StorePlace
from evenband.corpora.store_places import StoreName, place_of
from evenband.errors import InputError
from evenband.probes.embedding import require_pictures
from evenband.running.corpus_census import Census, Known, batches, check_census, take_census
from evenband.running.embedding_checks import check_embedding
from evenband.running.embedding_engines import Batch, EmbeddedBatch, EmbeddingEngine, EngineName, LocalEngine
from evenband.running.embedding_progress import Tracked
from evenband.running.ray_engine import ray_engine
from evenband.running.ray_workers import Work
from evenband.running.status import Watching
from evenband.running.stored_models import public_spec, reference_of
from evenband.types import Encoder, Progress

DOCUMENTS_PER_COMMIT = 2048
"""Documents of a batch, at least: embedded, written and lost by a kill together."""


@dataclass(frozen=True)
class EmbeddedCorpus:
    """What embedding a corpus did to a store.

    Attributes:
        store: its folder, or its address in object storage.
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
        cut: of the documents that were embedded now, those that are longer than the model's limit, so that
            it did not read their ends; 0 where the model does not tell.
        limit: number of tokens that the model reads of a text; ``None`` if it has no limit or does not say.
    """

    store: Path | str
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
    cut: int = 0
    limit: int | None = None


class Missing(NamedTuple):
    """A document that the model has no vector for: its place, and whether the store had its id."""

    place: str
    is_stored: bool


def embed_corpus(
    corpus: Corpus,
    model: str | Encoder | None,
    path: StoreName,
    *,
    prune: bool = False,
    skip_bad: bool = False,
    trust_remote_code: bool = False,
    engine: EngineName = "local",
    workers: int | None = None,
    progress: Progress | Watching | None = None,
    consent: Callable[[str, Census], None] | None = None,
) -> EmbeddedCorpus:
    """Embed those documents of a corpus that a store does not have as they are.

    Args:
        corpus: read twice: to be checked and counted, and to be embedded.
        model: a reference or an encoder; the model of the store, which then must exist, if not given.
        path: of the store, or its address in object storage; it is made if there is none.
        prune: delete documents from the store that the corpus does not have.
        skip_bad: leave faulty rows out, instead of refusing the corpus.
        trust_remote_code: run code that came with the model.
        engine: ``ray`` embeds on a Ray cluster; the model must then be a reference.
        workers: how many the cluster gets; by default one for each GPU or share of processors.
        progress: told how far it is.
        consent: called with the model's reference and what it is to embed; raises an error to refuse.

    Raises:
        EvenbandError: if corpus, model or store cannot be used, or they do not fit together.
    """
    started = time.monotonic()
    check_embedding(corpus, model, engine)
    place = place_of(path)
    place.check_free()
    if model is None:
        model = reference_of(DocumentStore(place))
    with place.writing():
        stored = DocumentStore(place) if place.holds_store() else None
        if stored is not None and place.is_shared:
            stored.drop_repeated()
        known = Known() if stored is None else Known(stored.digests(), place.noted_without_vector())
        stages.enter(f"reading {corpus.path.name}")
        census = take_census(corpus, known)
        check_census(corpus, census, skip_bad)
        pictures = None if corpus.pictures is None else str(corpus.pictures.absolute())
        work = Work("", trust_remote_code, isinstance(progress, Watching), str(Path.cwd()), pictures)
        with _opened(model, work, census, consent, engine, workers) as embedder:
            store = _store_of(embedder, corpus, stored, place)
            missing, cut = _fill(store, embedder, corpus, known, Tracked(embedder.spec, census, progress))
        absent = len(known.digests.keys() - census.ids)
        deleted = _prune(store, census) if prune and absent else 0
        if census.to_embed and place.is_shared:
            store.drop_repeated()
        if census.to_embed or deleted:
            stages.enter("tidying the store")
            store.compact()
    spec = embedder.spec
    done = EmbeddedCorpus(
        shown_place(place), spec.ref, len(store), bytes=store.size, cut=cut, limit=spec.max_tokens
    )
    return replace(
        _counted(done, census, missing),
        deleted=deleted,
        absent=absent - deleted,
        seconds=time.monotonic() - started,
    )


def _store_of(
    engine: EmbeddingEngine, corpus: Corpus, stored: DocumentStore | None, place: StorePlace
) -> DocumentStore:
    """Return the store, which is made if there is none, once its model is known to fit.

    Raises:
        EvenbandError: if it takes no pictures, or is another than the store's.
    """
    if corpus.pictures is not None:
        require_pictures(engine.spec)
    spec = public_spec(engine.spec)
    store = create_store(place, spec) if stored is None else stored
    check_model(store.model, spec, place)
    return store


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


@contextmanager
def _opened(
    model: str | Encoder,
    work: Work,
    census: Census,
    consent: Callable[[str, Census], None] | None,
    engine: EngineName,
    workers: int | None,
) -> Iterator[EmbeddingEngine]:
    """Context manager: what embeds, once the user has agreed to what that may cost.

    Raises:
        InputError: if the engine cannot take the model.
    """
    if isinstance(model, str) and consent is not None:
        consent(model, census)
    if engine == "ray":
        if not isinstance(model, str):
            raise InputError(
                "--engine ray: got a model in memory, expected a reference that workers can load"
            )
        with ray_engine(replace(work, reference=model), workers) as remote:
            yield remote
        return
    if isinstance(model, str):
        stages.enter(f"loading {encoders.name_of(model)}")
        model = encoders.load(model, trust_remote_code=work.trusts)
    yield LocalEngine(model, work.counts)


def _fill(
    store: DocumentStore,
    engine: EmbeddingEngine,
    corpus: Corpus,
    known: Known,
    tracked: Tracked,
) -> tuple[list[Missing], int]:
    """Embed and commit batch by batch; return the documents without a vector, and the number of cut ones."""
    size = max(DOCUMENTS_PER_COMMIT, engine.least)
    todo = (
        Batch(documents, any(id_digest(one.id) in known.digests for one in documents))
        for documents in batches(corpus, known, size)
    )
    missing: list[Missing] = []
    cut = 0
    for batch, embedded in engine.embed(todo, store):
        missing += _commit(store, batch, embedded, known)
        cut += embedded.cut
        tracked.count(batch.documents, embedded.tokens)
    tracked.finish()
    return missing, cut


def delete_documents(path: StoreName, ids: Sequence[str]) -> EmbeddedCorpus:
    """Delete documents from a store.

    Raises:
        EvenbandError: if there is no store, it cannot be written, or it lacks one of the ids.
    """
    started = time.monotonic()
    place = place_of(path)
    DocumentStore(place)  # refuses what is none, before anything is written
    with place.writing():
        store = DocumentStore(place)
        known = store.digests()
        lacking = [id_ for id_ in ids if id_digest(id_) not in known]
        if lacking:
            raise InputError(f"the store {place} has no document {lacking[0]!r}; nothing was deleted")
        deleted = store.delete(ids)
        store.compact()
    seconds = time.monotonic() - started
    return EmbeddedCorpus(
        shown_place(place), store.model.ref, len(store), deleted=deleted, bytes=store.size, seconds=seconds
    )


def _commit(store: DocumentStore, batch: Batch, embedded: EmbeddedBatch, known: Known) -> list[Missing]:
    """Commit a batch, and return the documents without a vector."""
    told = list(zip(batch.documents, embedded.present, strict=True))
    if embedded.fragments:
        store.put_fragments(embedded.fragments)
    elif kept := [one for one, is_there in told if is_there]:
        store.put(kept, embedded.vectors, replaces=batch.replaces)
    lost = [one for one, is_there in told if not is_there]
    missing = [Missing(one.place, id_digest(one.id) in known.digests) for one in lost]
    if lost:
        store.delete([one.id for one, about in zip(lost, missing, strict=True) if about.is_stored])
        store.place.note_without_vector(lost)
    return missing


def shown_place(place: StorePlace) -> Path | str:
    """Return a folder as a path, and an address as a text."""
    return place.path if isinstance(place, LocalPlace) else str(place)


def _prune(store: DocumentStore, census: Census) -> int:
    """Delete the documents that the corpus does not have."""
    return store.delete([id_ for id_ in store.ids() if id_digest(id_) not in census.ids])
