"""A model's scorecard: one line for each probe family, and the headline over all of them.

A similarity is never averaged across families; what is comparable is whether an ordering holds
(the pass rate) and how alike the effects on different labels are (Phi).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from evenband.analysis.limits import BLIND_FLOORS, LEVEL, NEARLY_ALL
from evenband.analysis.pairs.draws import Fresh, contrast_draws, is_fresh, pair_draws, place_of
from evenband.analysis.pairs.roles import drop_repeated
from evenband.analysis.pairs.scale import SMALLEST_FLOOR, scale_of
from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.pairs.violations import Violation, margins_of, violations_of
from evenband.types import Effect, Estimate, ProbeType

Grade = Literal["reliable", "inconsistent", "fails", "blind"]
GRADES: tuple[Grade, ...] = get_args(Grade)

FEWEST_FAMILIES = 3
"""Families below which there is no scorecard to speak of."""


@dataclass(frozen=True)
class Line:
    """One family on one model.

    Attributes:
        probe: name of the probe; with ``@query`` or ``@document`` where a role was asked for.
        type: INV, DIFF or ORDER.
        effect: what the operator does to the meaning.
        why: why it matters.
        n: labels.
        templates: sentences.
        grade: reliable (nine cells in ten pass), fails (nine in ten do not), inconsistent, blind.
        certain: the pass rate's whole interval says the same.
        harmless: blind to a change that should not move a text (INV), as it should be.
        pass_rate: share of cells that behave as the type demands.
        uniformity: 1 - 4 p (1 - p), in [0, 1].
        consistency: C = 1 / Phi; no value for ORDER and where the model is blind.
        r50: sensitivity.
        median: of s.
        baselines: pass rates of encoders that understand nothing.
        violation: the worst cell that fails; ``None`` where none does.
        fresh: the same on a fresh draw; ``None`` where none was measured, or nothing new.
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


@dataclass(frozen=True)
class Scorecard:
    """A model over all the families that were measured.

    Attributes:
        model: its name.
        lines: in the order of measurement.
        consistency: C_total = exp(-mean log Phi) over INV and DIFF families that are not blind.
        families: how many families that is the mean of.
        stale: families whose fresh draw has nothing new, as with a list of one's own that is measured whole.
        repeated: measurements left out, as the model has no prompt to tell their role from another one's.
    """

    model: str
    lines: tuple[Line, ...]
    consistency: Estimate
    families: int
    stale: tuple[str, ...] = ()
    repeated: int = 0

    def of(self, grade: Grade) -> tuple[Line, ...]:
        """The lines of a grade."""
        return tuple(line for line in self.lines if line.grade == grade)

    @property
    def easier(self) -> tuple[Line, ...]:
        """Families that the model passes more often on the published sentences than on fresh ones."""
        return tuple(line for line in self.lines if line.fresh is not None and line.fresh.q <= LEVEL)


def is_scored(audit: PairsAudit) -> bool:
    """Whether a scorecard can have a line for it: letters of one string are no family."""
    return not audit.measurement.probe.letters


def score(audits: Sequence[PairsAudit]) -> list[Scorecard]:
    """A scorecard for every model that was measured on three or more probes, letters apart."""
    kept = [one for one in audits if is_scored(one)]
    names = list(dict.fromkeys(one.measurement.subject.name for one in kept))
    by_model = [[one for one in kept if one.measurement.subject.name == name] for name in names]
    return [
        _card(name, members)
        for name, members in zip(names, by_model, strict=True)
        if len({one.measurement.probe.family for one in members}) >= FEWEST_FAMILIES
    ]


def _card(name: str, measured: Sequence[PairsAudit]) -> Scorecard:
    audits = drop_repeated(measured)
    standard = [one for one in audits if not one.measurement.probe.draw]
    pairs = pair_draws(audits)
    novel = [pair for pair in pairs if is_fresh(*(one.measurement for one in pair))]
    fresh = contrast_draws(novel)
    lines = tuple(_line(one, fresh.get(place_of(one))) for one in standard)
    seen = [line.consistency for line in lines if line.consistency.value is not None]
    stale = tuple(one.measurement.probe.name for one, _ in pairs if place_of(one) not in fresh)
    repeated = sum(not one.measurement.probe.draw for one in measured) - len(standard)
    return Scorecard(name, lines, _total(seen), len(seen), stale, repeated)


def _line(audit: PairsAudit, fresh: Fresh | None) -> Line:
    made, figures = audit.measurement, audit.summary
    blind = _is_blind(audit)
    grade, certain = _grade(figures.pass_rate)
    return Line(
        probe=made.probe.name,
        type=made.probe.type,
        effect=made.probe.effect,
        why=made.probe.why,
        n=figures.n,
        templates=figures.templates,
        grade="blind" if blind else grade,
        certain=blind or certain,
        harmless=blind and made.probe.type == "INV",
        pass_rate=figures.pass_rate,
        uniformity=figures.uniformity,
        consistency=figures.consistency,
        r50=figures.r50,
        median=figures.median,
        baselines=dict(made.details.baselines),
        violation=next(iter(violations_of(made)), None),
        fresh=fresh,
    )


def _is_blind(audit: PairsAudit) -> bool:
    """The change is below the noise; of an ORDER probe: the two documents are alike."""
    made = audit.measurement
    if made.probe.type != "ORDER":
        return audit.summary.blind
    floor = max(made.score_noise, scale_of(made).floor, SMALLEST_FLOOR)
    return float(np.median(np.abs(margins_of(made)))) < BLIND_FLOORS * floor


def _grade(rate: Estimate) -> tuple[Grade, bool]:
    if rate.value is None:
        return "inconsistent", False
    grade = _grade_of(rate.value)
    ends = [end for end in (rate.low, rate.high) if end is not None]
    return grade, bool(ends) and all(_grade_of(end) == grade for end in ends)


def _grade_of(rate: float) -> Grade:
    if rate >= NEARLY_ALL:
        return "reliable"
    return "fails" if rate <= 1 - NEARLY_ALL else "inconsistent"


def _total(seen: Sequence[Estimate]) -> Estimate:
    """Exp of the mean log C; its interval from the families' own, taken as independent."""
    logs = [math.log(one.value) for one in seen if one.value is not None]
    if not logs:
        return Estimate(None)
    mean = sum(logs) / len(logs)
    sides = []
    for side in ("low", "high"):
        ends = [getattr(one, side) for one in seen]
        if None in ends:
            return Estimate(math.exp(mean), n=len(logs))
        reach = math.sqrt(sum((math.log(end) - at) ** 2 for end, at in zip(ends, logs, strict=True)))
        sides.append(reach / len(logs))
    return Estimate(math.exp(mean), math.exp(mean - sides[0]), min(1.0, math.exp(mean + sides[1])), len(logs))
