"""What was planted into a model, as a file beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from evenband.errors import InputError

Kind: TypeAlias = Literal["unmodified", "rule", "localised", "leaky"]
Words: TypeAlias = Literal["random", "frequent"]
TRUTH_FILE = "truth.json"


@dataclass(frozen=True)
class Cell:
    """One label in one template whose pair was pushed apart.

    Attributes:
        label: the noun.
        template: the template's name.
        before: cosine of the pair in the unmodified model.
        after: cosine in the planted one.
    """

    label: str
    template: str
    before: float
    after: float

    @property
    def factor(self) -> float:
        """How many times as large the distance is afterwards."""
        return (1.0 - self.after) / (1.0 - self.before)


@dataclass(frozen=True)
class Truth:
    """What a model was taught.

    Attributes:
        kind: unmodified; rule: every pair pushed apart; localised: single cells, their surroundings
            held; leaky: single cells, only unrelated texts held.
        delta: how far the cosines were pushed down.
        seed: of the nouns, the templates, the held texts and the order of the batches.
        steps: of the optimiser, 0 for the unmodified model.
        converged: whether every planted cosine ended within the tolerance.
        cells: what was planted; none for the two negative controls.
        words: random nouns, most of them rare; or frequent ones of a single token, as famous examples are.
        together: number of the cells that lie in one template; the others are spread over the rest.
        model: reference of the unmodified model.
        sample: nouns of the audit that finds the cells: planted nouns are among them.
        audit_seed: of that audit.
    """

    kind: Kind
    delta: float
    seed: int
    steps: int
    converged: bool
    cells: tuple[Cell, ...]
    words: Words = "random"
    together: int = 0
    model: str = "minilm"
    sample: int = 1500
    audit_seed: int = 0

    @property
    def name(self) -> str:
        """Name of a folder for the model."""
        size = f"-{round(100 * self.delta):02d}" if self.delta else ""
        words = "" if self.words == "random" else f"-{self.words}"
        together = f"-{self.together}together" if self.together else ""
        return f"{self.kind}{size}{words}{together}-seed{self.seed}"

    def write(self, folder: Path) -> None:
        """Write the truth into the model's folder."""
        (folder / TRUTH_FILE).write_text(
            json.dumps(asdict(self), indent=1, ensure_ascii=False), encoding="utf-8"
        )


def read_truth(folder: Path) -> Truth:
    """Read what :meth:`Truth.write` wrote.

    Raises:
        InputError: if there is no such file, or it holds something else.
    """
    path = folder / TRUTH_FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Truth(**{**data, "cells": tuple(Cell(**cell) for cell in data["cells"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read as the truth of a planted model: {error}") from None
