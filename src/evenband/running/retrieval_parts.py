"""The parts of a plan of retrieval, one for each dataset: what is read of it, and who searches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from evenband.index import check_index
from evenband.index.bm25 import BM25_NAME, Bm25Index, is_bm25, read_bm25
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.hybrid_search import hybrid_search
from evenband.probes.retrieval.rank_changes import RankChanges, TextSearch, dense_search, lexical_search
from evenband.probes.retrieval.reranked_search import reranked_search
from evenband.probes.retrieval.reranking import Reranking
from evenband.probes.retrieval.retrievers import DenseRetriever, LexicalRetriever, Retriever
from evenband.probes.retrieval.retrieving import Retrieval
from evenband.probes.retrieval.run_files import RUN_SCHEME, RunFile
from evenband.randomness import stream
from evenband.running.provenance import describe_subject
from evenband.running.retrieval_plans import RetrievalPlan, is_run
from evenband.running.retrieval_queries import QueryTexts, read_queries
from evenband.running.search_sources import corpus_dataset, is_unjudged
from evenband.running.session import Session
from evenband.running.sinks import Sink
from evenband.running.stored_documents import stored_remarks
from evenband.running.subjects import Subject
from evenband.types import HYBRID_SUFFIX, ModelSpec


@dataclass(frozen=True)
class OpenedPart:
    """What a part of a plan asks for, read.

    Attributes:
        todo: the part.
        dataset: with judgements, or without them and with the queries of a file.
        probe: of the dataset; ``None`` without judgements and without pipelines to compare.
        changes: to its queries, or to those of a file, if asked for.
    """

    todo: RetrievalPlan
    dataset: Dataset
    probe: Retrieval | None
    changes: RankChanges | None


def open_part(todo: RetrievalPlan, load_reranker: Callable[[], Reranking], reference: str) -> OpenedPart:
    """Read one of the datasets or corpora of a plan.

    Raises:
        EvenbandError: if it or the reranker cannot be used.
    """
    todo = replace(todo, dataset=reference)
    if is_unjudged(todo.dataset):
        return unjudged_part(todo, corpus_dataset(Path(todo.dataset), own_queries(todo)), load_reranker)
    dataset = load_dataset(todo.dataset, todo.split, todo.fillers, todo.seed)
    dataset = dataset.sampled(todo.sample, stream(todo.seed, "sample"))
    reranker = None if todo.reranker is None else load_reranker()
    probe = Retrieval(dataset, todo.indexes, reranker, todo.cutoffs)
    return OpenedPart(todo, dataset, probe, changes_of(todo, dataset.queries))


def unjudged_part(
    todo: RetrievalPlan, dataset: Dataset, load_reranker: Callable[[], Reranking]
) -> OpenedPart:
    """Return what is measured of a store, or a corpus without judgements.

    Raises:
        EvenbandError: if the reranker cannot be used.
    """
    probe = None
    if todo.has_pipelines:
        reranker = None if todo.reranker is None else load_reranker()
        probe = Retrieval(dataset, todo.indexes, reranker, todo.cutoffs)
    changes = RankChanges(
        dataset.queries, todo.operators(), todo.first_places, remarks=own_queries(todo).remarks
    )
    return OpenedPart(todo, dataset, probe, changes)


def own_queries(todo: RetrievalPlan) -> QueryTexts:
    """Return the queries of a plan's file, or a sample of them.

    Raises:
        InputError: if the file cannot be read or holds no query.
    """
    assert todo.queries is not None
    return read_queries(todo.queries).sampled(todo.sample, stream(todo.seed, "sample"))


def changes_of(todo: RetrievalPlan, queries: tuple[str, ...]) -> RankChanges | None:
    """Return the changes to measure of a file's queries, or else of those given; ``None`` for none."""
    if not todo.changes:
        return None
    if todo.queries is None:
        return RankChanges(queries, todo.operators(), todo.first_places)
    given = read_queries(todo.queries)
    return RankChanges(given.texts, todo.operators(), todo.first_places, remarks=given.remarks)


def run_files(opened: OpenedPart, named: Sequence[str]) -> list[tuple[RunFile, ModelSpec]]:
    """Return the run files among some references, read.

    Raises:
        InputError: if one cannot be read, or does not fit the dataset.
    """
    paths = [Path(one.removeprefix(f"{RUN_SCHEME}:")) for one in named if is_run(one)]
    files = [RunFile(path, opened.dataset) for path in paths]
    return [(run, run.spec) for run in files]


def retrievers(
    opened: OpenedPart, who: Subject | Sequence[str], session: Session
) -> Iterator[tuple[Retriever, Callable[[], TextSearch] | None, Callable[[], dict[str, Any]]]]:
    """Yield the retriever of each, its search of changed queries, and its entry of the manifest."""
    todo, dataset = opened.todo, opened.dataset
    names = dataset.name, dataset.corpus_digest, dataset.ids, dataset.texts
    if isinstance(who, Subject):
        for index in todo.indexes:
            check_index(index.removesuffix(HYBRID_SUFFIX), who.spec.similarity)
        by_vectors = partial(dense_search, who.cached, *names, todo.changes_index.removesuffix(HYBRID_SUFFIX))
        search = changes_search(todo, by_vectors, dataset.texts)
        origin = stored_remarks(who.cached, dataset.texts)
        yield (
            DenseRetriever(who.cached, dataset, origin=origin),
            search,
            partial(_describe, who, session.sink),
        )
        return
    for reference in filter(is_bm25, who):
        settings = read_bm25(reference)
        words = LexicalRetriever(settings, dataset)
        yield words, partial(lexical_search, settings, *names), partial(_describe_spec, words.spec)
    for run, spec in run_files(opened, who):
        yield run, None, partial(_describe_spec, spec)


def changes_search(
    todo: RetrievalPlan, by_vectors: Callable[[], TextSearch], texts: Sequence[str]
) -> Callable[[], TextSearch]:
    """Return what loads the search that changed queries go through: by vectors, with words if so named."""
    if not todo.changes_index.endswith(HYBRID_SUFFIX):
        return by_vectors
    return partial(hybrid_search, by_vectors, lambda: Bm25Index(list(texts), read_bm25(BM25_NAME)))


def changed_searches(
    opened: OpenedPart, load: Callable[[], TextSearch]
) -> Iterator[Callable[[], TextSearch]]:
    """Yield what loads each search that changed queries go through: as found, and as a reranker orders it."""
    once = cache(load)
    yield once
    probe = opened.probe
    if probe is not None and probe.reranker is not None:
        reranking, texts, depth = probe.reranker, opened.dataset.texts, probe.depth
        yield lambda: reranked_search(once(), reranking, texts, depth)


def _describe(subject: Subject, sink: Sink) -> dict[str, Any]:
    return describe_subject(subject, [], sink.manifest)


def _describe_spec(spec: ModelSpec) -> dict[str, Any]:
    return {**spec.to_dict(), "digest": spec.digest}
