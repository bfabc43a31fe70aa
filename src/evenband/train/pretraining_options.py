"""Options of a pretraining."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from evenband.errors import InputError
from evenband.train.causal_models import ModelShape

PRETRAINING_RATE = 1e-3
CONTINUED_RATE = 1e-4
"""Largest learning rates, from random weights and from a base model."""


@dataclass(frozen=True)
class PretrainingOptions:
    """How to pretrain; two trainings with other options are other trainings.

    Attributes:
        shape: of the model; ignored with a base.
        base: a model to go on from, a folder or a Hugging Face id; random weights if not given.
        context: tokens of a block.
        batch: blocks of a step.
        rate: largest learning rate; .001, and .0001 with a base, if not given.
        steps: at most; one pass over the texts if not given.
        minutes: of training at most; no limit if not given.
        seed: of weights and order.
        bf16: compute in bfloat16; the weights stay float32.

    Raises:
        InputError: if a number is out of its range.
    """

    shape: ModelShape = field(default_factory=ModelShape)
    base: str | None = None
    context: int = 128
    batch: int = 32
    rate: float | None = None
    steps: int | None = None
    minutes: float | None = None
    seed: int = 0
    bf16: bool = False

    def __post_init__(self) -> None:
        for name, value in (("context", self.context), ("batch", self.batch), ("steps", self.steps)):
            least = 2 if name == "context" else 1
            if value is not None and value < least:
                raise InputError(f"--{name}: got {value}, expected {least} or more")
        for name, number in (("learning-rate", self.rate), ("minutes", self.minutes)):
            if number is not None and not (math.isfinite(number) and number > 0):
                raise InputError(f"--{name}: got {number:g}, expected a number above 0")

    @property
    def largest_rate(self) -> float:
        """The learning rate at its largest."""
        return self.rate or (CONTINUED_RATE if self.base else PRETRAINING_RATE)

    def identity(self) -> dict[str, Any]:
        """Return what must be equal to go on with a training, by the names of the options."""
        fields = asdict(self)
        shape = fields.pop("shape")
        return fields if self.base else {**shape, **fields}
