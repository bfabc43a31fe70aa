"""Values of a watched training: curves over its steps, and what moved with the trained cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from evenband.types import Estimate, ProbeType
from evenband.types.summaries import Field, Summarised

Lesson = Literal["cherry-picked", "sentences", "rule", "followed", "unclear", "still", "untested"]
"""What training taught by a probe's cells: these texts only, these sentences with any noun, the rule (others
move as far, within the interval), others move with them but not as far, none of these clearly, nothing yet,
or there are no cells to compare them with."""


@dataclass(frozen=True)
class CurvePoint:
    """Figures of one probe at one step; those of :class:`~evenband.analysis.pairs.values.Summary`."""

    step: int
    phi: Estimate
    consistency: Estimate
    pass_rate: Estimate
    uniformity: Estimate
    guard: Estimate


@dataclass(frozen=True)
class FamilyCurve:
    """One probe over the steps.

    Attributes:
        probe: its name.
        type: INV, DIFF or ORDER.
        points: one for each step at which it was measured, in order.
        change: of the pass rate from the first to the last step, with its 90% interval over labels; no value
            where it was not measured at both, or on other labels.
        p: p-value of the change over all families (Holm); NaN without one.
    """

    probe: str
    type: ProbeType
    points: tuple[CurvePoint, ...]
    change: Estimate = field(default_factory=lambda: Estimate(None))
    p: float = math.nan


@dataclass(frozen=True)
class CellStep:
    """Moves of log d since the first step, in the direction that training asked for. Above 0: as asked.

    Attributes:
        step: number of optimiser steps.
        trained: mean over trained labels, in the templates in which they were trained.
        same_word: the same labels in the other templates; no value where there are none.
        matched: labels like them in the same templates.
        gap: trained less matched.
        z: the gap in robust standard deviations of untrained cells' moves.
        p: p-value of the gap over all looks so far and all probes.
        lesson: what that says.
        words: whether the trained labels' other templates moved at least half as far as the trained ones, and
            matched labels did not: the words were learned, not the texts alone.
    """

    step: int
    trained: Estimate
    same_word: Estimate
    matched: Estimate
    gap: Estimate
    z: float
    p: float
    lesson: Lesson
    words: bool = False

    @property
    def transfer(self) -> float | None:
        """Move of the matched cells over that of the trained ones; ``None`` where these did not move."""
        if not self.trained.value or self.matched.value is None:
            return None
        return self.matched.value / self.trained.value

    @property
    def trained_factor(self) -> float:
        """Factor by which the trained cells' distances moved, above 1 in the direction asked for."""
        return math.exp(self.trained.value or 0.0)

    @property
    def matched_factor(self) -> float:
        """The same of the matched cells."""
        return math.exp(self.matched.value or 0.0)


@dataclass(frozen=True)
class TrainedProbe:
    """The trained cells of one probe over the steps.

    Attributes:
        probe: its name.
        labels: number of labels with a trained cell.
        cells: number of trained cells.
        controls: number of matched labels for each trained one; 0 where nothing could be compared.
        together: whether training pulls the cells' texts together (true), pushes them apart (false), or the
            data do not say or ask for both (``None``).
        steps: all but the first, in order.
    """

    probe: str
    labels: int
    cells: int
    controls: int
    together: bool | None
    steps: tuple[CellStep, ...]

    @property
    def lesson(self) -> Lesson:
        """What the last step says."""
        return self.steps[-1].lesson if self.steps else "untested"


@dataclass(frozen=True, repr=False)
class Training(Summarised):
    """A training that was watched.

    Attributes:
        model: name of the live model.
        steps: numbers of optimiser steps at which it was evaluated.
        families: curves of the probes.
        curves: the training's own figures by name: step and value.
        trained: probes with trained cells.
        texts: number of texts in the training data; ``None`` where they were not given.
        unaligned: number of the data's minimal pairs that there was nothing to compare with.
        others: names of subjects of the steps between the first and the last.
    """

    model: str
    steps: tuple[int, ...]
    families: tuple[FamilyCurve, ...]
    curves: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    trained: tuple[TrainedProbe, ...] = ()
    texts: int | None = None
    unaligned: int = 0
    others: tuple[str, ...] = ()

    @property
    def alarms(self) -> tuple[TrainedProbe, ...]:
        """Probes of which the trained cells moved and those like them did not."""
        return tuple(one for one in self.trained if one.lesson == "cherry-picked")

    def summary_fields(self) -> Iterable[Field]:
        """Return the model, its steps and the alarms."""
        yield from (("model", self.model), ("steps", len(self.steps)), ("families", len(self.families)))
        yield "alarms", ", ".join(one.probe for one in self.alarms) or None
