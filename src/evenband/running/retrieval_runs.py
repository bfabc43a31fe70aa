"""Retrieval on request: a dataset's queries through every model and pipeline, and changed queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from itertools import chain
from typing import Any

from evenband import encoders
from evenband.analysis import Results
from evenband.corpora.document_store import is_store
from evenband.encoders.rerank.score_cache import CachedReranker
from evenband.errors import InputError
from evenband.index.bm25 import is_bm25
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.rank_changes import RankChanges, TextSearch
from evenband.probes.retrieval.reranking import Reranking
from evenband.probes.retrieval.retrievers import DenseRetriever, Retriever
from evenband.probes.retrieval.retrieving import Retrieval, Retrieved
from evenband.probes.retrieval.run_files import format_run
from evenband.records.ranking_files import ranking_bytes
from evenband.running.plan import Plan
from evenband.running.provenance import describe_subject
from evenband.running.retrieval_checks import check_retrieval
from evenband.running.retrieval_parts import (
    OpenedPart,
    changed_searches,
    changes_search,
    open_part,
    own_queries,
    retrievers,
    run_files,
    unjudged_part,
)
from evenband.running.retrieval_plans import RetrievalPlan, is_run
from evenband.running.search_sources import is_unjudged, open_stores, store_dataset, store_search
from evenband.running.session import Session
from evenband.running.sinks import Sink
from evenband.running.store_searches import OpenStore
from evenband.running.stored_documents import KnownTexts, check_shared, warn_of_unused, with_stored
from evenband.running.subjects import Subject, load_retrievers
from evenband.types import HYBRID_SUFFIX, Auditable, Measurement, ModelSpec, ProbeSpec, Progress


def run_retrieval(
    todo: RetrievalPlan,
    sink: Sink,
    models: Sequence[str | Auditable] | None = None,
    *,
    progress: Progress | None = None,
    command: Sequence[str] = (),
) -> Results:
    """Measure retrieval, and changes of queries, with every model; what the sink has is not measured again.

    Args:
        todo: what to do.
        sink: keeps measurements, rankings and manifest, in memory or in a directory.
        models: encoders and references in place of the plan's.
        progress: told how far it is.
        command: what the user typed, for the manifest.

    Raises:
        EvenbandError: if the dataset, a model, an index or the sink cannot be used.
    """
    check_retrieval(todo, models)
    load = cache(partial(_load_reranker, todo, progress))
    plan = Plan(
        models=todo.models or (todo.dataset,),
        seed=todo.seed,
        sample=todo.sample,
        trust_remote_code=todo.trust_remote_code,
        engine=todo.engine,
    )
    session = Session(plan, sink, probes=[], progress=progress, command=command)
    with session.tracker.listening():
        _run_parts(session, plan, todo, load, list(todo.models if models is None else models))
        return session.finish()


def _run_parts(
    session: Session,
    plan: Plan,
    todo: RetrievalPlan,
    load_reranker: Callable[[], Reranking],
    given: Sequence[str | Auditable],
) -> None:
    """Measure every dataset with every model: a model is loaded once, and one dataset is in memory at a time.

    The results stand in the order of the datasets all the same.
    """
    parts = [replace(todo, dataset=one) for one in todo.datasets]
    stores = [part for part in parts if is_unjudged(part.dataset) and is_store(part.dataset)]
    others = [part for part in parts if part not in stores]
    places: list[int] = []
    for part, store in open_stores(stores, given):
        _measure_store(session, part, store, load_reranker)
        places += [parts.index(part)] * (len(session.asked) - len(places))
    opened = lru_cache(maxsize=1)(partial(open_part, todo, load_reranker))
    if others:
        opened(others[0].dataset)  # says what is wrong with it before a model is loaded
    named = [one for one in given if isinstance(one, str) and (is_bm25(one) or is_run(one))]
    for part in others if any(map(is_run, named)) else ():
        run_files(opened(part.dataset), named)  # read before a document is embedded
    dense = [one for one in given if one not in named]
    subjects = _from_stores(todo, opened, plan, dense, session) if others else iter(())
    everyone: Iterator[Subject | Sequence[str]] = chain(subjects, [named])
    for who in everyone:
        for part in others:
            for take in _measurements(opened(part.dataset), who, session):
                take()
            places += [parts.index(part)] * (len(session.asked) - len(places))
    order = sorted(range(len(places)), key=places.__getitem__)
    session.asked[:] = [session.asked[one] for one in order]


def _from_stores(
    todo: RetrievalPlan,
    opened: Callable[[str], OpenedPart],
    plan: Plan,
    models: Sequence[str | Auditable],
    session: Session,
) -> Iterator[Subject]:
    """Yield models, loaded one at a time, which take the vectors of documents from the plan's stores.

    Raises:
        InputError: if the stores hold none of the documents, or a model fits none of them.
    """
    stores = [KnownTexts(one) for one in todo.stores]
    if stores:
        first = next(one for one in todo.datasets if not is_store(one))
        check_shared(stores, first, opened(first).dataset.texts)
    encoders_used = []
    for subject in load_retrievers(plan, models, session.tracker):
        encoders_used.append(subject.fresh)
        yield replace(subject, cached=with_stored(subject.cached, stores))
    warn_of_unused(stores, encoders_used)


def _measurements(
    opened: OpenedPart, who: Subject | Sequence[str], session: Session
) -> Iterator[Callable[[], None]]:
    """Yield what takes the measurements of a model, or of BM25 and run files, on one dataset."""
    todo = opened.todo
    for retriever, lookup, describe in retrievers(opened, who, session):
        session.begin({"plan": todo.describe()}, [describe()])
        if opened.probe is not None:
            yield partial(_measure, session, todo, opened.probe, retriever)
        if opened.changes is not None and lookup is not None:
            for load in changed_searches(opened, lookup):
                yield partial(_measure_changes, session, todo, opened.changes, load)


def _measure_store(
    session: Session, todo: RetrievalPlan, store: OpenStore, load_reranker: Callable[[], Reranking]
) -> None:
    """Measure pipelines over a store, and changed queries."""
    subject = Subject(store.encoder, store.encoder)
    session.begin({"plan": todo.describe()}, [describe_subject(subject, [], session.sink.manifest)])
    dataset = store_dataset(store.documents, own_queries(todo))
    opened = unjudged_part(todo, dataset, load_reranker)
    if opened.probe is not None:
        retriever = DenseRetriever(store.encoder, dataset, store.vectors)
        _measure(session, todo, opened.probe, retriever)
    assert opened.changes is not None
    by_vectors = partial(store_search, store, todo.changes_index.removesuffix(HYBRID_SUFFIX))
    for load in changed_searches(opened, changes_search(todo, by_vectors, dataset.texts)):
        _measure_changes(session, todo, opened.changes, load)


def _load_reranker(todo: RetrievalPlan, progress: Progress | None) -> Reranking:
    loaded = encoders.load_reranker(todo.reranker or "", trust_remote_code=todo.trust_remote_code)
    is_free = not encoders.is_metered(todo.reranker or "")
    return Reranking(CachedReranker(loaded, progress=progress), loaded if is_free else None)


def _measure(session: Session, todo: RetrievalPlan, probe: Retrieval, retriever: Retriever) -> None:
    """Measure one retriever, and keep its rankings before its measurement."""
    spec, subject = probe.spec(retriever), retriever.spec
    key = _free_key(session, subject, spec)
    retrieved: list[Retrieved] = []

    def make() -> Measurement:
        retrieved.append(probe.measure(retriever))
        _keep_rankings(session.sink, retrieved[0], probe.dataset, todo.trec)
        return retrieved[0].measurement

    def facts(_: Measurement) -> dict[str, Any]:
        return {**_settings(todo), **({"costs": retrieved[0].costs} if retrieved else {})}

    found = session.obtain(session.sink.find(subject, spec), make, facts, asked=key)
    session.asked += [] if found is None else [found.key]


def _measure_changes(
    session: Session, todo: RetrievalPlan, changes: RankChanges, load: Callable[[], TextSearch]
) -> None:
    search = load()
    spec = changes.spec(search)
    key = _free_key(session, search.spec, spec)
    make = partial(changes.measure, search)
    found = session.obtain(session.sink.find(search.spec, spec), make, lambda _: _settings(todo), asked=key)
    session.asked += [] if found is None else [found.key]


def _free_key(session: Session, subject: ModelSpec, probe: ProbeSpec) -> tuple[str, str]:
    """Return the names of a result, which no other of this run may have.

    Raises:
        InputError: if one has them, so that only one of the two would be kept.
        RunError: if it was measured with another seed.
    """
    key = subject.name, probe.name
    if key in session.asked:
        raise InputError(
            f"two results of this run are called {key[1]} on {key[0]}; give one of the models a name of its "
            f"own, as in other={subject.ref}, or rename one of the datasets"
        )
    session.check_seed(key)
    return key


def _keep_rankings(sink: Sink, retrieved: Retrieved, dataset: Dataset, trec: bool) -> None:
    subject, probe = retrieved.measurement.key
    folder = f"rankings/{subject}"
    content = ranking_bytes(retrieved.query_ids, dataset.ids, retrieved.rankings)
    sink.attach(f"{folder}/{probe}.parquet", content)
    for name, ranking in retrieved.rankings.items() if trec else ():
        text = format_run(retrieved.query_ids, dataset.ids, ranking, f"{subject}-{name}")
        sink.attach(f"{folder}/{probe}.{re.sub('[^A-Za-z0-9._+-]+', '-', name)}.trec", text.encode())


def _settings(todo: RetrievalPlan) -> dict[str, Any]:
    """Return how a measurement is to be analysed."""
    return {"suite": None, "detailed": True, "reference": None, "seed": todo.seed}
