"""How far a run is: which model, which probe, how many texts, what is done now, and how long it still takes.

There is one estimate for the whole run. It counts the texts still to embed, of later models too, and what a
probe takes beside embedding. It comes from this run's own pace. A later model is expected to take
longer by as much as its weights are larger.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from evenband import stages
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.running.forecast import Forecast, count_texts, relative_costs
from evenband.running.pace import Pace
from evenband.running.status import Status, Watching
from evenband.types import Auditable, Progress

EMBEDDING = "embedding"

TEXTS_EMBEDDED_AGAIN = 80
"""Texts that a probe embeds again for its noise floor, about: a part of its cost beside embedding."""

BESIDE_EACH_TEXT = 1e-3
"""Seconds beside embedding that each text of a probe takes, until the run's own pace is known; measured."""

ANALYSIS_SHARE = 0.6
"""Time that the analysis of a measurement takes, against what its probe took beside embedding; measured."""


class Tracker:
    """Keeps count of a run, and tells a display.

    It is the progress that encoders report to. A display that is not :class:`Watching` hears of every job of
    embedding, under the name of its model and probe.

    Args:
        display: of the user; ``None`` for nobody.
        clock: seconds, rising.
    """

    def __init__(
        self, display: Progress | Watching | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._display = display
        self._clock = clock
        self._forecast: Forecast | None = None
        self._models: list[str | Auditable] = []
        self._costs: list[float] = []
        self._left: list[list[int]] = []
        self._probes: list[str] = []
        self._sizes: list[int] = []
        self._model, self._probe, self._name = -1, -1, ""
        self._stage, self._outer, self._step = "starting", "", (0, 0)
        self._done = self._job_left = 0
        self._embedding = Pace()
        self._beside = Pace()
        self._steps = Pace()
        self._mark = self._probe_start = self._loading = clock()
        self._embedded_in_probe = 0.0
        self._estimate: tuple[float, float] | None = None
        if isinstance(display, Watching):
            display.watch(self.status)

    @property
    def is_shown(self) -> bool:
        """Whether anybody looks."""
        return self._display is not None

    def plan(self, models: Sequence[str | Auditable], probes: Sequence[MinimalPairs]) -> None:
        """Take note of everything to do.

        Args:
            models: references or encoders, in the order of measurement.
            probes: measured on each of them.
        """
        self._models, self._probes = list(models), [probe.name for probe in probes]
        self._sizes = [count_texts(probe) for probe in probes]
        if self._display is not None:
            self.enter("counting texts")
            self._forecast = Forecast(probes)
            self._costs = relative_costs(self._models)
            self._left = [self._expected(model) for model in self._models]

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Context manager: hear of every stage that begins inside."""
        with stages.heard_by(self.enter):
            yield

    def enter(self, stage: str, number: int = 0, of: int = 0) -> None:
        """Say what is done now; numbered stages of one kind follow each other and take about equally long."""
        now = self._clock()
        if stage.startswith("loading "):
            self._loading = now
        if stage == stages.LOADED:  # the time to load a model says nothing of its pace
            self._mark = now
            self._probe_start += now - self._loading
            stage = EMBEDDING if self._job_left else self._stage
        if number:
            if number > self._step[0] and of == self._step[1]:
                self._steps.add(now - self._mark, number - self._step[0])
            else:
                self._steps = Pace()
            self._mark, self._step, self._outer = now, (number, of), stage
        self._stage = stage
        self._estimate_again(now)

    def load(self, name: str) -> None:
        """Say that the next model is loaded now."""
        self._model, self._probe, self._name, self._step = self._model + 1, -1, name, (0, 0)
        self._embedding = self._embedding.scaled(self._relative_cost())
        self.enter(f"loading {name}")

    def loaded(self, model: Auditable, todo: Sequence[bool]) -> None:
        """Count anew what a model must embed, now that it is known which vectors the cache has of it.

        Args:
            model: an encoder or a reranker.
            todo: for each probe, whether it is still to measure.
        """
        if self._forecast is not None and self._model < len(self._left):
            counts = self._forecast.of_model(model)
            self._left[self._model] = [n * is_todo for n, is_todo in zip(counts, todo, strict=True)]

    def measure(self, number: int) -> None:
        """Say that a probe is measured now, by its place from 0."""
        self._probe, self._probe_start, self._embedded_in_probe = number, self._clock(), 0.0
        self.enter(f"{stages.MEASURING}{self._probes[number]}")

    def measured(self, *, is_new: bool = True) -> None:
        """Say that the probe is finished.

        Args:
            is_new: whether it was measured now, and not in an earlier run.
        """
        now = self._clock()
        if is_new:
            self._beside.add(now - self._probe_start - self._embedded_in_probe, self._sizes[self._probe])
        if self._model < len(self._left) and self._probe < len(self._left[self._model]):
            self._left[self._model][self._probe] = 0
        self._estimate_again(now)

    def measured_all(self) -> None:
        """Say that all models are done and the results are put together."""
        self._model = self._probe = -1
        self._left = []

    def start(self, what: str, total: int) -> None:
        """Begin a job of embedding ``total`` texts."""
        self._job_left = total
        self._mark = self._clock()
        self.enter(EMBEDDING)
        if self._display is not None and not isinstance(self._display, Watching):
            place = f"{self._probes[self._probe]}: " if self._probe >= 0 else ""
            self._display.start(f"{place}{what}", total)

    def advance(self, items: int) -> None:
        """Count so many more texts as embedded."""
        now = self._clock()
        self._stage = EMBEDDING
        self._embedding.add(now - self._mark, items)
        self._embedded_in_probe += now - self._mark
        self._mark = now
        self._done += items
        self._job_left = max(0, self._job_left - items)
        if self._model < len(self._left) and 0 <= self._probe < len(self._left[self._model]):
            row = self._left[self._model]
            row[self._probe] = max(0, row[self._probe] - items)
        self._estimate_again(now)
        if self._display is not None and not isinstance(self._display, Watching):
            self._display.advance(items)

    def finish(self) -> None:
        """End the job."""
        self._job_left = 0
        if self._display is not None and not isinstance(self._display, Watching):
            self._display.finish()

    def status(self) -> Status:
        """Return how far the run is now; between two events the time left runs down by the clock."""
        seconds, estimate = None, self._estimate
        if estimate is not None:
            when, estimated = estimate
            seconds = max(0.0, estimated - (self._clock() - when))
        model, probe = self._model, self._probe
        return Status(
            stage=self._stage_in_words(),
            model=self._name if model >= 0 else "",
            model_number=model + 1,
            models=len(self._models),
            probe=self._probes[probe] if 0 <= probe < len(self._probes) else "",
            probe_number=probe + 1,
            probes=len(self._probes),
            done=self._done,
            total=self._done + sum(self._texts_left()),
            seconds_left=seconds,
        )

    def _stage_in_words(self) -> str:
        """Return what is done now, within which of how many steps."""
        number, of = self._step
        if not of:
            return self._stage
        inner = "" if self._stage == self._outer else f": {self._stage}"
        return f"{self._outer} ({number} of {of}){inner}"

    def _texts_left(self) -> list[int]:
        """Return the texts still to embed of the model at work, and of each that follows.

        A display may ask from its own thread while a model ends, so places are looked up once and checked.
        """
        rows, probe = self._left[max(self._model, 0) :], self._probe
        left = [sum(row) for row in rows] or [0]
        at_work = rows[0][probe] if rows and 0 <= probe < len(rows[0]) else 0
        left[0] += max(0, self._job_left - at_work)
        return left

    def _estimate_again(self, now: float) -> None:
        """Estimate how long the run still takes, from what it has taken so far."""
        left = self._texts_left()
        number, of = self._step
        if any(left) and self._embedding.each is None:
            self._estimate = None
            return
        first = max(self._model, 0)
        costs = self._costs[first:] or [1.0]
        texts = sum(n * cost / costs[0] for n, cost in zip(left, costs, strict=False))
        beside = [self._beside_of(size) for size in self._sizes]
        seconds = texts * (self._embedding.each or 0.0) + self._beside_left(beside)
        if self._left:
            seconds += len(self._models) * sum(beside) * ANALYSIS_SHARE
        elif of:
            mean = sum(beside) / max(1, len(beside))
            seconds += (of - number + 1) * (self._steps.each or ANALYSIS_SHARE * mean)
        is_known = bool(self._beside.count or self._steps.count or any(left))
        self._estimate = (now, seconds) if is_known else None

    def _beside_of(self, size: int) -> float:
        """Return the seconds that a probe of so many texts takes beside embedding."""
        if self._beside.each is not None:
            return size * self._beside.each
        return size * BESIDE_EACH_TEXT + TEXTS_EMBEDDED_AGAIN * (self._embedding.each or 0.0)

    def _beside_left(self, beside: Sequence[float]) -> float:
        """Return the seconds beside embedding of the probes that are left, on all models."""
        if not self._left:
            return 0.0
        of_model = sum(beside[max(self._probe, 0) :])
        return of_model + sum(beside) * (len(self._models) - max(self._model, 0) - 1)

    def _relative_cost(self) -> float:
        """Return how long a text takes on this model against the one before."""
        if not 0 < self._model < len(self._costs):
            return 1.0
        return self._costs[self._model] / self._costs[self._model - 1]

    def _expected(self, model: str | Auditable) -> list[int]:
        assert self._forecast is not None
        forecast = self._forecast
        return forecast.of_reference(model) if isinstance(model, str) else forecast.of_model(model)
