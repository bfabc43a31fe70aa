"""An evaluator for the trainers of sentence-transformers: any probe or suite at every evaluation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator
from typing_extensions import Unpack

from evenband.train.step_metrics import PRIMARY
from evenband.train.step_watch import StepWatch
from evenband.train.watched_probes import WatchOptions


class ConsistencyEvaluator(SentenceEvaluator):  # type: ignore[misc, unused-ignore]
    """Runs probes on the live model at every evaluation, and leaves the model as it is.

    Pass it to a trainer as ``evaluator``, alone or in a ``SequentialEvaluator``. The first call should see
    the model before training (``eval_on_start=True`` in the training arguments, or ``evaluator(model)``
    before), since moves are counted from there. Add :class:`ConsistencyCallback` with this evaluator to the
    trainer's callbacks to keep loss, learning rate and other metrics beside the measurements.

    Args:
        probes: a suite (``quick``, ``standard``, ``full``), or names and files of probes.
        out: run directory; ``evenband report`` draws its curves. Nothing is written without it.
        training: the training data, for the cherry-pick alarm: ``Examples``, texts, rows of texts, or a
            ``datasets.Dataset``.
        sample: labels of each probe, at most. By default 6 of the suite ``quick`` (a rough but quick figure),
            and of other suites and named probes as many as ``size`` says.
        seed: of every random choice.
        size: of probes that are named: ``quick`` (32 labels), ``standard`` or ``full``.
        retrieval: a dataset as for ``evenband retrieve``, or a function of the model that returns figures by
            name, such as an ``InformationRetrievalEvaluator``.
        name: stands before every metric's name.

    Raises:
        EvenbandError: if a probe, the data, the retrieval or the directory cannot be used.
    """

    def __init__(
        self,
        probes: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = "quick",
        *,
        name: str = "",
        **options: Unpack[WatchOptions],
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
        self.name = name
        self.primary_metric = f"{name}_{PRIMARY}" if name else PRIMARY
        self.greater_is_better = True
        self.watch = StepWatch(probes, **options)

    def __call__(
        self, model: Any, output_path: str | None = None, epoch: float = -1, steps: int = -1
    ) -> dict[str, float]:
        """Measure the model as it is now, and return all figures by name.

        Args:
            model: a live ``SentenceTransformer``, or a ``CrossEncoder``.
            output_path: not used; measurements go into the run directory.
            epoch: epochs so far, -1 outside a training.
            steps: optimiser steps so far, -1 outside a training: then it is the last known number if the
                weights are those of it, else the next.

        Raises:
            EvenbandError: if the model cannot be measured.
            RunError: if the steps are fewer than before, as in a second training.
        """
        del output_path
        figures = self.watch.evaluate(
            model, None if steps < 0 else steps, None if epoch < 0 else float(epoch)
        )
        metrics = self.prefix_name_to_metrics(figures, self.name)
        self.store_metrics_in_model_card_data(model, metrics, int(max(epoch, 0)), max(steps, 0))
        return dict(metrics)

    def close(self) -> None:
        """Write the report of the run directory, if there is one."""
        self.watch.close()

    @property
    def description(self) -> str:
        """Name of the evaluator in a model card."""
        return "Consistency"
