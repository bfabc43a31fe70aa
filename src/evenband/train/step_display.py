"""The display of a running trainer. Imported only where a training begins."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import datasets
import numpy as np
from transformers import TrainerCallback

from evenband import stages
from evenband.errors import ModelError
from evenband.running.status import Status, Watching
from evenband.types import Progress


class StepDisplay(TrainerCallback):
    """Tells the display how far the training is, and ends a training whose loss is no number any more.

    A watch that measures the model between two steps says its stages to :meth:`hear`.
    """

    def __init__(self, progress: Progress | Watching | None, name: str) -> None:
        self._progress, self._name = progress, name
        self._first = self._step = self._total = 0
        self._loss, self._began = "", 0.0
        self._probe = self._stage = ""

    def hear(self, stage: str, number: int = 0, of: int = 0) -> None:
        """Show what is done between two steps, and for which probe."""
        step = f" ({number} of {of})" if number else ""
        if stage.startswith(stages.MEASURING):
            self._probe, self._stage = stage, ""
        else:
            self._probe, self._stage = ("" if number else self._probe), f"{stage}{step}"

    def on_step_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Show the training again."""
        del args, state, control, others
        self._probe = self._stage = ""

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Begin the display."""
        del args, control, others
        self._first, self._total = int(state.global_step), int(state.max_steps)
        self._step, self._began = self._first, time.monotonic()
        if isinstance(self._progress, Watching):
            self._progress.watch(self._status)
        elif self._progress is not None:
            self._progress.start("training", self._total)

    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Count a step."""
        del args, control, others
        self._step = int(state.global_step)
        if self._progress is not None and not isinstance(self._progress, Watching):
            self._progress.advance(1)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        """Show the loss.

        Raises:
            ModelError: if it is no number any more.
        """
        del args, control, others
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        gradient = (logs or {}).get("grad_norm", 0.0)
        if not np.isfinite(loss) or not np.isfinite(gradient):
            # The trainers leave losses that are no numbers out of the mean that they log.
            what = f"the gradient is {gradient}" if np.isfinite(loss) else f"the loss is {loss}"
            raise ModelError(
                f"{what} at step {state.global_step}; try a smaller --learning-rate or a higher --temperature"
            )
        self._loss = f", loss {loss:.4f}"

    def on_train_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """End the display."""
        del args, state, control, others
        if self._progress is not None and not isinstance(self._progress, Watching):
            self._progress.finish()

    def _status(self) -> Status:
        done = self._step - self._first
        each = (time.monotonic() - self._began) / done if done else None
        left = None if each is None else each * (self._total - self._step)
        between = ": ".join(part for part in (self._probe, self._stage) if part)
        stage = f"step {self._step} of {self._total}, {between}" if between else f"training{self._loss}"
        return Status(stage, self._name, done=self._step, total=self._total, seconds_left=left, unit="steps")


@contextmanager
def silent_library() -> Iterator[None]:
    """Context manager: what the trainers log below an error is not written, since it is for developers."""
    names = ("sentence_transformers", "accelerate", "datasets", "transformers")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    bars_were_on = datasets.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # names of arguments that later versions change
            yield
    finally:
        if bars_were_on:
            datasets.enable_progress_bars()
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
