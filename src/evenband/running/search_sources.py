"""Corpora without judgements, which are asked the user's own queries: a store, or a corpus's files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import DocumentStore, is_store
from evenband.corpora.documents import Document, Fault
from evenband.corpora.store_places import is_address
from evenband.errors import InputError
from evenband.probes.embedding import embed
from evenband.probes.retrieval.dataset_references import is_dataset
from evenband.probes.retrieval.dataset_rows import refuse
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.rank_changes import TextSearch, query_cut
from evenband.probes.retrieval.retrievers import spread
from evenband.running.retrieval_plans import RetrievalPlan
from evenband.running.retrieval_queries import QueryTexts
from evenband.running.store_searches import OpenStore
from evenband.running.stored_models import reference_of
from evenband.running.subjects import not_a_retriever
from evenband.types import Auditable, Encoder, Ranking, Reranker, Role

DOCUMENTS_PER_READING = 2048
"""Documents of a store that are read together."""


def is_unjudged(reference: str) -> bool:
    """Return whether a reference names a store, or a corpus that is there and has no judgements."""
    if is_address(reference):
        return True
    return is_store(reference) or (Path(reference).exists() and not is_dataset(reference))


def open_stores(
    parts: Sequence[RetrievalPlan], models: Sequence[str | Auditable] | None
) -> Iterator[tuple[RetrievalPlan, OpenStore]]:
    """Yield the stores, each with its own model or with those that give the same vectors.

    A model that several stores have in turn is loaded once.

    Raises:
        EvenbandError: if a store or a model cannot be read.
    """
    loaded: dict[str, Encoder] = {}
    for part in parts:
        given: list[str | Auditable | None] = list(models or part.models) or [None]
        for model in given:
            if isinstance(model, Reranker):
                raise not_a_retriever(model.spec)
            named = reference_of(DocumentStore(part.dataset)) if model is None else model
            if isinstance(named, str):
                model = loaded.get(named, model)
            opened = OpenStore(part.dataset, model, trust_remote_code=part.trust_remote_code)
            loaded = {named: opened.encoder} if isinstance(named, str) else {}
            yield part, opened


def store_search(opened: OpenStore, reference: str) -> TextSearch:
    """Return the search of a store by text.

    Raises:
        EvenbandError: if the store cannot be read, or its index cannot be built.
    """
    built, encoder, documents = opened.index(reference), opened.encoder, opened.documents
    ids = documents.ids()

    def find(queries: Sequence[str], k: int) -> tuple[Ranking, NDArray[np.bool_]]:
        embedded = embed(encoder, queries, Role.QUERY)
        found = built.search(embedded.vectors[embedded.present], k)
        return spread(found, embedded.present), embedded.present

    name = documents.place.name
    return TextSearch(encoder.spec, name, documents.state, ids, reference, find, query_cut(encoder))


class StoredTexts(Sequence[str]):
    """The texts of a store's documents, all read when one is asked for; in turn, some are read at a time.

    Args:
        store: that holds them.
    """

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        return self._texts[place]

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), DOCUMENTS_PER_READING):
            rows = range(start, min(start + DOCUMENTS_PER_READING, len(self)))
            yield from (one.text for one in self._store.take(rows))

    @cached_property
    def _texts(self) -> list[str]:
        return self._store.texts()


def store_dataset(store: DocumentStore, queries: QueryTexts) -> Dataset:
    """Return a store as a dataset without judgements.

    Raises:
        EvenbandError: if the store cannot be read or holds no document.
    """
    return _unjudged(store.place.name, store.ids(), StoredTexts(store), queries, store.state)


def corpus_dataset(path: Path, queries: QueryTexts) -> Dataset:
    """Return the documents of a corpus as a dataset without judgements.

    Raises:
        InputError: as for :func:`read_corpus`.
    """
    documents = read_corpus(path)
    ids, texts = [one.id for one in documents], tuple(one.text for one in documents)
    return _unjudged(path.resolve().stem, ids, texts, queries, "")


def _unjudged(name: str, ids: list[str], texts: Sequence[str], queries: QueryTexts, state: str) -> Dataset:
    return Dataset(
        name,
        tuple(ids),
        texts,
        tuple(f"q{number}" for number in queries.numbers),
        queries.texts,
        ({},) * len(queries.texts),
        remarks=queries.remarks,
        is_judged=False,
        state=state,
    )


def read_corpus(path: Path) -> list[Document]:
    """Return all documents of a corpus.

    Raises:
        InputError: naming the rows that are no documents, or an id that is there twice.
    """
    documents: dict[str, Document] = {}
    faults: list[str] = []
    for one in Corpus(path):
        if isinstance(one, Fault):
            faults.append(str(one))
        elif one.id in documents:
            faults.append(f"{one.place} has the id {one.id!r} of {documents[one.id].place}")
        else:
            documents[one.id] = one
    refuse(str(path), faults, "in each row an id of its own and a text")
    if not documents:
        raise InputError(f"{path} holds no document, expected one or more")
    return list(documents.values())
