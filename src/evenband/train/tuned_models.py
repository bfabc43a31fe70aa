"""Trained models: what a training did, and how its model is saved and found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from evenband.encoders.references import Reference, Settings
from evenband.encoders.trainable import Trainable
from evenband.train.training_failures import told
from evenband.train.training_records import TrainingFolder

Opener: TypeAlias = Callable[[Reference, Settings], Trainable]
"""Opens the model of a reference."""


@dataclass(frozen=True)
class Tuned:
    """What a fine-tuning did.

    Attributes:
        model: the trained object of sentence-transformers.
        out: folder that it is saved in; ``None`` if it is not saved.
        steps: optimiser steps in all.
        resumed_at: step from which an interrupted training went on; ``None`` without one.
        was_finished: whether the folder held the finished training already.
        losses: training losses over steps, as (step, loss).
        held_out_losses: losses on the examples that were kept apart, as (step, loss).
        seconds: that the training took in this process.
        examples: number of examples that were trained on.
        loss: name of the loss.
        remarks: what a reader must know of how the examples were read.
        watch_failure: why the watch over the training ended before it; ``None`` if it did not, or there was
            none.
    """

    model: Any
    out: Path | None
    steps: int
    resumed_at: int | None
    was_finished: bool
    losses: tuple[tuple[int, float], ...]
    held_out_losses: tuple[tuple[int, float], ...]
    seconds: float
    examples: int
    loss: str
    remarks: tuple[str, ...] = ()
    watch_failure: str | None = None


def ended(
    model: Any, folder: TrainingFolder | None, results: dict[str, Any], remarks: tuple[str, ...]
) -> Tuned:
    """Save a trained model, if it has a folder, end the record, and return what was done."""
    if folder is not None:
        from evenband.train.model_saving import save_model

        with told(str(folder.out), folder.out):
            save_model(model, folder, results)
            folder.finish(results)
    out = folder.out if folder else None
    return Tuned(model=model, out=out, was_finished=False, remarks=remarks, **results)


def finished(
    folder: TrainingFolder,
    results: dict[str, Any],
    remarks: tuple[str, ...],
    open_: Opener,
    trust_remote_code: bool,
) -> Tuned:
    """Return what a training that has ended did, with the model as it was saved."""
    reference = Reference(text=str(folder.out), scheme="", argument=str(folder.out.absolute()))
    losses, held_out_losses = (
        tuple((int(a), float(b)) for a, b in results[name]) for name in ("losses", "held_out_losses")
    )
    return Tuned(
        model=open_(reference, Settings(trust_remote_code=trust_remote_code)).model,
        out=folder.out,
        steps=results["steps"],
        resumed_at=results["resumed_at"],
        was_finished=True,
        losses=losses,
        held_out_losses=held_out_losses,
        seconds=results["seconds"],
        examples=results["examples"],
        loss=results["loss"],
        remarks=remarks,
    )
