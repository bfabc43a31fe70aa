"""Corpora without judgements, of which only changed queries are measured: a store, or a corpus's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import is_store
from evenband.corpora.documents import Document, Fault
from evenband.digests import digest_of
from evenband.errors import InputError
from evenband.index.bm25 import is_bm25, read_bm25
from evenband.probes.embedding import embed
from evenband.probes.retrieval.dataset_references import is_dataset
from evenband.probes.retrieval.dataset_rows import refuse
from evenband.probes.retrieval.rank_changes import TextSearch, dense_search, lexical_search
from evenband.probes.retrieval.retrievers import spread
from evenband.running.plan import Plan
from evenband.running.provenance import describe_subject
from evenband.running.retrieval_plans import RetrievalPlan
from evenband.running.session import Session
from evenband.running.store_searches import OpenStore
from evenband.running.subjects import Subject, load_retrievers, not_a_retriever
from evenband.types import Auditable, Ranking, Reranker, Role

Search = tuple[Callable[[], TextSearch], Callable[[], dict[str, Any]]]
"""Loads the search of a corpus, and describes its model for the manifest."""


def is_unjudged(reference: str) -> bool:
    """Return whether a reference names a store, or a corpus that is there and has no judgements."""
    return is_store(Path(reference)) or (Path(reference).exists() and not is_dataset(reference))


def open_searches(
    todo: RetrievalPlan, plan: Plan, session: Session, models: Sequence[str | Auditable] | None
) -> Iterator[Search]:
    """Yield the searches of a store or corpus, one for each model.

    Raises:
        EvenbandError: if the store, the corpus or a model cannot be read.
    """
    if is_store(Path(todo.dataset)):
        yield from _store_searches(todo, session, models)
    else:
        yield from _corpus_searches(todo, plan, session, models)


def _store_searches(
    todo: RetrievalPlan, session: Session, models: Sequence[str | Auditable] | None
) -> Iterator[Search]:
    """Yield the search of a store by its own model, or by one that gives the same vectors."""
    given: list[str | Auditable | None] = list(models or todo.models) or [None]
    for model in given:
        if isinstance(model, Reranker):
            raise not_a_retriever(model.spec)
        opened = OpenStore(Path(todo.dataset), model, trust_remote_code=todo.trust_remote_code)
        subject = Subject(opened.encoder, opened.encoder)
        yield (
            partial(store_search, opened, todo.changes_index),
            partial(describe_subject, subject, [], session.sink.manifest),
        )


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

    name = documents.path.resolve().name
    return TextSearch(encoder.spec, name, documents.state, ids, reference, find)


def _corpus_searches(
    todo: RetrievalPlan, plan: Plan, session: Session, models: Sequence[str | Auditable] | None
) -> Iterator[Search]:
    """Yield the search of a corpus by each model."""
    path = Path(todo.dataset)
    documents = read_corpus(path)
    ids, texts = [one.id for one in documents], [one.text for one in documents]
    names = path.resolve().stem, digest_of([ids, texts]), ids, texts
    given: list[str | Auditable] = list(todo.models if models is None else models)
    lexical = [one for one in given if isinstance(one, str) and is_bm25(one)]
    dense = [one for one in given if one not in lexical]
    for subject in load_retrievers(plan, dense, session.tracker):
        search = partial(dense_search, subject.cached, *names, todo.changes_index)
        yield search, partial(describe_subject, subject, [], session.sink.manifest)
    for reference in lexical:
        words = partial(lexical_search, read_bm25(reference), *names)
        yield words, partial(_describe_words, words)


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
