"""Retrieval on request: a dataset's queries through every model and pipeline, and changed queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from evenband import encoders
from evenband.analysis import Results
from evenband.encoders.rerank.score_cache import CachedReranker
from evenband.errors import InputError
from evenband.index import check_index
from evenband.index.bm25 import is_bm25, read_bm25
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.rank_changes import RankChanges, TextSearch, dense_search, lexical_search
from evenband.probes.retrieval.reranking import Reranking
from evenband.probes.retrieval.retrievers import DenseRetriever, LexicalRetriever, Retriever
from evenband.probes.retrieval.retrieving import Retrieval, Retrieved
from evenband.probes.retrieval.run_files import RUN_SCHEME, RunFile, format_run
from evenband.randomness import stream
from evenband.records.ranking_files import ranking_bytes
from evenband.running.plan import Plan
from evenband.running.provenance import describe_subject
from evenband.running.retrieval_checks import check_retrieval
from evenband.running.retrieval_plans import RetrievalPlan, is_run, read_queries
from evenband.running.search_sources import is_unjudged, open_searches
from evenband.running.session import Session
from evenband.running.sinks import Sink
from evenband.running.subjects import Subject, load_retrievers
from evenband.types import Auditable, Measurement, ModelSpec, ProbeSpec, Progress


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
        for reference in todo.datasets:
            part = replace(todo, dataset=reference)
            if is_unjudged(reference):
                _run_unjudged(session, part, plan, models)
            else:
                _run_dataset(session, part, plan, load, models)
        return session.finish()


def _run_dataset(
    session: Session,
    todo: RetrievalPlan,
    plan: Plan,
    load_reranker: Callable[[], Reranking],
    models: Sequence[str | Auditable] | None,
) -> None:
    """Measure one dataset with every model, and the changes of its queries if asked for."""
    dataset = load_dataset(todo.dataset, todo.split, todo.fillers, todo.seed)
    dataset = dataset.sampled(todo.sample, stream(todo.seed, "sample"))
    reranker = None if todo.reranker is None else load_reranker()
    probe = Retrieval(dataset, todo.indexes, reranker, todo.cutoffs)
    changes = _changes(todo, dataset.queries)
    for retriever, search, describe in _retrievers(todo, dataset, plan, session, models):
        session.begin({"plan": todo.describe()}, [describe()])
        _measure(session, todo, probe, retriever)
        if changes is not None and search is not None:
            _measure_changes(session, todo, changes, search)


def _run_unjudged(
    session: Session, todo: RetrievalPlan, plan: Plan, models: Sequence[str | Auditable] | None
) -> None:
    """Measure changed queries over one store or corpus."""
    for search, describe in open_searches(todo, plan, session, models):
        session.begin({"plan": todo.describe()}, [describe()])
        changes = _changes(todo, ())
        assert changes is not None
        _measure_changes(session, todo, changes, search)


def _load_reranker(todo: RetrievalPlan, progress: Progress | None) -> Reranking:
    loaded = encoders.load_reranker(todo.reranker or "", trust_remote_code=todo.trust_remote_code)
    is_free = not encoders.is_metered(todo.reranker or "")
    return Reranking(CachedReranker(loaded, progress=progress), loaded if is_free else None)


def _changes(todo: RetrievalPlan, queries: tuple[str, ...]) -> RankChanges | None:
    """Return the changes to measure of a file's queries, or else of those given; ``None`` for none."""
    if not todo.changes:
        return None
    if todo.queries is None:
        return RankChanges(queries, todo.operators())
    given = read_queries(todo.queries)
    return RankChanges(given.texts, todo.operators(), remarks=given.remarks)


def _retrievers(
    todo: RetrievalPlan,
    dataset: Dataset,
    plan: Plan,
    session: Session,
    models: Sequence[str | Auditable] | None,
) -> Iterator[tuple[Retriever, Callable[[], TextSearch] | None, Callable[[], dict[str, Any]]]]:
    """Yield each model's retriever, its search of changed queries, and its entry of the manifest."""
    given: list[str | Auditable] = list(todo.models if models is None else models)
    lexical = [one for one in given if isinstance(one, str) and is_bm25(one)]
    runs = [one for one in given if isinstance(one, str) and is_run(one)]
    dense = [one for one in given if one not in lexical and one not in runs]
    names = dataset.name, dataset.corpus_digest, dataset.ids, dataset.texts
    files = [RunFile(Path(one.removeprefix(f"{RUN_SCHEME}:")), dataset) for one in runs]
    run_specs = [run.spec for run in files]  # reads the files before a document is embedded
    for subject in load_retrievers(plan, dense, session.tracker):
        for index in todo.indexes:
            check_index(index, subject.spec.similarity)
        search = partial(dense_search, subject.cached, *names, todo.changes_index)
        yield DenseRetriever(subject.cached, dataset), search, partial(_describe, subject, session.sink)
    for reference in lexical:
        settings = read_bm25(reference)
        words = LexicalRetriever(settings, dataset)
        yield words, partial(lexical_search, settings, *names), partial(_describe_spec, words.spec)
    for run, spec in zip(files, run_specs, strict=True):
        yield run, None, partial(_describe_spec, spec)


def _describe(subject: Subject, sink: Sink) -> dict[str, Any]:
    return describe_subject(subject, [], sink.manifest)


def _describe_spec(spec: ModelSpec) -> dict[str, Any]:
    return {**spec.to_dict(), "digest": spec.digest}


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
