"""References of datasets: a folder, a published set by its name, or a generated one, ``limit:n=50,k=2``."""

from __future__ import annotations

import os
from pathlib import Path

from evenband.errors import InputError
from evenband.probes.retrieval.dataset_folders import JUDGEMENT_FOLDERS, read_folder
from evenband.probes.retrieval.datasets import Dataset, filled_name
from evenband.probes.retrieval.limit_fillers import make_fillers
from evenband.probes.retrieval.limit_sets import LIMIT_SCHEME, make_limit, read_limit
from evenband.registry import nearest

DATASETS_VARIABLE = "EVENBAND_DATASETS"
"""Environment variable that names a folder of datasets."""

PUBLISHED = {
    "limit": "folder data/limit of github.com/google-deepmind/limit",
    "limit-small": "folder data/limit-small of github.com/google-deepmind/limit",
}
"""Datasets that can be named without a path, and where they are published."""


def load_dataset(reference: str, split: str | None = None, fillers: int = 0, seed: int = 0) -> Dataset:
    """Return the dataset of a reference.

    Args:
        reference: a folder in the format of BEIR or MTEB, ``limit-small``, or ``limit:`` with settings.
        split: of a folder's judgements.
        fillers: number of generated documents to add, for datasets of lists such as LIMIT.
        seed: of the fillers.

    Raises:
        InputError: if there is no such dataset, or it cannot be read.
    """
    scheme, mark, argument = reference.partition(":")
    if mark and scheme == LIMIT_SCHEME:
        if split is not None:
            raise InputError(f"dataset {reference!r} is generated and has no splits; leave out --split")
        dataset = make_limit(read_limit(argument))
    else:
        dataset = read_folder(_find(reference), split)
    return make_fillers(dataset, fillers, seed) if fillers else dataset


def dataset_name(reference: str, fillers: int = 0) -> str:
    """Return the name that a dataset will have, without reading it.

    Raises:
        InputError: if there is no such dataset.
    """
    scheme, mark, argument = reference.partition(":")
    is_made = mark and scheme == LIMIT_SCHEME
    name = read_limit(argument).name if is_made else _find(reference).resolve().name
    return filled_name(name, fillers) if fillers else name


def is_dataset(reference: str) -> bool:
    """Return whether a reference names a dataset with judgements, rather than a store or a corpus."""
    folder = Path(reference)
    if reference.partition(":")[0] == LIMIT_SCHEME or reference in PUBLISHED:
        return True
    has_queries, has_corpus = any(folder.glob("queries*")), any(folder.glob("corpus*"))
    if any(folder.glob("qrels*")):
        return has_queries or has_corpus
    return has_queries and has_corpus and any((folder / name).is_dir() for name in JUDGEMENT_FOLDERS)


def _find(reference: str) -> Path:
    """Return a dataset's folder.

    Raises:
        InputError: saying where it was looked for, and where a published one can be had.
    """
    own = os.environ.get(DATASETS_VARIABLE)
    places = [Path(reference), Path("data") / reference, *([Path(own) / reference] if own else [])]
    for place in places:
        if place.is_dir():
            return place
    if Path(reference).exists():
        raise InputError(f"dataset {reference!r} is a file, expected a folder with corpus, queries and qrels")
    if reference in PUBLISHED:
        raise InputError(
            f"dataset {reference!r} is not here; expected it in {', '.join(map(str, places))}. It is the "
            f"{PUBLISHED[reference]}: give the path of a copy, or name a folder of datasets in "
            f"{DATASETS_VARIABLE}"
        )
    raise InputError(
        f"no dataset {reference!r}{nearest(reference, PUBLISHED)}; expected a folder with corpus, queries "
        f"and qrels, {', '.join(PUBLISHED)}, or a generated one such as {LIMIT_SCHEME}:n=50,k=2,pattern=dense"
    )
