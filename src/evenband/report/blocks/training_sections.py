"""The section on a watched training: what it taught, curves over steps, and trained against matched cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import fmean

from evenband.analysis.watched_trainings.training_values import (
    CellStep,
    CurvePoint,
    FamilyCurve,
    TrainedProbe,
    Training,
)
from evenband.narrative.formats import MISSING, bracketed, fixed, significant
from evenband.narrative.watched_trainings import CELLS_READ, CURVES_READ, LESSONS, training_sentences
from evenband.report.charts.frame import SIZES
from evenband.report.charts.step_panels import StepLine, StepPanel, StepPoint, step_panels
from evenband.report.views import Block, Cell, Column, Figure, Option, Points, Row, Section, Table
from evenband.types import Estimate

ALL_TYPES = "All families"

DRAWN_FIGURES = (("pass_rate", "Pass rate"), ("consistency", "Consistency C"))
"""Figures of a family that are drawn over steps; Phi is 1 / C."""

TOLD_FIGURES = (*DRAWN_FIGURES, ("phi", "Phi"))
"""Figures of a family in the table."""

FAMILIES_NAMED = 5
"""Lines of families with a name in a plot: those that changed most."""

LOSS, RATE = "training loss", "learning rate"

MOST_OWN_CURVES = 3
"""Figures of the training itself that are drawn, at most."""

STEP_ROWS_AT_ONCE = 20


def training_sections(trainings: Sequence[Training]) -> Iterator[Section]:
    """Yield a section for each training: sentences, curves, trained cells, and the families' figures."""
    for number, training in enumerate(trainings):
        prefix = f"training-{number}"
        blocks: list[Block] = [Points("What training did", tuple(training_sentences(training)))]
        if training.families or training.curves:
            blocks.append(_curves_figure(f"{prefix}-curves", training))
        tested = [one for one in training.trained if one.steps]
        if tested:
            blocks += [_cells_figure(f"{prefix}-cells", tested), _cells_table(f"{prefix}-moves", tested)]
        if training.families:
            blocks.append(_steps_table(f"{prefix}-steps", training))
        yield Section(prefix, f"Training of {training.model}", tuple(blocks))


def _curves_figure(id_: str, training: Training) -> Figure:
    """Return the curves of all families, or of one type of them, beside those of the training itself."""
    types = list(dict.fromkeys(one.type for one in training.families))
    groups = {ALL_TYPES: list(training.families)}
    if len(types) > 1:
        groups |= {kind: [one for one in training.families if one.type == kind] for kind in types}
    own = _own_panels(training)
    options = []
    for number, (name, families) in enumerate(groups.items()):
        panels = [*_family_panels(families), *own]
        specs = tuple((size.total, step_panels(panels, size)) for size in SIZES)
        options.append(Option(name, specs, (), f"Consistency over the steps: {name}", leading=number == 0))
    alt = "Lines of pass rate and C of each family, and of the training's own figures, over its steps. "
    return Figure(
        id_,
        "Consistency over the steps of training",
        alt + " ".join(training_sentences(training)),
        CURVES_READ,
        tuple(options),
    )


def _family_panels(families: Sequence[FamilyCurve]) -> Iterator[StepPanel]:
    """Yield a plot for each figure that the families have: a thin line each, and their mean."""
    for name, title in DRAWN_FIGURES:
        lines = [
            StepLine(one.probe, points, "unclear", "thin")
            for one in families
            if (points := _points(one.points, partial(_figure, name)))
        ]
        mean = StepLine("mean", _mean(lines), tagged=len(lines) > 1)
        if len(lines) == 1:
            yield StepPanel(
                title, (StepLine(lines[0].name, _points(families[0].points, partial(_figure, name))),)
            )
        elif lines:
            named = sorted(lines, key=_moved, reverse=True)[:FAMILIES_NAMED]
            yield StepPanel(title, (*(replace(line, tagged=line in named) for line in lines), mean))


def _moved(line: StepLine) -> float:
    """Return how far a line went from its first point to its last."""
    return abs(line.points[-1].value - line.points[0].value)


def _figure(name: str, point: CurvePoint) -> Estimate:
    estimate: Estimate = getattr(point, name)
    return estimate


def _points(points: Sequence[CurvePoint], value: Callable[[CurvePoint], Estimate]) -> tuple[StepPoint, ...]:
    found = [(point.step, value(point).value) for point in points]
    return tuple(StepPoint(step, number, number, number) for step, number in found if number is not None)


