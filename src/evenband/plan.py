"""What to do: models, probes, how many, which seed. From the command line or from a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenband import probes
from evenband.errors import InputError
from evenband.probes import toml
from evenband.probes.minimal_pairs import MinimalPairs

DEFAULT_PROBES = ("comma", "ablation")
SAMPLE_STREAM, ANALYSIS_STREAM, CONTROL_STREAM, ORDINARY_STREAM, SCREEN_STREAM = 1, 2, 3, 4, 5
"""Each use of randomness has a stream of its own under the run's seed, so that adding one moves no other."""


class Plan(BaseModel):
    """A run, before it happens. The keys of a plan file are these fields.

    ``seed`` feeds every random choice. ``sample`` keeps that many values of each slot that has
    more. ``out`` is the run directory.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = Field(min_length=1, description="model references")
    probes: tuple[str, ...] = Field(default=DEFAULT_PROBES, min_length=1, description="names or .toml files")
    reference: str | None = Field(default=None, min_length=1, description="model to compare the others with")
    sample: int | None = Field(
        default=None, ge=1, description="at most that many values of each slot, letters excepted"
    )
    seed: int = Field(default=0, ge=0, description="of every random choice")
    engine: Literal["auto", "plain"] = Field(
        default="auto", description="plain: the model library's own encode"
    )
    screen: Literal["bfloat16", "float16"] | None = Field(
        default=None, description="all texts in this number format, the farthest and a tenth again in float32"
    )
    trust_remote_code: bool = Field(default=False, description="run code that came with a model")
    out: Path | None = Field(default=None, description="run directory")


def read(path: Path) -> Plan:
    """A plan file. Relative paths in it start at its folder.

    Raises:
        InputError: naming the file, the key, what was found and what was expected.
    """
    plan = toml.read(path, Plan)
    moved = [str(path.parent / probe) if probe.endswith(".toml") else probe for probe in plan.probes]
    out = plan.out and path.parent / plan.out
    return plan.model_copy(update={"probes": tuple(moved), "out": out})


def build(**fields: object) -> Plan:
    """A plan from keywords, with errors in one line.

    Raises:
        InputError: naming the key, what was found and what was expected.
    """
    try:
        return Plan.model_validate(fields)
    except ValidationError as error:
        raise InputError(toml.explain(error, Plan)) from None


def load_probes(references: tuple[str, ...], sample: int | None, seed: int) -> list[MinimalPairs]:
    """The probes of names and files, their slots filled and sampled.

    Raises:
        InputError: if one does not exist, cannot be read, or two share a name.
    """
    loaded: list[MinimalPairs] = []
    for reference in references:
        if reference.endswith(".toml"):
            path = Path(reference)
            loaded += [definition.load(path.parent) for definition in probes.read(path)]
        else:
            loaded.append(probes.find(reference).load())
    names = [probe.name for probe in loaded]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"got two probes called {name!r}, expected different names; rename one in its file"
            )
    if sample is None:
        return loaded
    return [
        probe if "letter" in probe.slot.columns else probe.sample(sample, stream(seed, SAMPLE_STREAM))
        for probe in loaded
    ]


def stream(seed: int, use: int) -> np.random.Generator:
    """The random numbers of one use under a run's seed."""
    return np.random.default_rng((seed, use))
