"""What ``evenband retrieve`` is to do, before it happens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from numbers import Integral
from typing import Any, Literal, get_args

from evenband import encoders
from evenband.corpora.document_store import DocumentStore, is_store
from evenband.errors import InputError
from evenband.index.bm25 import BM25_NAME, is_bm25, read_bm25
from evenband.index.index_references import parse_index
from evenband.probes.retrieval.retrieving import USUAL_CUTOFF
from evenband.probes.retrieval.run_files import RUN_SCHEME
from evenband.probes.retrieval.text_operators import Operator, load_operators
from evenband.running.stored_models import reference_of
from evenband.types import EXACT_PIPELINE, HYBRID_SUFFIX

USUAL_CUTOFFS = (10, 100)
"""Depths at which recall is counted, unless a plan names others."""


Engine = Literal["auto", "plain"]
EMBEDDING_ENGINES: tuple[str, ...] = get_args(Engine)
"""How encoders compute."""


CHANGE_SUITES = ("quick", "standard", "full")
"""Suites of operators that change queries."""


@dataclass(frozen=True)
class RetrievalPlan:
    """A dataset or corpus, models, pipelines, and what is measured of them.

    Attributes:
        dataset: reference of a dataset, of which braces stand for several (``limit:n={8,16,32}``); or a store
            or corpus without judgements, which is asked the queries of a file.
        models: references of encoders, ``bm25`` with settings, ``run:FILE``; none for a store's own model.
        indexes: references; exact search comes first whether it is named or not. ``exact+bm25`` is fused with
            BM25.
        reranker: reference of a model that reorders what was found; ``None`` for none.
        cutoffs: depths at which recall is counted.
        split: of the judgements.
        fillers: number of generated documents to add.
        sample: at most so many queries.
        queries: file of queries whose changes are measured, and which a store or a corpus without judgements
            is asked; the dataset's own if only a suite is named.
        suite: which operators change them; ``None`` without a file for not measuring changes.
        trec: whether run files of TREC are written, too.
        seed: of samples and intervals.
        trust_remote_code: run code that comes with a model.
        engine: of encoders; ``plain`` for the model library's own.
        stores: from which the vectors of documents are taken, where they hold the same texts.

    Raises:
        InputError: if there is no model, no such engine or suite, a number is none that can be used, or an
            index or a setting of BM25 cannot be read.
    """

    dataset: str
    models: tuple[str, ...]
    indexes: tuple[str, ...] = (EXACT_PIPELINE,)
    reranker: str | None = None
    cutoffs: tuple[int, ...] = USUAL_CUTOFFS
    split: str | None = None
    fillers: int = 0
    sample: int | None = None
    queries: str | None = None
    suite: str | None = None
    trec: bool = False
    seed: int = 0
    trust_remote_code: bool = False
    engine: Engine = "auto"
    stores: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.models and not all(map(is_store, self.datasets)):
            raise InputError(f"no model to search with; expected -m MODEL, or --{BM25_NAME}")
        if self.engine not in EMBEDDING_ENGINES:
            raise InputError(f"got engine={self.engine!r}, expected one of {', '.join(EMBEDDING_ENGINES)}")
        if self.suite is not None and self.suite not in CHANGE_SUITES:
            raise InputError(f"got suite={self.suite!r}, expected one of {', '.join(CHANGE_SUITES)}")
        if self.reranker is not None and not isinstance(self.reranker, str):
            raise InputError(f"rerank: got {self.reranker!r}, expected a reference or a folder")
        _check_whole("seed", self.seed)
        _check_whole("fillers", self.fillers, 0)
        if self.sample is not None:
            _check_whole("sample", self.sample, 1)
        for reference in self.indexes:
            parse_index(reference.removesuffix(HYBRID_SUFFIX))
        for model in self.models:
            if is_bm25(model):
                read_bm25(model)

    @property
    def datasets(self) -> tuple[str, ...]:
        """References of the datasets, one each."""
        return tuple(encoders.expand(self.dataset))

    @property
    def encoders(self) -> tuple[str, ...]:
        """The models that have vectors."""
        return tuple(one for one in self.models if not is_bm25(one) and not is_run(one))

    @property
    def changes(self) -> bool:
        """Whether changes to queries are measured."""
        return self.queries is not None or self.suite is not None

    @property
    def has_pipelines(self) -> bool:
        """Whether there is a pipeline to hold against exact search: another index, or a reranker."""
        return self.reranker is not None or set(self.indexes) != {EXACT_PIPELINE}

    @property
    def first_places(self) -> int:
        """Number of first documents in which changed queries are compared: 10 if recall is counted there."""
        return USUAL_CUTOFF if USUAL_CUTOFF in self.cutoffs else max(self.cutoffs)

    @property
    def changes_index(self) -> str:
        """The index that changed queries go through: the only one that is named, or exact search."""
        return self.indexes[0] if len(self.indexes) == 1 else EXACT_PIPELINE

    def operators(self) -> tuple[Operator, ...]:
        """Return the operators of the suite."""
        return load_operators(suite=self.suite)

    def describe(self) -> dict[str, Any]:
        """Return the plan as plain data, for the manifest."""
        return {**asdict(self), "models": list(self.models), "cutoffs": list(self.cutoffs)}


def is_run(reference: str) -> bool:
    """Return whether a reference names a run file."""
    return reference.startswith(f"{RUN_SCHEME}:")


def build_retrieval(
    dataset: str,
    models: Sequence[str],
    *,
    index: Sequence[str] = (),
    rerank: str | None = None,
    k: int | Sequence[int] = (),
    bm25: bool = False,
    store: Sequence[str] = (),
    **options: Any,
) -> RetrievalPlan:
    """Return a plan from what a user types.

    Args:
        dataset: as in :class:`RetrievalPlan`.
        models: likewise; braces stand for several.
        index: references, each possibly a list with commas, or with braces.
        rerank: reference of a reranker.
        k: a cutoff, or several.
        bm25: add BM25 with its usual settings.
        store: one or several whose vectors of documents are taken; their models are those of the plan if it
            names none that has vectors.
        options: the other fields of :class:`RetrievalPlan`.

    Raises:
        InputError: naming what cannot be read.
    """
    expanded = [one for model in models for one in (encoders.expand(model) if not is_run(model) else [model])]
    if all(is_bm25(one) or is_run(one) for one in expanded):
        expanded[:0] = [reference_of(DocumentStore(one)) for one in store]
    if bm25:
        expanded.append(BM25_NAME)
    references = [one for text in index for part in split_list(text) for one in encoders.expand(part)]
    return RetrievalPlan(
        dataset,
        tuple(dict.fromkeys(expanded)),
        tuple(dict.fromkeys(references)) or (EXACT_PIPELINE,),
        rerank,
        _cutoffs(k) or USUAL_CUTOFFS,
        stores=tuple(store),
        **{name: value for name, value in options.items() if value is not None},
    )


def _cutoffs(given: object) -> tuple[int, ...]:
    """Return depths as a user of Python gives them.

    Raises:
        InputError: if one is no whole number of 1 or more.
    """
    several = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    for one in several:
        _check_whole("k", one, 1, "[2, 10, 20]")
    return tuple(map(int, several))


def _check_whole(name: str, value: object, least: int | None = None, example: str = "10") -> None:
    """Refuse what is no whole number, or too small.

    Raises:
        InputError: naming the option.
    """
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or (least is not None and value < least):  # type: ignore[operator]
        more = "" if least is None else f" of {least} or more"
        raise InputError(f"{name}: got {value!r}, expected a whole number{more}, such as {example}")


def split_list(text: str) -> list[str]:
    """Split a list at its commas, but not inside braces.

    Raises:
        InputError: if an entry is empty.
    """
    parts = [part.strip() for part in re.split(r",(?![^{]*\})", text)]
    if not all(parts):
        raise InputError(f"got the list {text!r} with an empty entry, expected such as exact,ivf:256,hnsw")
    return parts
