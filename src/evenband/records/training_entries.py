"""What a training leaves in the manifest of a run: its steps, its curves and which cells it was shown."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Directions: TypeAlias = dict[str, dict[str, dict[str, int]]]
"""Trained cells by probe, label and template: +1 where training pushes the two texts apart, -1 where it pulls
them together, 0 where nothing says so."""

Curves: TypeAlias = dict[str, tuple[tuple[int, float], ...]]
"""Step and value of each figure of the training itself, by name."""


class TrainingPart(BaseModel):
    """Base of the parts of a training's record; fields that a newer evenband wrote are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class StepEntry(TrainingPart):
    """One evaluation.

    Attributes:
        step: number of optimiser steps before it.
        subject: name of the subject in the run's measurements, such as ``step-000100``: a folder of this
            name is removed where a training goes back.
        digest: of the subject: other weights have another one.
        epoch: epochs before it; ``None`` where the trainer did not say.
        seconds: time that the evaluation took.
    """

    step: int
    subject: str = Field(pattern=r"^step-[0-9]{6,18}$")
    digest: str = ""
    epoch: float | None = None
    seconds: float | None = None


class TrainingEntry(TrainingPart):
    """A training that was watched.

    Attributes:
        model: name of the live model.
        steps: evaluations, in the order of steps.
        curves: loss, learning rate and retrieval by step.
        texts: number of different texts in the training data; ``None`` where they were not given.
        data: digest of the training data; empty likewise.
        probes: digests of the probes by name.
        cells: trained cells of each probe.
        unaligned: number of the training data's minimal pairs for which no pairs could be made to compare
            them with.
        seed: of the permutations of the cherry-pick test.
    """

    model: str = "model"
    steps: tuple[StepEntry, ...] = ()
    curves: Curves = Field(default_factory=dict)
    texts: int | None = None
    data: str = ""
    probes: dict[str, str] = Field(default_factory=dict)
    cells: Directions = Field(default_factory=dict)
    unaligned: int = 0
    seed: int = 0
