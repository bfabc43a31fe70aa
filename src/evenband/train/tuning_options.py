"""Options of a fine-tuning, each checked once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, TypeAlias

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.train.training_examples import ExampleKind, Examples

LossName: TypeAlias = Literal["infonce", "pairwise", "triplet"]

LOSSES: Mapping[str, tuple[ExampleKind, ...]] = {
    "infonce": ("pairs", "triplets"),
    "pairwise": ("scored",),
    "triplet": ("triplets",),
}
"""Kinds of examples that each loss takes."""

USUAL_LOSS: Mapping[ExampleKind, LossName] = {"pairs": "infonce", "triplets": "infonce", "scored": "pairwise"}
"""Loss of each kind of examples, where the user names none."""

IN_WORDS: Mapping[str, str] = {
    "pairs": "pairs (anchor, positive)",
    "triplets": "triplets (anchor, positive, negative)",
    "scored": "scored pairs (sentence1, sentence2, score)",
}

TEMPERATURE, MARGIN = 0.05, 0.2
"""Usual temperature of infonce and pairwise; usual margin of triplet, in cosine distance."""


@dataclass(frozen=True)
class TuningOptions:
    """How a model is fine-tuned.

    Attributes:
        loss: ``infonce``, ``pairwise`` or ``triplet``; ``None`` for what the examples suggest.
        temperature: similarities are divided by it; of InfoNCE and the pairwise loss; 0.05 if not given.
        margin: cosine distance by which a positive shall be nearer than a negative; of the triplet loss;
            0.2 if not given.
        epochs: number of times that all examples are seen.
        steps: number of optimiser steps, which counts instead of the epochs.
        batch: examples per step.
        mini_batch: examples that are computed at a time, so that a large batch fits the memory; of InfoNCE.
        learning_rate: highest learning rate; it rises linearly during the warm-up, then falls to 0.
        warmup: share of the steps that are warm-up, in [0, 1).
        seed: of the order of examples, dropout and new weights.
        matryoshka: shorter lengths of a vector that are trained as well.
        lora: rank of the adapters that are trained in place of the weights.
        bf16: compute in bfloat16 where it is safe; weights stay in float32.
        gradient_checkpointing: compute activations twice, which takes less memory.
        held_out: share of the examples that are kept apart to compute the loss on, in [0, 1).
        every: steps between two checkpoints and evaluations; a tenth of all steps if not given.
        prompts: give anchors the model's prompt for queries, and other texts that for documents.
    """

    loss: LossName | None = None
    temperature: float | None = None
    margin: float | None = None
    epochs: float = 1.0
    steps: int | None = None
    batch: int = 32
    mini_batch: int | None = None
    learning_rate: float = 2e-5
    warmup: float = 0.1
    seed: int = 0
    matryoshka: tuple[int, ...] = ()
    lora: int | None = None
    bf16: bool = False
    gradient_checkpointing: bool = False
    held_out: float = 0.0
    every: int | None = None
    prompts: bool = False

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            InputError: naming the option and what was expected.
        """
        if self.loss is not None and self.loss not in LOSSES:
            raise InputError(
                f"no loss is called {self.loss!r}{nearest(self.loss, LOSSES)}; expected {', '.join(LOSSES)}"
            )
        for name in ("temperature", "margin", "epochs", "learning_rate"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise InputError(f"{_option(name)}: got {value:g}, expected a number above 0")
        for name in (
            "steps",
            "batch",
            "mini_batch",
            "lora",
            "every",
            *(["matryoshka"] * bool(self.matryoshka)),
        ):
            value = getattr(self, name)
            smallest = min(value) if name == "matryoshka" else value
            if smallest is not None and smallest < 1:
                raise InputError(f"{_option(name)}: got {smallest}, expected a whole number of 1 or more")
        for name in ("warmup", "held_out"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{_option(name)}: got {getattr(self, name):g}, expected 0 or more, below 1")
        if self.steps is not None and self.epochs != 1:
            raise InputError("--steps and --epochs: got both, expected one of the two; steps would count")
        if self.seed < 0:
            raise InputError(f"--seed: got {self.seed}, expected 0 or more")

    def resolved(self, examples: Examples) -> TuningOptions:
        """Return the options with the loss, its temperature or margin as they are used for some examples.

        Raises:
            InputError: if the loss does not take examples of that kind, or an option not that loss.
        """
        loss = self.loss or USUAL_LOSS[examples.kind]
        if examples.kind not in LOSSES[loss]:
            raise InputError(_misfit(loss, examples))
        unfit = {
            "temperature": loss == "triplet" and self.temperature is not None,
            "margin": loss != "triplet" and self.margin is not None,
            "mini_batch": loss != "infonce" and self.mini_batch is not None,
        }
        for name, is_unfit in unfit.items():
            if is_unfit:
                raise InputError(f"{_option(name)} is no option of the loss {loss}; leave it out")
        if loss == "infonce" and examples.kind == "pairs" and (self.batch < 2 or len(examples) < 2):
            raise InputError(
                "infonce takes a batch's other positives as negatives, so that pairs need a batch of 2 or "
                f"more; got a batch of {self.batch} and {len(examples)} examples"
            )
        if loss == "pairwise" and len(set(examples.scores)) == 1:
            raise InputError(
                f"all scores of {examples.source} are {examples.scores[0]:g}; pairwise learns which pairs "
                "are nearer than others, so that it expects different scores"
            )
        temperature = None if loss == "triplet" else self.temperature or TEMPERATURE
        margin = self.margin or MARGIN if loss == "triplet" else None
        return replace(self, loss=loss, temperature=temperature, margin=margin)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for the record of a training."""
        return {**asdict(self), "matryoshka": list(self.matryoshka)}


def options_of(options: TuningOptions | None, settings: Mapping[str, Any]) -> TuningOptions:
    """Return the options of a call: given as a whole, or by name.

    Raises:
        InputError: if both are given, or a name is none of an option.
    """
    if options is not None and settings:
        raise InputError(
            f"got options and {', '.join(settings)}, which would not count; expected one or the other"
        )
    names = [field.name for field in fields(TuningOptions)]
    for name in settings:
        if name not in names:
            raise InputError(
                f"no option is called {name!r}{nearest(name, names)}; expected {', '.join(names)}"
            )
    return options or TuningOptions(**settings)


def _misfit(loss: str, examples: Examples) -> str:
    """Return one line on examples that a loss does not take, and how to mend it."""
    takes = " or ".join(IN_WORDS[kind] for kind in LOSSES[loss])
    advice = f"leave --loss out for {USUAL_LOSS[examples.kind]}"
    if loss == "triplet" and examples.kind == "pairs":
        advice = "mine negatives with --hard-negatives CORPUS, or use --loss infonce"
    return f"the loss {loss} takes {takes}; {examples.source} has {IN_WORDS[examples.kind]}: {advice}"


def _option(name: str) -> str:
    return {"held_out": "--eval"}.get(name, f"--{name.replace('_', '-')}")
