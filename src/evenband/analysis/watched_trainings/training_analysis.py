"""The value of a watched training, from its run's audits, measurements and manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evenband.analysis.audits import Audit
from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.watched_trainings.cherry_picks import judge_cells
from evenband.analysis.watched_trainings.family_changes import with_changes
from evenband.analysis.watched_trainings.training_values import CurvePoint, FamilyCurve, Training
from evenband.records.training_entries import StepEntry, TrainingEntry
from evenband.types import Measurement, PairsDetails, PairsMeasurement


def training_of(
    entry: TrainingEntry, audits: Iterable[Audit], measurements: Iterable[Measurement]
) -> Training:
    """Return the curves of a training's steps, and what its trained cells say.

    Args:
        entry: the manifest's record of the training.
        audits: of all its steps.
        measurements: all of them, those of the training data's own pairs included.
    """
    steps = {step.subject: step for step in entry.steps}
    pairs = [audit for audit in audits if isinstance(audit, PairsAudit)]
    by_probe: dict[str, list[PairsAudit]] = {}
    for audit in pairs:
        if audit.measurement.subject.name in steps:
            by_probe.setdefault(audit.measurement.probe.name, []).append(audit)
    return Training(
        model=entry.model,
        steps=tuple(step.step for step in entry.steps),
        families=with_changes(
            [_curve(name, found, steps) for name, found in by_probe.items()], _ends(by_probe, entry.steps)
        ),
        curves=entry.curves,
        trained=judge_cells(_histories(measurements, steps, entry.cells), entry.cells, entry.seed),
        texts=entry.texts,
        unaligned=entry.unaligned,
        others=tuple(step.subject for step in entry.steps[1:-1]),
    )


def point_of(step: int, audit: PairsAudit) -> CurvePoint:
    """Return an audit's figures as a point of its family's curve."""
    figures = audit.summary
    return CurvePoint(
        step,
        figures.phi,
        figures.consistency,
        figures.pass_rate,
        figures.uniformity,
        figures.r_at_1,
    )


def _curve(name: str, audits: Sequence[PairsAudit], steps: Mapping[str, StepEntry]) -> FamilyCurve:
    points = sorted(
        (point_of(steps[audit.measurement.subject.name].step, audit) for audit in audits),
        key=lambda point: point.step,
    )
    return FamilyCurve(name, audits[0].measurement.probe.type, tuple(points))


def _ends(
    by_probe: Mapping[str, Sequence[PairsAudit]], steps: Sequence[StepEntry]
) -> dict[str, tuple[PairsMeasurement, PairsMeasurement]]:
    """Return the measurements at the first and the last step of each probe that has both."""
    ends = {}
    for probe, audits in by_probe.items():
        of = {audit.measurement.subject.name: audit.measurement for audit in audits}
        if len(steps) > 1 and steps[0].subject in of and steps[-1].subject in of:
            ends[probe] = of[steps[0].subject], of[steps[-1].subject]
    return ends


def _histories(
    measurements: Iterable[Measurement], steps: Mapping[str, StepEntry], cells: Mapping[str, object]
) -> dict[str, list[tuple[int, PairsMeasurement]]]:
    """Return the measurements of each probe with trained cells, in the order of steps."""
    histories: dict[str, list[tuple[int, PairsMeasurement]]] = {}
    for measurement in measurements:
        name, subject = measurement.probe.name, measurement.subject.name
        if name in cells and subject in steps and isinstance(measurement.details, PairsDetails):
            histories.setdefault(name, []).append((steps[subject].step, measurement))  # type: ignore[arg-type]
    return {name: sorted(history, key=lambda one: one[0]) for name, history in histories.items()}