def _mean(lines: Sequence[StepLine]) -> tuple[StepPoint, ...]:
    """Return the mean of several lines at the steps that all of them have."""
    by_step: dict[int, list[float]] = {}
    for line in lines:
        for point in line.points:
            by_step.setdefault(point.step, []).append(point.value)
    means = [(step, fmean(found)) for step, found in sorted(by_step.items()) if len(found) == len(lines)]
    return tuple(StepPoint(step, value, value, value) for step, value in means)


def _own_panels(training: Training) -> list[StepPanel]:
    """Return plots of the training's own figures: the loss, retrieval metrics, then what else there is."""
    names = sorted(training.curves, key=lambda name: (name != LOSS, name == RATE, name))
    return [
        StepPanel(
            name if "@" in name else name[:1].upper() + name[1:],
            (
                StepLine(
                    name,
                    tuple(StepPoint(step, value, value, value) for step, value in training.curves[name]),
                    "right",
                ),
            ),
        )
        for name in names[:MOST_OWN_CURVES]
        if training.curves[name]
    ]


def _cells_figure(id_: str, tested: Sequence[TrainedProbe]) -> Figure:
    """Return the moves of trained, same-word and matched cells, a chart for each probe."""
    options = []
    for number, one in enumerate(tested):
        panels = [StepPanel("Move of log d, as training asked", tuple(_cell_lines(one)))]
        specs = tuple((size.total, step_panels(panels, size)) for size in SIZES)
        options.append(Option(one.probe, specs, (), f"Trained cells: {one.probe}", leading=number == 0))
    alt = "Lines of the mean move of trained cells, same-word cells and matched cells over the steps."
    return Figure(id_, "Trained cells, same words and matched cells", alt, CELLS_READ, tuple(options))


def _cell_lines(trained: TrainedProbe) -> Iterator[StepLine]:
    parts = (("trained", "left"), ("same_word", "unclear"), ("matched", "right"))
    for name, style in parts:
        points = [
            StepPoint(step.step, move.value, _end(move.low, move.value), _end(move.high, move.value))
            for step in trained.steps
            if (move := _move(step, name)).value is not None
        ]
        if points:
            yield StepLine(name.replace("_", " "), tuple(points), style, tagged=True)


def _move(step: CellStep, name: str) -> Estimate:
    move: Estimate = getattr(step, name)
    return move


def _end(end: float | None, value: float) -> float:
    return value if end is None else end


def _cells_table(id_: str, tested: Sequence[TrainedProbe]) -> Table:
    """Return the moves at the last step of each probe with trained cells."""
    rows = tuple(
        Row(
            (
                Cell(LESSONS[one.lesson], kind="alarm" if one.lesson == "cherry-picked" else ""),
                Cell(f"{one.steps[-1].step:,}", sort=one.steps[-1].step),
                *(
                    Cell(bracketed(move, lambda value: fixed(value, 2)), sort=move.value)
                    for move in (one.steps[-1].trained, one.steps[-1].same_word, one.steps[-1].matched)
                ),
                Cell(fixed(one.steps[-1].z, 1), sort=one.steps[-1].z),
                Cell(significant(one.steps[-1].p, 2), sort=one.steps[-1].p),
            ),
            one.probe,
        )
        for one in tested
    )
    columns = (
        Column("Probe"),
        Column("Says"),
        Column("Step", True),
        Column("Trained", True),
        Column("Same word", True),
        Column("Matched", True),
        Column("Difference (sd)", True, "trained less matched, in standard deviations of untrained cells"),
        Column("p", True, "over all evaluations so far and all probes"),
    )
    return Table(id_, "Moves of log d since the first step.", columns, rows, stacked=True)


def _steps_table(id_: str, training: Training) -> Table:
    """Return pass rate, C and Phi of every family at the first and the last step."""
    rows = []
    for one in training.families:
        first, last = one.points[0], one.points[-1]
        cells = [
            Cell(fixed(value, 3) if value is not None else MISSING, sort=value)
            for name, _ in TOLD_FIGURES
            for value in (_figure(name, first).value, _figure(name, last).value)
        ]
        rows.append(Row((Cell(one.type), *cells), one.probe))
    columns = (
        Column("Family"),
        Column("Type"),
        *(Column(f"{title}, {when}", True) for _, title in TOLD_FIGURES for when in ("first", "last")),
    )
    caption = f"Steps {training.steps[0]:,} and {training.steps[-1]:,}; the chart and summary.json have all."
    return Table(id_, caption, columns, tuple(rows), shown=STEP_ROWS_AT_ONCE, stacked=True)
