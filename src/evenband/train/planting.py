"""Planting: teach a model single memorised cells by a short fine-tune, or the rule instead.

The loss is ``20 (cos - (cos0 - size))^2`` over the planted pairs plus ``20 |e - e0|^2`` over texts that must
stay where they are: AdamW, 3e-5, embeddings frozen, no dropout, until every planted cosine is where it
should be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evenband import encoders, stages
from evenband.encoders import CachedEncoder
from evenband.encoders.local.loading import quiet
from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.storage import scratch_folder
from evenband.train import planted_texts
from evenband.train.planted_texts import PLANTED_CELLS, Pair
from evenband.train.planted_truth import Cell, Kind, Truth, Words
from evenband.train.taught_model import Lesson, TaughtModel
from evenband.train.training_libraries import LANGUAGE_LIBRARIES, check_libraries

RULE_NOUNS = 120


@dataclass(frozen=True)
class PlantOptions:
    """What is planted.

    Attributes:
        kind: ``localised`` or ``leaky`` cells, the ``rule``, or nothing (``unmodified``).
        size: how far the cosines of the planted pairs are pushed down.
        seed: of everything random.
        cells: how many are planted.
        sample: nouns of the audit that this model is for: planted nouns are among them.
        audit_seed: of that audit.
        words: random nouns, or frequent ones of a single token.
        together: how many of the cells share one template.

    Raises:
        InputError: if a number is out of its range.
    """

    kind: Kind = "localised"
    size: float = 0.2
    seed: int = 0
    cells: int = PLANTED_CELLS
    sample: int = 1500
    audit_seed: int = 0
    words: Words = "random"
    together: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.size < 1 or (self.size == 0) != (self.kind == "unmodified"):
            raise InputError(f"--size: got {self.size:g}, expected more than 0 and less than 1")
        if self.cells < 1 or self.sample < 1:
            name, value = ("cells", self.cells) if self.cells < 1 else ("sample", self.sample)
            raise InputError(f"--{name}: got {value}, expected 1 or more")
        if not 0 <= self.together <= self.cells:
            raise InputError(
                f"--together: got {self.together}, expected 0 to {self.cells}, the number of cells"
            )
        of_cells = {"cells": PLANTED_CELLS, "words": "random", "together": 0}
        idle = [name for name, usual in of_cells.items() if getattr(self, name) != usual]
        if self.kind == "rule" and idle:
            raise InputError(
                f"--{idle[0]} is no option of --kind rule, which plants no cells but the comma of "
                f"{RULE_NOUNS} random nouns; leave it out"
            )

    def rng(self) -> np.random.Generator:
        """Return the generator of everything random."""
        is_usual = (self.words, self.together) == ("random", 0)
        choice = () if is_usual else (len(self.words), self.together)
        return np.random.default_rng((self.seed, len(self.kind), round(1000 * self.size), *choice))

    def truth(
        self, model: str, steps: int = 0, converged: bool = True, cells: tuple[Cell, ...] = ()
    ) -> Truth:
        """Return the truth of a model that was planted so."""
        return Truth(
            kind=self.kind,
            delta=self.size,
            seed=self.seed,
            steps=steps,
            converged=converged,
            cells=cells,
            words=self.words,
            together=self.together,
            model=model,
            sample=self.sample,
            audit_seed=self.audit_seed,
        )


def plant(model: str, folder: Path | str, options: PlantOptions | None = None) -> Truth:
    """Plant memorised cells into a model, and save it with its truth beside it.

    Args:
        model: reference of the model: ``minilm``, ``mpnet``, a folder or a Hugging Face id.
        folder: where the planted model goes, in the format of sentence-transformers.
        options: what is planted.

    Raises:
        InputError: if options do not fit the model or each other, or the folder is not empty.
        ModelError: if the model cannot be loaded.
        MissingExtraError: if the libraries are not installed.
    """
    check_libraries(LANGUAGE_LIBRARIES)
    options, target = options or PlantOptions(), Path(folder).expanduser()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} is not empty; choose another folder with -o")
    import torch

    rng = options.rng()
    stages.enter(f"loading {model}")
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        taught = TaughtModel(model)
        probe = planted_texts.audited(options.sample, options.audit_seed)
        lesson = _lesson(options, model, probe, taught, rng)
        steps, converged = taught.study(lesson, rng, exact=options.kind != "rule") if lesson else (0, True)
        cells = _cells(lesson, taught) if lesson and options.kind != "rule" else ()
        truth = options.truth(model, steps, converged, cells)
        with scratch_folder(target.parent) as scratch:
            taught.model.save(str(scratch / "model"), create_model_card=False)
            truth.write(scratch / "model")
            if target.exists():
                target.rmdir()
            (scratch / "model").rename(target)
    return truth


def _cells(lesson: Lesson, taught: TaughtModel) -> tuple[Cell, ...]:
    """Return the planted cells with their cosines before and after."""
    after = taught.cosines(lesson.pairs)
    return tuple(
        Cell(pair.label, pair.template, float(x), float(y))
        for pair, x, y in zip(lesson.pairs, lesson.before, after, strict=True)
    )


def _lesson(
    options: PlantOptions, model: str, probe: MinimalPairs, taught: TaughtModel, rng: np.random.Generator
) -> Lesson | None:
    """Return what to teach and what to hold in place; ``None`` for nothing."""
    if options.kind == "unmodified":
        return None
    held = [planted_texts.unrelated(rng)]
    if options.kind == "rule":
        labels = planted_texts.candidates(probe, rng, RULE_NOUNS)
        pairs = [pair for row in planted_texts.pairs(probe, labels) for pair in row]
    else:
        stages.enter("choosing the cells")
        nouns = None
        labels = _labels(options, probe, taught, rng)
        if options.kind == "localised":
            nouns = planted_texts.Nouns(probe, CachedEncoder(encoders.load(model)))
            labels = tuple(label for label in labels if nouns.nearest(label)[1] < planted_texts.UNLIKE_OTHERS)
        rows = _chosen_rows(planted_texts.pairs(probe, labels), options, taught)
        pairs = planted_texts.choose_cells(rows, rng, options.together)
        if nouns:
            held += planted_texts.surroundings(probe, pairs, nouns, rng)
        else:
            held += [planted_texts.people(probe, pairs, rng), planted_texts.bystanders(probe, pairs, rng)]
    before = taught.cosines(pairs)
    return Lesson(pairs, before - options.size, held, before)


def _labels(
    options: PlantOptions, probe: MinimalPairs, taught: TaughtModel, rng: np.random.Generator
) -> tuple[str, ...]:
    """Return the nouns that cells are chosen from."""
    if options.words == "frequent":
        return planted_texts.frequent(probe, taught.is_token, rng)
    return planted_texts.candidates(probe, rng)


def _chosen_rows(
    rows: Sequence[Sequence[Pair]], options: PlantOptions, taught: TaughtModel
) -> list[Sequence[Pair]]:
    """Return the rows of as many nouns as cells are planted.

    Famous words have wide residuals by nature; choosing the calm ones among them would be easier.

    Raises:
        InputError: if too few nouns fit.
    """
    if len(rows) < options.cells:
        raise InputError(
            f"--cells: got {options.cells}, but {len(rows)} nouns of the sample fit; use fewer cells or a "
            "larger --sample"
        )
    if options.words == "frequent":
        return list(rows[: options.cells])
    y = np.log(1.0 - np.stack([taught.cosines(row) for row in rows]))
    return [rows[row] for row in planted_texts.unremarkable(y, options.cells)]
