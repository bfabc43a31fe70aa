"""When a pretraining saves, evaluates and ends: by steps and by the clock, across kills."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback
from transformers.trainer_callback import ExportableState
from typing_extensions import override

from evenband import stages
from evenband.errors import ModelError
from evenband.train.training_records import STATE_FILE

SPENT = "seconds"
"""Name of the seconds of training in a checkpoint."""

WARM_UP = 0.05
"""Share of the training in which the learning rate rises."""

EVALUATIONS = 10


class PacedCallback(TrainerCallback, ExportableState):
    """Ends a training after its steps or its minutes, saves it now and then, and says how far it is.

    Args:
        steps: at most.
        minutes: at most; ``None`` for no limit.
        save_seconds: time between two checkpoints.
        spent: seconds of training that a checkpoint has behind it.
    """

    def __init__(self, steps: int, minutes: float | None, save_seconds: float, spent: float = 0.0) -> None:
        self._steps, self._limit, self._save_seconds = steps, minutes, save_seconds
        self._spent, self._started = spent, time.monotonic()
        self._saved, self._evaluated = time.monotonic(), 0

    @property
    def seconds(self) -> float:
        """Seconds of training, those before a kill included."""
        return self._spent + time.monotonic() - self._started

    def progress(self, step: int) -> float:
        """Return how much of the training is over after a step, in [0, 1]."""
        timed = self.seconds / (60 * self._limit) if self._limit else 0.0
        return min(1.0, max(step / self._steps, timed))

    def rate(self, step: int) -> float:
        """Return the share of the largest learning rate: a straight rise, then a straight fall to 0."""
        now = min(1.0, self.progress(step) + 1 / self._steps)
        return min(now / WARM_UP, (1 - now) / (1 - WARM_UP) + 1 / self._steps, 1.0)

    @override
    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start the clock."""
        self._started = self._saved = time.monotonic()
        self._evaluated = math.floor(EVALUATIONS * self.progress(state.global_step))

    @override
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for what is due after a step."""
        stages.enter("training, step", state.global_step, self._steps)
        progress = self.progress(state.global_step)
        if progress >= 1.0:
            control.should_training_stop = True
        if time.monotonic() - self._saved >= self._save_seconds:
            control.should_save = True
        if math.floor(EVALUATIONS * progress) > self._evaluated and progress < 1.0:
            self._evaluated = math.floor(EVALUATIONS * progress)
            control.should_evaluate = True

    @override
    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note when the last checkpoint was written."""
        self._saved = time.monotonic()

    @override
    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Refuse to go on once a loss or the gradients are no numbers; earlier checkpoints stay.

        Raises:
            ModelError: naming the step.
        """
        for name, value in (logs or {}).items():
            if name in ("loss", "grad_norm", "eval_loss") and not math.isfinite(value):
                raise ModelError(
                    f"the training diverged: {name} is {value} at step {state.global_step:,}; give a smaller "
                    "--learning-rate, and another folder"
                )

    def state(self) -> dict[str, Any]:
        """Return what the trainer writes into a checkpoint: the seconds of training behind it."""
        return {"args": {}, "attributes": {SPENT: self.seconds}}


def seconds_behind(checkpoint: Path) -> float:
    """Return the seconds of training behind a checkpoint."""
    state = json.loads((checkpoint / STATE_FILE).read_text("utf-8"))
    return float(state["stateful_callbacks"][PacedCallback.__name__]["attributes"][SPENT])
