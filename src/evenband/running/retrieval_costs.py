"""What retrieval will ask of APIs that cost money, before it asks."""

from __future__ import annotations

from evenband import encoders
from evenband.probes.agreement import TextSet
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.running.costs import Cost, estimate_sets
from evenband.running.retrieval_plans import RetrievalPlan
from evenband.types import Role


def estimate_retrieval(todo: RetrievalPlan) -> list[Cost]:
    """Cost what a plan's documents and queries ask of its metered models; most plans have none.

    Raises:
        InputError: if the dataset cannot be read.
    """
    metered = list(dict.fromkeys(encoders.base_of(one) for one in todo.encoders if encoders.is_metered(one)))
    if not metered:
        return []
    datasets = [load_dataset(one, todo.split, todo.fillers, todo.seed) for one in todo.datasets]
    sets = [
        TextSet(dataset.name, texts, (role,) * len(texts))
        for dataset in datasets
        for texts, role in ((dataset.texts, Role.DOCUMENT), (dataset.queries, Role.QUERY))
    ]
    return estimate_sets(sets, metered)
