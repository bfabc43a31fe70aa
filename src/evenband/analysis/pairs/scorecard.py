"""Scorecard of a model: one line for each probe family, and one figure over all of them.

Similarities are never averaged over families. What can be compared is whether an ordering holds (the pass
rate) and how alike a change's effects on different labels are (consistency C = 1 / Phi, where Phi is the
factor between two random labels' distances).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from evenband.analysis.limits import LABELS_FOR_GRADE, NEARLY_ALL
from evenband.analysis.pairs.comparison import passed_in
from evenband.analysis.pairs.draws import (
    Fresh,
    can_be_contrasted,
    contrast_draws,
    is_fresh,
    pair_draws,
    place_of,
)
from evenband.analysis.pairs.rivals import common_rivals, rivals_of
from evenband.analysis.pairs.roles import drop_repeated
from evenband.analysis.pairs.values import PairsAudit, Summary
from evenband.analysis.pairs.violations import Violation, violations_of
from evenband.types import Effect, Estimate, PairsMeasurement, ProbeType, Similarity
from evenband.types.summaries import Field, Summarised

Grade = Literal["reliable", "inconsistent", "fails", "blind"]
GRADES: tuple[Grade, ...] = get_args(Grade)
"""Nearly all cells pass; some do; nearly none does; the change is below the noise."""

Ungraded = Literal["one label", "no rivals", "few labels"]
"""Why a family has no grade: its pass rate is not measured (the first two), or rests on too few labels."""

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
        grade: reliable (nine cells in ten pass), fails (nine in ten do not), inconsistent or blind; ``None``
            where there is none.
        certain: whether the pass rate's whole interval has the same grade.
        harmless: whether the model is blind to a change that keeps the meaning (INV), as it should be.
        pass_rate: share p of cells that behave as the type demands, in [0, 1]; no value where it is not
            measured.
        uniformity: 1 - 4 p (1 - p), in [0, 1].
        consistency: C = 1 / Phi, in (0, 1]; no value for ORDER and where the model is blind.
        r50: sensitivity, the median of a pair's distance over that to the other labels' texts.
        median: median similarity, in [-1, 1].
        baselines: pass rates of encoders that understand nothing, by name, in [0, 1].
        violation: the worst cell that fails; ``None`` where none does.
        fresh: the family on a fresh draw; ``None`` where none was measured, or nothing in it is new.
        ungraded: why there is no grade; ``None`` where there is one.
        rivals: number of other labels among which a cell passes; ``None`` for DIFF and ORDER.
        common: the same line among as many rivals as all models have that stand beside it; ``None`` where
            these are its own, and where that cannot be told.
    """

    probe: str
    type: ProbeType
    effect: Effect
    why: str
    n: int
    templates: int
    grade: Grade | None
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
    ungraded: Ungraded | None = None
    rivals: int | None = None
    common: Line | None = None

    @property
    def measured(self) -> bool:
        """Whether there is a pass rate: a single label leaves nothing to compare it with."""
        return self.ungraded in (None, "few labels")


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
        similarity: by which texts are ordered, and so what pass rates and grades are by.
    """

    model: str
    lines: tuple[Line, ...]
    consistency: Estimate
    families: int
    stale: tuple[str, ...] = ()
    repeated: int = 0
    similarity: Similarity = "cosine"

    def summary_fields(self) -> Iterable[Field]:
        """Return the model, the number of families of each grade, and the consistency of all."""
        yield from (("model", self.model), ("families", len(self.lines)))
        yield from ((grade, len(self.of(grade))) for grade in GRADES if self.of(grade))
        yield "consistency", self.consistency

    def of(self, grade: Grade) -> tuple[Line, ...]:
        """Return the lines of a grade."""
        return tuple(line for line in self.lines if line.grade == grade)

    @property
    def ungraded(self) -> tuple[Line, ...]:
        """Lines without a grade."""
        return tuple(line for line in self.lines if line.grade is None)

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
    scored = {
        name: of_model
        for name, of_model in by_model.items()
        if len({audit.measurement.probe.family for audit in of_model}) >= FEWEST_FAMILIES
    }
    rivals = _rivals_in_common(audit for of_model in scored.values() for audit in of_model)
    return [_card(name, of_model, rivals) for name, of_model in scored.items()]


def _rivals_in_common(audits: Iterable[PairsAudit]) -> dict[str, int | None]:
    """Return the number of rivals of each probe that all models' measurements of it have in common."""
    by_probe: dict[str, list[PairsMeasurement]] = {}
    for audit in audits:
        by_probe.setdefault(audit.measurement.probe.name, []).append(audit.measurement)
    return {name: common_rivals(*measurements) for name, measurements in by_probe.items()}


