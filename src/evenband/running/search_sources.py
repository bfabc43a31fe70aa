"""Corpora without judgements, of which only changed queries are measured: a store, or a corpus's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import DocumentStore, is_store
from evenband.corpora.documents import Document, Fault
from evenband.corpora.store_places import is_address
from evenband.digests import digest_of
from evenband.errors import InputError
from evenband.index.bm25 import read_bm25
from evenband.probes.embedding import embed
from evenband.probes.retrieval.dataset_references import is_dataset
from evenband.probes.retrieval.dataset_rows import refuse
from evenband.probes.retrieval.rank_changes import TextSearch, dense_search, lexical_search
from evenband.probes.retrieval.retrievers import spread
from evenband.running.provenance import describe_subject
from evenband.running.retrieval_plans import RetrievalPlan
from evenband.running.session import Session
from evenband.running.store_searches import OpenStore
from evenband.running.stored_models import reference_of
from evenband.running.subjects import Subject, not_a_retriever
from evenband.types import Auditable, Encoder, Ranking, Reranker, Role

Search = tuple[Callable[[], TextSearch], Callable[[], dict[str, Any]]]
"""Loads the search of a corpus, and describes its model for the manifest."""


def is_unjudged(reference: str) -> bool:
    """Return whether a reference names a store, or a corpus that is there and has no judgements."""
    if is_address(reference):
        return True
    return is_store(reference) or (Path(reference).exists() and not is_dataset(reference))


def store_searches(
    parts: Sequence[RetrievalPlan], session: Session, models: Sequence[str | Auditable] | None
) -> Iterator[tuple[RetrievalPlan, Search]]:
    """Yield the searches of stores, each by its own model or by those that give the same vectors.

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
            subject = Subject(opened.encoder, opened.encoder)
            loaded = {named: opened.encoder} if isinstance(named, str) else {}
            describe = partial(describe_subject, subject, [], session.sink.manifest)
            yield part, (partial(store_search, opened, part.changes_index), describe)


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
    return TextSearch(encoder.spec, name, documents.state, ids, reference, find)


@dataclass(frozen=True)
class CorpusTexts:
    """The documents of a corpus without judgements.

    Attributes:
        name: of the corpus.
        digest: of ids and texts.
        ids: of the documents.
        texts: likewise.
    """

    name: str
    digest: str
    ids: Sequence[str]
    texts: Sequence[str]

    @classmethod
    def read(cls, path: Path) -> CorpusTexts:
        """Read a corpus.

        Raises:
            InputError: as for :func:`read_corpus`.
        """
        documents = read_corpus(path)
        ids, texts = [one.id for one in documents], [one.text for one in documents]
        return cls(path.resolve().stem, digest_of([ids, texts]), ids, texts)

    def by_vectors(self, subject: Subject, session: Session, index: str) -> Search:
        """Return the search by a model's vectors, through an index."""
        names = self.name, self.digest, self.ids, self.texts
        describe = partial(describe_subject, subject, [], session.sink.manifest)
        return partial(dense_search, subject.cached, *names, index), describe

    def by_words(self, reference: str) -> Search:
        """Return the search by BM25."""
        words = partial(lexical_search, read_bm25(reference), self.name, self.digest, self.ids, self.texts)
        return words, partial(_describe_words, words)


def _describe_words(load: Callable[[], TextSearch]) -> dict[str, Any]:
    search = load()
    return {**search.spec.to_dict(), "digest": search.spec.digest}


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
