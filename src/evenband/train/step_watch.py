"""The watch over a training: probes on the live model at some steps, curves, and the cherry-pick alarm.

The evaluator of sentence-transformers and the callback of transformers are two ways to call it.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from evenband import encoders
from evenband.analysis import PairsAudit, Run, audits_of
from evenband.analysis.watched_trainings.cherry_picks import judge_cells
from evenband.analysis.watched_trainings.training_values import TrainedProbe
from evenband.errors import RunError
from evenband.narrative.watched_trainings import alarm_sentence
from evenband.records.training_entries import Curves, StepEntry, TrainingEntry
from evenband.running.given_models import path_of
from evenband.running.session import Session
from evenband.running.sinks import MemorySink
from evenband.running.subjects import RerankerSubject, Subject
from evenband.train.held_models import Kept, RememberingEncoder, held
from evenband.train.random_states import random_states_kept
from evenband.train.shown_texts import TrainingData
from evenband.train.step_metrics import metrics_of
from evenband.train.step_records import StepRecords
from evenband.train.watched_probes import watched
from evenband.train.watched_retrieval import WatchedRetrieval
from evenband.types import Encoder, PairsMeasurement, Reranker

logger = logging.getLogger(__name__)


class StepWatch:
    """Measures a live model at some steps of its training, and leaves it as it is.

    See :class:`evenband.train.ConsistencyEvaluator` for the arguments.

    Raises:
        EvenbandError: if a probe, the training data, the retrieval or the run directory cannot be used.
    """

    def __init__(
        self,
        probes: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = "quick",
        *,
        out: str | os.PathLike[str] | None = None,
        training: TrainingData | None = None,
        sample: int | None = None,
        seed: int = 0,
        size: str = "quick",
        retrieval: Any = None,
        model_name: str | None = None,
    ) -> None:
        self.watched = watched(probes, training, sample, seed, size)
        self.retrieval = None if retrieval is None else WatchedRetrieval(retrieval, seed)
        path = path_of(out)
        self.records = None if path is None else StepRecords(path, self.watched.all_probes, self.watched.data)
        earlier = TrainingEntry() if self.records is None else self.records.earlier()
        self.steps: list[StepEntry] = list(earlier.steps)
        self.curves: dict[str, dict[int, float]] = {
            name: dict(points) for name, points in earlier.curves.items()
        }
        self.histories: dict[str, list[tuple[int, PairsMeasurement]]] = {}
        self.trained: tuple[TrainedProbe, ...] = ()
        self._last: dict[str, float] = {}
        self._name = model_name
        self._live: tuple[Any, Encoder | Reranker] | None = None
        self._kept = Kept()
        self._kept.expect(self.watched.all_probes)
        self._told: set[str] = set()
        self._is_going = False
        if self.records is not None:
            self.histories = self.records.histories(self.steps, set(self.watched.cells))

    @property
    def last_step(self) -> int:
        """Number of steps at the last evaluation; 0 before the first."""
        return self.steps[-1].step if self.steps else 0

    def evaluate(self, model: Any, step: int | None = None, epoch: float | None = None) -> dict[str, float]:
        """Measure the model as it is now, and return the figures as flat numbers.

        Weights, modules, training flags, gradients and random states are the same afterwards, also where it
        raises.

        Args:
            model: a live ``SentenceTransformer``, or a reranker.
            step: number of optimiser steps before; ``None`` for the last one known if the weights are those
                of it, else the next number.
            epoch: epochs before, which may be a fraction.

        Raises:
            EvenbandError: if the model cannot be measured, or the run directory cannot be written.
            RunError: if the step is before one that this object measured, which is another training; or if
                no step is given and the run directory's earlier steps had other weights.
        """
        started = time.perf_counter()
        step = self._step_of(model) if step is None or step < 0 else step
        with random_states_kept(), self._subject(model, step) as subject:
            digest = subject.spec.digest
            if (
                self._is_going
                and self.steps[-1:]
                and (self.steps[-1].step, self.steps[-1].digest) == (step, digest)
            ):
                return dict(self._last)
            self._go_back(step, digest)
            audits, sink = self._measure(subject)
            found = {} if self.retrieval is None else self.retrieval.measure(model, subject, sink)
        entry = StepEntry(
            step=step,
            subject=subject.spec.name,
            digest=digest,
            epoch=epoch,
            seconds=round(time.perf_counter() - started, 3),
        )
        return self._take(entry, audits, sink, found)

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        """Keep figures of the training itself, such as the loss, by name; those that are finite."""
        for name, value in figures.items():
            if math.isfinite(value):
                self.curves.setdefault(name, {})[step] = float(value)

    def close(self) -> None:
        """Write curves that came after the last evaluation, and the report, if there is a run directory."""
        if self.records is not None and self.steps:
            self.records.write_training(self.entry())
            self.records.report()

    def entry(self) -> TrainingEntry:
        """Return the record of the training so far."""
        curves: Curves = {name: tuple(sorted(points.items())) for name, points in self.curves.items()}
        return TrainingEntry(
            model=self._name or "model",
            steps=tuple(self.steps),
            curves=curves,
            texts=self.watched.texts,
            data=self.watched.data,
            probes={probe.name: probe.spec.digest for probe in self.watched.all_probes},
            cells={
                name: {label: dict(ways) for label, ways in cells.items()}
                for name, cells in self.watched.cells.items()
            },
            unaligned=self.watched.unaligned,
            seed=self.watched.plan.seed,
        )

    @contextmanager
    def _subject(self, model: Any, step: int) -> Iterator[Subject | RerankerSubject]:
        """Context manager: the model as a subject that is named after the step."""
        if self._live is None or self._live[0] is not model:
            wrapped = encoders.wrap_model(model, self._name)
            self._name = self._name or wrapped.spec.name
            self._live = model, wrapped
        live, name = self._live[1], f"step-{step:06d}"
        if isinstance(live, Reranker):
            scorer = encoders.NamedReranker(live, name)
            yield RerankerSubject(scorer, scorer, self.watched.plan.seed)
            return
        with held(live, name, self._kept) as fresh:
            yield Subject(fresh, RememberingEncoder(fresh, self._kept), None, self.watched.plan.seed)

    def _measure(self, subject: Subject | RerankerSubject) -> tuple[list[PairsAudit], MemorySink]:
        """Run all probes through a session of their own, and analyse them without intervals."""
        sink = MemorySink()
        session = Session(self.watched.plan, sink, probes=self.watched.all_probes)
        session.tracker.plan([subject.spec.ref], session.probes)
        session.tracker.load(subject.spec.name)
        session.measure(subject)
        audits = audits_of(
            Run(tuple(sink.measurements.values()), sink.manifest), values_alone={subject.spec.name}
        )
        return [audit for audit in audits if isinstance(audit, PairsAudit)], sink

    def _step_of(self, model: Any) -> int:
        """Return the number of an evaluation that came without one: the last if the weights are its own."""
        if not self.steps:
            return 0
        with self._subject(model, self.last_step) as subject:
            digest = subject.spec.digest
        same = [one.step for one in self.steps if one.digest == digest]
        if self._is_going:
            return self.last_step if self.last_step in same else self.last_step + 1
        if not same:
            raise RunError(
                f"the run directory has steps up to {self.last_step}, and none of them had these weights; "
                "give the number of steps, or another folder"
            )
        return same[-1]

    def _go_back(self, step: int, digest: str) -> None:
        """Forget steps from this one on, which a killed training left behind.

        Raises:
            RunError: if the run directory or this object holds another training.
        """
        if self._is_going and step < self.last_step:
            raise RunError(
                f"step {step} came after step {self.last_step}: this is another training, give another "
                "evaluator and folder (to go on from a checkpoint: another evaluator and the same folder)"
            )
        if self.records is not None and not self._is_going:
            self.records.check_start(self.steps, step, digest)
        dropped = [one for one in self.steps if one.step >= step]
        if dropped:
            self.steps = [one for one in self.steps if one.step < step]
            self.histories = {
                name: [one for one in history if one[0] < step] for name, history in self.histories.items()
            }
            if self.records is not None:
                self.records.drop([one.subject for one in dropped])
        if not self._is_going:
            self.curves = {
                name: {at: value for at, value in points.items() if at <= step}
                for name, points in self.curves.items()
            }
        self._is_going = True

    def _take(
        self, entry: StepEntry, audits: Sequence[PairsAudit], sink: MemorySink, found: Mapping[str, float]
    ) -> dict[str, float]:
        """Keep an evaluation, judge the trained cells, and return all figures."""
        self.steps.append(entry)
        self.log(entry.step, found)
        measurement: Any
        for (_, probe), measurement in sink.measurements.items():
            if probe in self.watched.cells and measurement.kind == "pairs":
                pairs = cast(PairsMeasurement, measurement)
                self.histories.setdefault(probe, []).append((entry.step, pairs))
        if self._is_encoder:
            self.trained = judge_cells(self.histories, self.watched.cells, self.watched.plan.seed)
        self._tell()
        if self.records is not None:
            self.records.keep(sink, self.entry())
        self._last = {**metrics_of(audits, self.trained), **found}
        return dict(self._last)

    @property
    def _is_encoder(self) -> bool:
        return self._live is not None and not isinstance(self._live[1], Reranker)

    def _tell(self) -> None:
        """Log each alarm once, and again when it ends."""
        for one in self.trained:
            is_alarm = one.lesson == "cherry-picked"
            if is_alarm != (one.probe in self._told):
                (logger.warning if is_alarm else logger.info)("%s", alarm_sentence(one))
                (self._told.add if is_alarm else self._told.discard)(one.probe)
