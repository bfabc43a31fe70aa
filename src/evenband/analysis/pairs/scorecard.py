"""Scorecard of a model: one line for each probe family, and one figure over all of them.

Similarities are never averaged over families. What can be compared is whether an ordering holds (the pass
rate) and how alike a change's effects on different labels are (consistency C = 1 / Phi, where Phi is the
factor between two random labels' distances).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from evenband.analysis.limits import NEARLY_ALL
from evenband.analysis.pairs.draws import Fresh, contrast_draws, is_fresh, pair_draws, place_of
from evenband.analysis.pairs.roles import drop_repeated
from evenband.analysis.pairs.scale import SMALLEST_FLOOR, is_noise, scale_of
from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.pairs.violations import Violation, margins_of, violations_of
from evenband.types import Effect, Estimate, ProbeType
from evenband.types.summaries import Field, Summarised

Grade = Literal["reliable", "inconsistent", "fails", "blind"]
GRADES: tuple[Grade, ...] = get_args(Grade)
"""Nearly all cells pass; some do; nearly none does; the change is below the noise."""

FEWEST_FAMILIES = 3
"""Number of families below which a model gets no scorecard."""


@dataclass(frozen=True)
class Line:
    """One family on one model.

    Attributes:
        probe: name of the probe, with ``@query`` or ``@document`` where a role was asked for.
        type: INV, DIFF or ORDER.
        effect: what the change does to the meaning.
        why: why the family matters, one sentence.
        n: number of labels.
        templates: number of templates.
        grade: reliable (nine cells in ten pass), fails (nine in ten do not), inconsistent or blind.
        certain: whether the pass rate's whole interval has the same grade.
        harmless: whether the model is blind to a change that keeps the meaning (INV), as it should be.
        pass_rate: share p of cells that behave as the type demands, in [0, 1].
        uniformity: 1 - 4 p (1 - p), in [0, 1].
        consistency: C = 1 / Phi, in (0, 1]; no value for ORDER and where the model is blind.
        r50: sensitivity, the median of a pair's distance over that to the other labels' texts.
        median: median similarity, in [-1, 1].
        baselines: pass rates of encoders that understand nothing, by name, in [0, 1].
        violation: the worst cell that fails; ``None`` where none does.
        fresh: the family on a fresh draw; ``None`` where none was measured, or nothing in it is new.
    """

    probe: str
    type: ProbeType
    effect: Effect
    why: str
    n: int
    templates: int
    grade: Grade
    certain: bool
    harmless: bool
    pass_rate: Estimate
    uniformity: Estimate
    consistency: Estimate
    r50: Estimate
    median: Estimate
    baselines: dict[str, float]
    violation: Violation | None
    fresh: Fresh | None


@dataclass(frozen=True, repr=False)
class Scorecard(Summarised):
    """Summary of a model over all families that were measured.

    Attributes:
        model: name of the model.
        lines: one for each family, in the order of measurement.
        consistency: C_total = exp(-mean log Phi) over INV and DIFF families that are not blind, in (0, 1].
        families: number of families in that mean.
        stale: families whose fresh draw holds nothing new, such as a user's list that is measured whole.
        repeated: number of measurements left out, since the model has the same prompt for another role.
    """

    model: str
    lines: tuple[Line, ...]
    consistency: Estimate
    families: int
    stale: tuple[str, ...] = ()
    repeated: int = 0

    def summary_fields(self) -> Iterable[Field]:
        """Return the model, the number of families of each grade, and the consistency of all."""
        yield from (("model", self.model), ("families", len(self.lines)))
        yield from ((grade, len(self.of(grade))) for grade in GRADES if self.of(grade))
        yield "consistency", self.consistency

    def of(self, grade: Grade) -> tuple[Line, ...]:
        """Return the lines of a grade."""
        return tuple(line for line in self.lines if line.grade == grade)

    @property
    def easier(self) -> tuple[Line, ...]:
        """Families that are certified to be easier on the published sentences than on fresh ones."""
        return tuple(line for line in self.lines if line.fresh is not None and line.fresh.harder)


def is_scored(audit: PairsAudit) -> bool:
    """Return whether a scorecard can have a line for an audit; a letter ablation is no family."""
    return not audit.measurement.probe.letters


def score(audits: Sequence[PairsAudit]) -> list[Scorecard]:
    """Return a scorecard for each model that was measured on three families or more."""
    by_model: dict[str, list[PairsAudit]] = {}
    for audit in audits:
        if is_scored(audit):
            by_model.setdefault(audit.measurement.subject.name, []).append(audit)
    return [
        _card(name, of_model)
        for name, of_model in by_model.items()
        if len({audit.measurement.probe.family for audit in of_model}) >= FEWEST_FAMILIES
    ]


def _card(name: str, measured: Sequence[PairsAudit]) -> Scorecard:
    """Return the scorecard of a model from all its audits."""
    audits = drop_repeated(measured)
    standard = [audit for audit in audits if not audit.measurement.probe.draw]
    pairs = pair_draws(audits)
    fresh = contrast_draws([pair for pair in pairs if is_fresh(*(audit.measurement for audit in pair))])
    lines = tuple(_line(audit, fresh.get(place_of(audit))) for audit in standard)
    consistencies = [line.consistency for line in lines if line.consistency.value is not None]
    return Scorecard(
        model=name,
        lines=lines,
        consistency=_total(consistencies),
        families=len(consistencies),
        stale=tuple(audit.measurement.probe.name for audit, _ in pairs if place_of(audit) not in fresh),
        repeated=sum(not audit.measurement.probe.draw for audit in measured) - len(standard),
    )


def _line(audit: PairsAudit, fresh: Fresh | None) -> Line:
    """Return the line of one family."""
    measurement, figures = audit.measurement, audit.summary
    probe = measurement.probe
    blind = _is_blind(audit)
    grade, certain = _grade(figures.pass_rate)
    return Line(
        probe=probe.name,
        type=probe.type,
        effect=probe.effect,
        why=probe.why,
        n=figures.n,
        templates=figures.templates,
        grade="blind" if blind else grade,
        certain=blind or certain,
        harmless=blind and probe.type == "INV",
        pass_rate=figures.pass_rate,
        uniformity=figures.uniformity,
        consistency=figures.consistency,
        r50=figures.r50,
        median=figures.median,
        baselines=dict(measurement.details.baselines),
        violation=next(iter(violations_of(measurement)), None),
        fresh=fresh,
    )


def _is_blind(audit: PairsAudit) -> bool:
    """Return whether the change is below the noise; for ORDER, whether the two documents score alike."""
    measurement = audit.measurement
    if measurement.probe.type != "ORDER":
        return audit.summary.blind
    floor = max(measurement.score_noise, scale_of(measurement).floor, SMALLEST_FLOOR)
    return bool(is_noise(np.median(np.abs(margins_of(measurement))), floor))


def _grade(rate: Estimate) -> tuple[Grade, bool]:
    """Return the grade of a pass rate, and whether both ends of its interval have it too."""
    if rate.value is None:
        return "inconsistent", False
    grade = _grade_of(rate.value)
    ends = [end for end in (rate.low, rate.high) if end is not None]
    return grade, bool(ends) and all(_grade_of(end) == grade for end in ends)


def _grade_of(rate: float) -> Grade:
    """Return the grade of a pass rate that is not blind."""
    if rate >= NEARLY_ALL:
        return "reliable"
    return "fails" if rate <= 1 - NEARLY_ALL else "inconsistent"


def _total(consistencies: Sequence[Estimate]) -> Estimate:
    """Return the geometric mean of the families' consistencies, with an interval.

    The families count as independent: on each side the half-widths of their intervals of log C add up as
    squares. There is no interval where a family has none.
    """
    logs = [math.log(one.value) for one in consistencies if one.value is not None]
    if not logs:
        return Estimate(None)
    mean = sum(logs) / len(logs)
    half_widths = []
    for side in ("low", "high"):
        ends = [getattr(one, side) for one in consistencies]
        if None in ends:
            return Estimate(math.exp(mean), n=len(logs))
        squares = sum((math.log(end) - value) ** 2 for end, value in zip(ends, logs, strict=True))
        half_widths.append(math.sqrt(squares) / len(logs))
    low, high = math.exp(mean - half_widths[0]), min(1.0, math.exp(mean + half_widths[1]))
    return Estimate(math.exp(mean), low, high, len(logs))
