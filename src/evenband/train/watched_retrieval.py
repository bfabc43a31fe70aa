"""A retrieval metric at every evaluation: of a dataset, or of an evaluator of sentence-transformers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from evenband.analysis import RetrievalAudit
from evenband.errors import InputError
from evenband.probes.retrieval.dataset_references import dataset_name
from evenband.running.retrieval_plans import build_retrieval
from evenband.running.retrieval_runs import run_retrieval
from evenband.running.sinks import MemorySink
from evenband.running.subjects import RerankerSubject, Subject


class WatchedRetrieval:
    """Measures retrieval on the live model.

    Args:
        given: a dataset as for ``evenband retrieve``, or a function of the model that returns figures, such
            as an ``InformationRetrievalEvaluator``.
        seed: of the measurement's intervals.

    Raises:
        InputError: if it is neither, or there is no such dataset.
    """

    def __init__(self, given: str | os.PathLike[str] | Callable[[Any], Any], seed: int) -> None:
        if not isinstance(given, str | os.PathLike) and not callable(given):
            raise InputError(
                f"retrieval: got {given!r}, expected a dataset, or an evaluator to call with the model"
            )
        if isinstance(given, str | os.PathLike):
            dataset_name(os.fspath(given))  # a name that is misspelt is told before a model is measured
        self._given, self._seed = given, seed

    def measure(self, model: Any, subject: Subject | RerankerSubject, sink: MemorySink) -> dict[str, float]:
        """Return the metrics of the model as it is now; those of a dataset become measurements of the sink.

        Raises:
            InputError: if a reranker is to search a dataset, or the evaluator returns no figures.
            EvenbandError: if the dataset cannot be read.
        """
        if isinstance(self._given, str | os.PathLike):
            return self._measure_dataset(os.fspath(self._given), subject, sink)
        answer = self._given(model)
        figures = answer if isinstance(answer, Mapping) else {"retrieval": answer}
        try:
            return {str(name): float(value) for name, value in figures.items()}
        except (TypeError, ValueError):
            raise InputError(
                f"retrieval: the evaluator returned {answer!r:.80}, expected numbers by name"
            ) from None

    def _measure_dataset(
        self, dataset: str, subject: Subject | RerankerSubject, sink: MemorySink
    ) -> dict[str, float]:
        if isinstance(subject, RerankerSubject):
            raise InputError(
                "retrieval: a reranker does not search; give an evaluator to call with the model"
            )
        todo = build_retrieval(dataset, [subject.spec.ref], seed=self._seed)
        results = run_retrieval(todo, sink, [subject.cached])
        audits = [one for one in results.audits if isinstance(one, RetrievalAudit)]
        found = {}
        for audit in audits:
            cutoff = audit.measurement.details.cutoff
            recall = audit.pipelines[0].recall.get(cutoff)
            if recall is not None and recall.value is not None:
                found[f"{audit.measurement.probe.name}_recall@{cutoff}"] = recall.value
        return found
