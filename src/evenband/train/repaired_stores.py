"""Stores of documents that an unrepaired model embedded, corrected without embedding them again."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from evenband import encoders, stages
from evenband.corpora.document_store import ROWS_READ_AT_ONCE, DocumentStore, create_store
from evenband.corpora.documents import id_digest
from evenband.corpora.store_headers import check_model
from evenband.corpora.store_place import StorePlace
from evenband.corpora.store_places import StoreName, place_of
from evenband.errors import InputError
from evenband.running.embedding_runs import EmbeddedCorpus, shown_place
from evenband.running.stored_models import public_spec
from evenband.similarity import normalise
from evenband.train.repair_folder import RepairFolder, apply_repair
from evenband.train.repair_models import repaired_reference
from evenband.types import Encoder, ModelSpec, Role
from evenband.types.picture_texts import is_picture

CHECKED_DOCUMENTS = 4
"""Documents that the repaired model embeds anew, to be held against the mapped vectors."""

LARGEST_DEVIATION = 1e-3
"""Largest value of 1 - cosine between the two: number formats differ by less, another prompt by more."""


def repair_store(
    store: StoreName, folder: str | Path, target: StoreName, *, trust_remote_code: bool = False
) -> EmbeddedCorpus:
    """Map the vectors of a store into another one, whose queries the repaired model embeds.

    A call that was stopped is repeated to go on, and later ones bring to the target what has changed.

    Args:
        store: that the unrepaired model embedded.
        folder: what ``evenband repair -o`` wrote.
        target: of the mapped vectors: a new store, or the one of an earlier call.
        trust_remote_code: run code that came with the model.

    Returns:
        What the target holds now.

    Raises:
        InputError: if store, repair and target do not fit together.
        ModelError: if the repaired model cannot be loaded.
    """
    started = time.monotonic()
    origin, repair = DocumentStore(store, held=True), RepairFolder(Path(folder).expanduser())
    record = repair.read_record()
    repair.processing()  # refuses a repair without a map
    base = ModelSpec.from_dict(record["model"])
    check_model(origin.model, base, origin.place)
    reference = _reference_of(repair, base, normalize=bool(record["normalize"]))
    stages.enter(f"loading {encoders.name_of(reference)}")
    model = encoders.load(reference, trust_remote_code=trust_remote_code)
    _check_agreement(origin, repair, model)
    place = place_of(target)
    place.check_free()
    with place.writing():
        done = _fill(origin, repair, place, public_spec(model.spec))
    return replace(done, seconds=time.monotonic() - started)


def _reference_of(repair: RepairFolder, base: ModelSpec, *, normalize: bool) -> str:
    """Return the reference of the repaired model: its folder, or the base with the map behind it."""
    if repair.model.is_dir():
        return str(repair.model)
    return repaired_reference(base.ref, repair.matrix, normalize)


def _check_agreement(origin: DocumentStore, repair: RepairFolder, model: Encoder) -> None:
    """Refuse a repair whose model gives other vectors than the map makes of the store's.

    Raises:
        InputError: naming the largest deviation.
    """
    rows = list(range(min(CHECKED_DOCUMENTS, len(origin))))
    texts = [one.text for one in origin.take(rows)] if rows else []
    if not texts or any(map(is_picture, texts)):
        return
    mapped = apply_repair(origin.take_vectors(rows), repair.path)
    anew = model.encode(texts, Role(origin.header.role))
    cosines = np.sum(normalise(mapped) * normalise(anew), axis=1)
    deviation = float(1 - cosines.min())
    if not deviation <= LARGEST_DEVIATION:
        raise InputError(
            f"{repair.path}: its model gives other vectors for documents of {origin.place} than its map "
            f"makes of the store's (1 - cosine up to {deviation:.1g}): one of the three has changed; embed "
            f"the corpus with {model.spec.ref}"
        )


def _fill(origin: DocumentStore, repair: RepairFolder, place: StorePlace, spec: ModelSpec) -> EmbeddedCorpus:
    """Map what the target does not have as it is, block by block."""
    target = DocumentStore(place) if place.holds_store() else create_store(place, spec)
    check_model(target.model, spec, place)
    known, new, changed = target.digests(), 0, 0
    blocks = max(1, -(-len(origin) // ROWS_READ_AT_ONCE))
    for number, (start, block) in enumerate(origin.vector_blocks(ROWS_READ_AT_ONCE), start=1):
        stages.enter("mapping vectors", number, blocks)
        documents = origin.take(range(start, start + len(block)))
        todo = [row for row, one in enumerate(documents) if known.get(id_digest(one.id)) != one.digest]
        replaced = sum(id_digest(documents[row].id) in known for row in todo)
        if todo:
            mapped = apply_repair(block[todo], repair.path)
            target.put([documents[row] for row in todo], mapped, replaces=replaced > 0)
        new, changed = new + len(todo) - replaced, changed + replaced
    there = set(map(id_digest, origin.ids()))
    deleted = target.delete([id_ for id_ in target.ids() if id_digest(id_) not in there])
    if new or changed or deleted:
        target.compact()
    return EmbeddedCorpus(
        shown_place(place),
        spec.ref,
        len(target),
        new=new,
        changed=changed,
        unchanged=len(origin) - new - changed,
        deleted=deleted,
        bytes=target.size,
    )
