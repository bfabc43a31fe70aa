"""One run of a trainer of sentence-transformers. Imported only where a training begins."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from transformers import PrinterCallback

from evenband import stages
from evenband.encoders.local.loading import quiet
from evenband.train.guarded_watch import GuardedWatch
from evenband.train.step_display import StepDisplay, silent_library
from evenband.train.training_examples import Examples
from evenband.train.training_failures import told
from evenband.train.training_records import CHECKPOINTS_KEPT, TrainingFolder
from evenband.train.tuning_options import TuningOptions
from evenband.types import Progress

CHECKPOINTS_PER_RUN = 10
"""Checkpoints and evaluations of a training whose interval is not given."""

LOGGED_STEPS = 50
"""Points that the curve of the training loss has, at least, where there are as many steps."""


@dataclass(frozen=True)
class Trained:
    """What a run of a trainer did.

    Attributes:
        steps: optimiser steps in all.
        resumed_at: step of the checkpoint from which it went on; ``None`` for one from the start.
        losses: mean training losses since the point before, as (step, loss).
        held_out_losses: losses on the examples that were kept apart, as (step, loss).
        seconds: that this process took.
    """

    steps: int
    resumed_at: int | None
    losses: tuple[tuple[int, float], ...]
    held_out_losses: tuple[tuple[int, float], ...]
    seconds: float


@dataclass(frozen=True)
class Work:
    """What a trainer is given.

    Attributes:
        trainer: class of sentence-transformers.
        arguments: class of its arguments.
        model: that is trained, in place.
        loss: of sentence-transformers.
        train: columns of the examples.
        held_out: columns of those that are kept apart; ``None`` without any.
        extra: further arguments of the class ``arguments``.
        name: of the model, for the display.
        evaluators: of sentence-transformers, run at every evaluation.
        callbacks: of transformers.
    """

    trainer: Any
    arguments: Any
    model: Any
    loss: Any
    train: Examples
    held_out: Examples | None
    extra: dict[str, Any]
    name: str = "model"
    evaluators: Sequence[Any] = ()
    callbacks: Sequence[Any] = ()


def perform(
    work: Work, options: TuningOptions, folder: TrainingFolder | None, progress: Progress | None
) -> Trained:
    """Train, from the last checkpoint if there is one.

    Args:
        work: what is trained, on what.
        options: how.
        folder: where checkpoints are; ``None`` to keep none.
        progress: display.

    Raises:
        ModelError: if a loss is no number any more, or the library fails.
        RunError: if a checkpoint cannot be written or read.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(quiet())
        stack.enter_context(silent_library())
        kept = folder.checkpoints if folder else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        checkpoint = folder.last_checkpoint() if folder else None
        shown = StepDisplay(progress, work.name)
        trainer = _trainer_of(work, options, kept, folder is not None, shown)
        with (
            stages.heard_by(shown.hear),
            told(work.name, folder.out if folder else None, checkpoint, options.batch),
        ):
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    history = trainer.state.log_history
    return Trained(
        steps=int(trainer.state.global_step),
        resumed_at=int(checkpoint.name.rpartition("-")[2]) if checkpoint else None,
        losses=_curve(history, "loss"),
        held_out_losses=_curve(history, "eval_loss"),
        seconds=time.monotonic() - started,
    )


def _trainer_of(work: Work, options: TuningOptions, kept: Path, is_kept: bool, shown: StepDisplay) -> Any:
    """Return the library's trainer."""
    total = total_steps(options, len(work.train))
    every = options.every or max(1, -(-total // CHECKPOINTS_PER_RUN))
    has_evaluation = work.held_out is not None or bool(work.evaluators)
    arguments = work.arguments(
        output_dir=str(kept),
        num_train_epochs=options.epochs,
        max_steps=options.steps or -1,
        per_device_train_batch_size=options.batch,
        per_device_eval_batch_size=options.batch,
        learning_rate=options.learning_rate,
        warmup_steps=round(options.warmup * total),
        seed=options.seed,
        data_seed=options.seed,
        bf16=options.bf16,
        use_cpu=work.model.device.type == "cpu",
        **({"gradient_checkpointing": True} if options.gradient_checkpointing else {}),
        logging_steps=max(1, total // LOGGED_STEPS),
        save_strategy="steps" if is_kept else "no",
        save_steps=every,
        save_total_limit=CHECKPOINTS_KEPT,
        eval_strategy="steps" if has_evaluation else "no",
        eval_steps=every,
        eval_on_start=has_evaluation,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        **work.extra,
    )
    with redirect_stderr(StringIO()):  # progress bars of the model card, which cannot be turned off
        trainer = work.trainer(
            model=work.model,
            args=arguments,
            train_dataset=datasets.Dataset.from_dict(work.train.columns()),
            eval_dataset=datasets.Dataset.from_dict(work.held_out.columns()) if work.held_out else None,
            loss=work.loss,
            evaluator=list(work.evaluators) or None,
            callbacks=[shown, *work.callbacks],
        )
    trainer.remove_callback(PrinterCallback)
    for callback in work.callbacks:
        if isinstance(callback, GuardedWatch):
            callback.log_to(trainer.log)
    return trainer


def total_steps(options: TuningOptions, examples: int) -> int:
    """Return the number of optimiser steps of a training."""
    return options.steps or max(1, int(np.ceil(options.epochs * max(1, -(-examples // options.batch)))))


def _curve(history: Sequence[dict[str, Any]], key: str) -> tuple[tuple[int, float], ...]:
    """Return the points of one number of the trainer's log."""
    return tuple((int(entry["step"]), float(entry[key])) for entry in history if key in entry)
