"""What a plan of retrieval cannot do, said before a model is loaded or a document embedded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from evenband import encoders
from evenband.corpora.document_store import DocumentStore, is_store
from evenband.corpora.store_places import place_of
from evenband.errors import InputError
from evenband.index import check_index
from evenband.index.bm25 import BM25_NAME, bm25_spec, check_stemmer, is_bm25, read_bm25
from evenband.probes.retrieval.dataset_references import dataset_name
from evenband.probes.retrieval.ir_metrics import check_metrics
from evenband.probes.retrieval.rank_changes import RANKS_SUFFIX, RERANKED_RANKS_SUFFIX
from evenband.probes.retrieval.run_files import RUN_SCHEME, run_name
from evenband.running.retrieval_plans import RetrievalPlan, is_run
from evenband.running.retrieval_queries import read_queries
from evenband.running.search_sources import is_unjudged
from evenband.types import EXACT_PIPELINE, HYBRID_SUFFIX, Auditable
from evenband.wording import listed


def check_retrieval(todo: RetrievalPlan, models: Sequence[str | Auditable] | None = None) -> None:
    """Refuse a plan that cannot be carried out, as far as that can be known without loading anything.

    Args:
        todo: what to do.
        models: encoders and references in place of the plan's.

    Raises:
        EvenbandError: if an index, a setting of BM25, a dataset or a file does not exist or does not fit, a
            library is missing, an option does not apply, or two results would have the same name.
    """
    references = [one for one in (todo.models if models is None else models) if isinstance(one, str)]
    for reference in todo.indexes:
        check_index(reference.removesuffix(HYBRID_SUFFIX))
        if reference.endswith(HYBRID_SUFFIX):
            check_stemmer(read_bm25(BM25_NAME))
    for reference in filter(is_bm25, references):
        check_stemmer(read_bm25(reference))
    _check_indexed(todo, todo.models if models is None else models)
    if todo.queries is not None:
        read_queries(todo.queries)
    if todo.stores:
        _check_stores(todo, references)
    for dataset in todo.datasets:
        if is_unjudged(dataset):
            _check_unjudged(todo, dataset, references)
        else:
            dataset_name(dataset)
            check_metrics()
    _check_apart("datasets", [(name, one) for one in todo.datasets for name in _probe_names(todo, one)])
    _check_apart("models", _subject_names(references))


def _check_indexed(todo: RetrievalPlan, models: Sequence[str | Auditable]) -> None:
    """Refuse indexes where nothing has vectors that they could be built on.

    Raises:
        InputError: naming them.
    """
    others = [one for one in todo.indexes if one != EXACT_PIPELINE]
    if others and models and all(isinstance(one, str) and (is_bm25(one) or is_run(one)) for one in models):
        raise InputError(
            f"--index {','.join(others)}: neither {BM25_NAME} nor a run file has vectors for an index; leave "
            "it out, or name an embedding model with -m"
        )


def _check_stores(todo: RetrievalPlan, references: Sequence[str]) -> None:
    """Refuse stores from which nothing can be taken.

    Raises:
        InputError: if the dataset is a store itself, or no model has vectors.
        EvenbandError: if one is no store, or cannot be read.
    """
    own = next((one for one in todo.datasets if is_store(one)), None)
    if own is not None:
        raise InputError(f"{own} is a store, whose own vectors are searched; leave --store out")
    if references and all(is_bm25(one) or is_run(one) for one in references):
        raise InputError(
            "--store: no model that has vectors is named; leave --store out, or name one with -m"
        )
    for store in todo.stores:
        DocumentStore(store)


def _check_unjudged(todo: RetrievalPlan, dataset: str, references: Sequence[str]) -> None:
    """Refuse what does not apply to a store, or to a corpus without judgements.

    Raises:
        InputError: naming the options, or if there are no queries.
    """
    given = {
        "--split": todo.split is not None,
        "--fillers": bool(todo.fillers),
        "--trec without --index or --rerank": todo.trec and not todo.has_pipelines,
        "engine": todo.engine != "auto" and is_store(dataset),
    }
    if idle := [name for name, is_given in given.items() if is_given]:
        raise InputError(
            f"{dataset} has no judged queries; {listed(idle, len(idle))} would do nothing; leave out what "
            "does not apply"
        )
    wrong = [one for one in references if is_run(one) or (is_bm25(one) and is_store(dataset))]
    if wrong:
        what = "a store is searched by its own model" if is_bm25(wrong[0]) else "a run file cannot be asked"
        raise InputError(f"{dataset}: got {wrong[0]} for changed queries, and {what}; leave it out")
    if todo.queries is None:
        raise InputError(
            f"{dataset} has no judged queries; name queries to ask with --queries FILE, or give a "
            "folder with queries and qrels beside the corpus"
        )


def _probe_names(todo: RetrievalPlan, dataset: str) -> Iterator[str]:
    """Yield the names of what is measured on a dataset."""
    if is_unjudged(dataset):
        name = place_of(dataset).name if is_store(dataset) else Path(dataset).resolve().stem
        if todo.has_pipelines:
            yield name
        yield from _changes_names(todo, name)
        return
    name = dataset_name(dataset, todo.fillers)
    yield name
    if todo.changes:
        yield from _changes_names(todo, name)


def _changes_names(todo: RetrievalPlan, corpus: str) -> Iterator[str]:
    yield f"{corpus}{RANKS_SUFFIX}"
    if todo.reranker is not None:
        yield f"{corpus}{RERANKED_RANKS_SUFFIX}"


def _subject_names(references: Iterable[str]) -> list[tuple[str, str]]:
    """Return the names of run files, BM25 and models; equal ones of models are set apart later."""
    named: list[tuple[str, str]] = []
    models: dict[str, str] = {}
    for reference in references:
        if is_run(reference):
            named.append((run_name(Path(reference.removeprefix(f"{RUN_SCHEME}:"))), reference))
        elif is_bm25(reference):
            settings = read_bm25(reference)
            words = bm25_spec(settings.reference, settings)
            named.append((words.name, reference))
        else:
            models.setdefault(encoders.name_of(reference), reference)
    return [*named, *models.items()]


def _check_apart(what: str, named: Iterable[tuple[str, str]]) -> None:
    """Refuse two that would have the same name, since only one of their results would be kept.

    Raises:
        InputError: naming both.
    """
    taken: dict[str, str] = {}
    for name, reference in named:
        if name in taken:
            raise InputError(
                f"the {what} {taken[name]} and {reference} would both be called {name!r} in tables and "
                "files; rename one of them, or ask for one at a time"
            )
        taken[name] = reference
