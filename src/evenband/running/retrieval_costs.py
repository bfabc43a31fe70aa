"""What retrieval will ask of APIs that cost money, before it asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evenband import encoders
from evenband.corpora.document_store import DocumentStore, is_store
from evenband.encoders.redaction import redact
from evenband.encoders.remote.remote_encoder import estimate_tokens
from evenband.probes.agreement import TextSet
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.probes.retrieval.datasets import Dataset
from evenband.randomness import stream
from evenband.running.costs import Cost, estimate_sets
from evenband.running.retrieval_parts import own_queries
from evenband.running.retrieval_plans import RetrievalPlan, is_run
from evenband.running.retrieval_queries import read_queries
from evenband.running.search_sources import corpus_dataset, is_unjudged, read_corpus, store_dataset
from evenband.running.stored_documents import KnownTexts, missing_of
from evenband.running.stored_models import reference_of
from evenband.types import EXACT_PIPELINE, Role


def estimate_retrieval(todo: RetrievalPlan) -> list[Cost]:
    """Cost what a plan's documents and queries ask of its metered models; most plans have none.

    Raises:
        InputError: if the dataset cannot be read.
    """
    metered = _metered(todo)
    is_reranker_metered = todo.reranker is not None and encoders.is_metered(todo.reranker)
    if not metered and not is_reranker_metered:
        return []
    datasets = [
        load_dataset(one, todo.split, todo.fillers, todo.seed).sampled(
            todo.sample, stream(todo.seed, "sample")
        )
        for one in todo.datasets
        if not is_unjudged(one)
    ]
    costs = estimate_sets(list(_text_sets(todo, datasets)), metered) if metered else []
    if is_reranker_metered:
        unjudged = [_unjudged(todo, one) for one in todo.datasets if is_unjudged(one)]
        costs.append(_reranking_cost(todo, [*datasets, *unjudged]))
    return costs


def _unjudged(todo: RetrievalPlan, dataset: str) -> Dataset:
    """Return a store or a corpus with the queries that it is asked."""
    queries = own_queries(todo)
    if is_store(dataset):
        return store_dataset(DocumentStore(dataset), queries)
    return corpus_dataset(Path(dataset), queries)


def _metered(todo: RetrievalPlan) -> list[str]:
    """Return the encoders that cost money, each once; a store that no model is named for has its own."""
    references = list(todo.encoders)
    if not todo.models:
        references += [reference_of(DocumentStore(one)) for one in todo.datasets if is_store(one)]
    return list(dict.fromkeys(encoders.base_of(one) for one in references if encoders.is_metered(one)))


def _text_sets(todo: RetrievalPlan, datasets: Sequence[Dataset]) -> Iterator[TextSet]:
    """Yield all texts that are embedded: documents, queries, and the queries after each operator."""
    queries = [dataset.queries for dataset in datasets]
    documents = [(dataset.name, tuple(dataset.texts)) for dataset in datasets]
    for one in (Path(one) for one in todo.datasets if is_unjudged(one) and not is_store(one)):
        documents.append((one.name, tuple(dict.fromkeys(document.text for document in read_corpus(one)))))
    stores = [KnownTexts(one) for one in todo.stores]
    for name, texts in documents:
        new = missing_of(stores, texts)
        yield TextSet(name, new, (Role.DOCUMENT,) * len(new))
    for listed in queries:
        yield TextSet("queries", listed, (Role.QUERY,) * len(listed))
    if todo.changes:
        asked = [read_queries(todo.queries).texts] if todo.queries is not None else queries
        for listed in asked:
            texts = _changed(todo, listed)
            yield TextSet("changed queries", texts, (Role.QUERY,) * len(texts))


def _changed(todo: RetrievalPlan, queries: Sequence[str]) -> tuple[str, ...]:
    """Return queries as they are and after each operator, each text once."""
    changed = (one.apply(text) for one in todo.operators() for text in queries)
    return tuple(dict.fromkeys((*queries, *changed)))


def _reranking_cost(todo: RetrievalPlan, datasets: Sequence[Dataset]) -> Cost:
    """Cost the pairs that a reranker scores, as many as there can be: each retriever finds others."""
    retrievers = (len(todo.encoders) if todo.models else 1) * len(
        dict.fromkeys((EXACT_PIPELINE, *todo.indexes))
    )
    retrievers += len(todo.models) - len(todo.encoders)
    pairs = tokens = 0
    for dataset in datasets:
        depth = min(max(todo.cutoffs), len(dataset.ids))
        most = sorted(map(estimate_tokens, dataset.texts), reverse=True)[:depth]
        asked = sum(map(estimate_tokens, dataset.queries))
        pairs += retrievers * depth * len(dataset.queries)
        tokens += retrievers * (depth * asked + sum(most) * len(dataset.queries))
        if todo.changes:
            searchers = len(todo.models) - sum(map(is_run, todo.models)) if todo.models else 1
            is_own = todo.queries is None or not dataset.is_judged
            listed = dataset.queries if is_own else read_queries(todo.queries or "").texts
            changed = set(_changed(todo, listed)).difference(dataset.queries)
            pairs += searchers * depth * len(changed)
            tokens += searchers * (depth * sum(map(estimate_tokens, changed)) + sum(most) * len(changed))
    return Cost(redact(todo.reranker or ""), pairs, tokens)
