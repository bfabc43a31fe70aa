"""A callback for transformers' trainers: keeps their curves, and measures the model at some steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from transformers import TrainerCallback
from typing_extensions import override

from evenband.errors import InputError
from evenband.train.consistency_evaluator import ConsistencyEvaluator
from evenband.train.step_watch import StepWatch

CURVES = {"loss": "training loss", "learning_rate": "learning rate", "eval_loss": "evaluation loss"}
"""Figures of a trainer's log that are kept under other names."""

RETRIEVAL_WORDS = ("ndcg@", "mrr@", "map@", "recall@")
"""Parts of the names of retrieval metrics in a trainer's log, which are kept, too."""


class ConsistencyCallback(TrainerCallback):
    """Keeps loss, learning rate and retrieval metrics, and measures consistency where no evaluator does.

    With an evaluator, ``ConsistencyCallback(evaluator)``, it keeps the trainer's curves beside the
    evaluator's measurements, measures the model before training, and writes the report at the end. Without
    one, ``ConsistencyCallback("negation", out="run")``, it makes the measurements as well, on the model of
    whichever trainer it is given to: before training, at every evaluation (at every checkpoint of a trainer
    without evaluations) or every so many steps, and at the end. Its figures go into the trainer's
    ``state.log_history`` as ``eval_...``, and into the metrics of its own evaluations (so that
    ``metric_for_best_model`` may name one); :meth:`log_to` passes them to the trainer's loggers as well.

    Args:
        evaluator: the trainer's :class:`ConsistencyEvaluator`, or probes as for it.
        every: measure every so many steps; ``None`` at the trainer's evaluations.
        model: the embedding model, where the trainer trains only a part of it, such as its transformer.
        options: other arguments of :class:`ConsistencyEvaluator`, where probes are given.

    Raises:
        EvenbandError: as :class:`ConsistencyEvaluator`.
        InputError: if ``every`` is below 1, or an evaluator comes with options.
    """

    def __init__(
        self, evaluator: Any = "quick", *, every: int | None = None, model: Any = None, **options: Any
    ) -> None:
        if every is not None and every < 1:
            raise InputError(f"every: got {every}, expected 1 step or more")
        self._measures = not isinstance(evaluator, ConsistencyEvaluator)
        if options and not self._measures:
            raise InputError(f"got an evaluator and {', '.join(options)}, expected these with the evaluator")
        self._evaluator = evaluator if not self._measures else ConsistencyEvaluator(evaluator, **options)
        self._every, self._model = every, model
        self._log: Callable[[dict[str, float]], object] | None = None

    def log_to(self, log: Callable[[dict[str, float]], object]) -> None:
        """From now on, give the figures of each evaluation to a function, such as ``trainer.log``."""
        self._log = log

    @property
    def is_logged(self) -> bool:
        """Whether its figures are given to a function."""
        return self._log is not None

    @property
    def watch(self) -> StepWatch:
        """The measurements and curves so far."""
        watch: StepWatch = self._evaluator.watch
        return watch

    @override
    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure the model before training."""
        if state.is_world_process_zero:
            self._evaluate(state, kwargs)

    @override
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure the model every so many steps."""
        due = self._every is not None and state.global_step % self._every == 0
        if due and state.is_world_process_zero:
            self._evaluate(state, kwargs)

    @override
    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure the model at an evaluation of the trainer."""
        if self._measures and self._every is None and state.is_world_process_zero:
            self._evaluate(state, kwargs)

    @override
    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure the model at a checkpoint of a trainer without evaluations."""
        has_evaluations = args.eval_strategy != "no"
        if self._measures and self._every is None and not has_evaluations and state.is_world_process_zero:
            self._evaluate(state, kwargs)

    @override
    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Keep the figures of the training itself."""
        self.watch.log(state.global_step, kept_figures(logs or {}))

    @override
    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure the trained model, and write the report."""
        if state.is_world_process_zero:
            self._evaluate(state, kwargs)
            self._evaluator.close()

    def _evaluate(self, state: Any, kwargs: Mapping[str, Any]) -> None:
        model = kwargs.get("model") if self._model is None else self._model
        before = self.watch.steps[-1:]
        figures = self.watch.evaluate(model, state.global_step, state.epoch)
        named = {f"eval_{name}": value for name, value in figures.items()}
        if self._measures and isinstance(metrics := kwargs.get("metrics"), dict):
            metrics.update(named)
        if not self._measures or self.watch.steps[-1:] == before:
            return
        if self._log is not None:
            self._log(named)
        else:
            epoch = {} if state.epoch is None else {"epoch": state.epoch}
            state.log_history.append({**named, **epoch, "step": state.global_step})


def kept_figures(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return loss, learning rate and retrieval metrics of a line of a trainer's log, by name."""
    figures: dict[str, float] = {}
    for name, value in logs.items():
        is_retrieval = any(word in name for word in RETRIEVAL_WORDS)
        if isinstance(value, int | float) and (name in CURVES or is_retrieval):
            figures[CURVES.get(name, name.removeprefix("eval_"))] = float(value)
    return figures
