"""What retrieval will ask of APIs that cost money, before it asks."""

from __future__ import annotations

from pathlib import Path

from evenband import encoders
from evenband.corpora.document_store import is_store
from evenband.probes.agreement import TextSet
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.running.costs import Cost, estimate_sets
from evenband.running.retrieval_plans import RetrievalPlan, read_queries
from evenband.running.search_sources import is_unjudged, read_corpus
from evenband.types import Role


def estimate_retrieval(todo: RetrievalPlan) -> list[Cost]:
    """Cost what a plan's documents and queries ask of its metered models; most plans have none.

    Raises:
        InputError: if the dataset cannot be read.
    """
    metered = list(dict.fromkeys(encoders.base_of(one) for one in todo.encoders if encoders.is_metered(one)))
    if not metered:
        return []
    judged = [one for one in todo.datasets if not is_unjudged(one)]
    datasets = [load_dataset(one, todo.split, todo.fillers, todo.seed) for one in judged]
    sets = [
        TextSet(dataset.name, texts, (role,) * len(texts))
        for dataset in datasets
        for texts, role in ((dataset.texts, Role.DOCUMENT), (dataset.queries, Role.QUERY))
    ]
    for one in (Path(one) for one in todo.datasets if is_unjudged(one) and not is_store(Path(one))):
        texts = tuple(dict.fromkeys(document.text for document in read_corpus(one)))
        sets.append(TextSet(one.name, texts, (Role.DOCUMENT,) * len(texts)))
    if todo.queries is not None:
        queries = read_queries(todo.queries).texts
        sets.append(TextSet("queries", queries, (Role.QUERY,) * len(queries)))
    return estimate_sets(sets, metered)