def _card(name: str, measured: Sequence[PairsAudit], rivals: Mapping[str, int | None]) -> Scorecard:
    """Return the scorecard of a model from all its audits, and the rivals that all models have by probe."""
    audits = drop_repeated(measured)
    standard = [audit for audit in audits if not audit.measurement.probe.draw]
    pairs = [
        pair
        for pair in pair_draws(audits)
        if all(_is_measured(audit.summary) for audit in pair)
        and can_be_contrasted(*(audit.measurement for audit in pair))
    ]
    fresh = contrast_draws([pair for pair in pairs if is_fresh(*(audit.measurement for audit in pair))])
    lines = tuple(
        _beside_others(_line(audit, fresh.get(place_of(audit))), audit, rivals) for audit in standard
    )
    consistencies = [line.consistency for line in lines if line.consistency.value is not None]
    return Scorecard(
        model=name,
        lines=lines,
        consistency=_total(consistencies),
        families=len(consistencies),
        stale=tuple(audit.measurement.probe.name for audit, _ in pairs if place_of(audit) not in fresh),
        repeated=sum(not audit.measurement.probe.draw for audit in measured) - len(standard),
        similarity=measured[0].measurement.subject.similarity,
    )


def _line(audit: PairsAudit, fresh: Fresh | None) -> Line:
    """Return the line of one family."""
    measurement, figures = audit.measurement, audit.summary
    probe = measurement.probe
    is_measured = _is_measured(figures)
    grade, certain, ungraded = _grade(figures)
    return Line(
        probe=probe.name,
        type=probe.type,
        effect=probe.effect,
        why=probe.why,
        n=figures.n,
        templates=figures.templates,
        grade=grade,
        certain=certain,
        harmless=grade == "blind" and probe.type == "INV",
        pass_rate=figures.pass_rate if is_measured else Estimate(None, n=figures.n),
        uniformity=figures.uniformity if is_measured else Estimate(None, n=figures.n),
        consistency=figures.consistency,
        r50=figures.r50,
        median=figures.median,
        baselines=dict(measurement.details.baselines) if is_measured else {},
        violation=next(iter(violations_of(measurement)), None) if is_measured else None,
        fresh=fresh,
        ungraded=ungraded,
        rivals=rivals_of(measurement),
    )


def _beside_others(line: Line, audit: PairsAudit, rivals: Mapping[str, int | None]) -> Line:
    """Add the line among the rivals that all models have, where these are fewer than its own."""
    fewer = rivals.get(line.probe)
    if fewer == line.rivals or line.grade in (None, "blind"):
        return line
    rate = passed_in(audit.measurement, fewer)
    if rate is None:
        return line
    recounted = replace(
        line, pass_rate=Estimate(rate, n=line.n), rivals=fewer, grade=_grade_of(rate), certain=False
    )
    return replace(line, common=recounted)


def _is_measured(figures: Summary) -> bool:
    """Return whether a family has a pass rate; one of a single label is none, whatever the type."""
    return figures.n > 1 and figures.pass_rate.value is not None


def _grade(figures: Summary) -> tuple[Grade | None, bool, Ungraded | None]:
    """Return the grade, whether both ends of the pass rate's interval have it too, and why there is none.

    A model is blind to a change whatever the number of labels: nothing is compared with other labels.
    """
    rate = figures.pass_rate
    if figures.n < 2:
        return None, False, "one label"
    if rate.value is None:
        return None, False, "no rivals"
    if figures.blind:
        return "blind", True, None
    if figures.n < LABELS_FOR_GRADE:
        return None, False, "few labels"
    grade = _grade_of(rate.value)
    ends = [end for end in (rate.low, rate.high) if end is not None]
    return grade, bool(ends) and all(_grade_of(end) == grade for end in ends), None


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
