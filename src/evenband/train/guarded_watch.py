"""The watch over a training, which goes on where the watch fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from transformers import TrainerCallback
from typing_extensions import override

from evenband.encoders.local.failures import reason_of

logger = logging.getLogger(__name__)


class GuardedWatch(TrainerCallback):
    """Passes a trainer's events to a callback that watches, until it fails: then the training goes on alone.

    What fails before the first step is raised, since nothing is lost then.

    Args:
        watch: such as :class:`~evenband.train.ConsistencyCallback`.

    Attributes:
        failure: when it failed and why, in one line; ``None`` while it has not.
    """

    def __init__(self, watch: Any) -> None:
        self._watch = watch
        self.failure: str | None = None

    def log_to(self, log: Callable[[dict[str, float]], object]) -> None:
        """Give the watch's figures to a function, such as ``trainer.log``, unless they go elsewhere."""
        if not self._watch.is_logged:
            self._watch.log_to(log)

    @override
    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Pass the event on."""
        self._watch.on_train_begin(args, state, control, **kwargs)

    @override
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Pass the event on."""
        self._pass(self._watch.on_step_end, args, state, control, kwargs)

    @override
    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Pass the event on."""
        self._pass(self._watch.on_evaluate, args, state, control, kwargs)

    @override
    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Pass the event on."""
        self._pass(self._watch.on_save, args, state, control, kwargs)

    @override
    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Pass the event on."""
        self._pass(self._watch.on_log, args, state, control, kwargs)

    @override
    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Pass the event on."""
        self._pass(self._watch.on_train_end, args, state, control, kwargs)

    def _pass(self, event: Any, args: Any, state: Any, control: Any, kwargs: Mapping[str, Any]) -> None:
        if self.failure is not None:
            return
        try:
            event(args, state, control, **kwargs)
        except Exception as error:  # whatever it is, the training is worth more
            self.failure = f"watching the training failed at step {state.global_step}: {reason_of(error)}"
            logger.warning("%s; the training goes on", self.failure)
