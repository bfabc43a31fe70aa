"""Sections on the variants of a model: sentences, a figure and a table of C, pass rate and guards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from evenband.analysis.pairs.option_curves import OptionCurve, option_curves
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import MISSING, fixed, interval
from evenband.narrative.pairs.option_curves import HOW_TO_READ, title_of, told
from evenband.report.charts.frame import SIZES
from evenband.report.charts.option_panels import PANELS, option_panels
from evenband.report.views import Cell, Column, Figure, Option, Points, Row, Section, Table
from evenband.types import Estimate

MOST_DRAWN = 12
"""Probes with a chart, at most; the table has all."""

ROWS_AT_ONCE = 24
"""Rows of the table that are visible at once; the others are folded."""


def option_sections(audits: Sequence[PairsAudit]) -> Iterator[Section]:
    """Yield a section for each option of which three variants of one model or more were measured."""
    for number, curve in enumerate(option_curves(audits)):
        prefix = f"variants-{number}"
        changes = Points("From the first variant to the last", tuple(told(curve)))
        blocks = (changes, curve_figure(f"{prefix}-curve", curve), curve_table(f"{prefix}-table", curve))
        yield Section(prefix, title_of(curve), blocks)


def curve_figure(id_: str, curve: OptionCurve) -> Figure:
    """Return a chart for each probe, one of them shown at a time."""
    title = f"C, pass rate and guards by {curve.option}"
    options = []
    for number, audits in enumerate(curve.audits[:MOST_DRAWN]):
        draw = partial(option_panels, curve, audits)
        specs = tuple((size.total, draw(size)) for size in SIZES)
        name = audits[0].measurement.probe.name
        options.append(Option(name, specs, (), f"{title}: {name}", leading=number == 0))
    alt = f"Plots of C, pass rate, R@1 and AUC over {curve.option}. {' '.join(told(curve))}"
    return Figure(id_, title, alt, HOW_TO_READ, tuple(options))


def curve_table(id_: str, curve: OptionCurve) -> Table:
    """Return the figures of every probe and variant; intervals are in the tooltips and the chart."""
    rows = tuple(
        Row(
            (
                Cell(value, sort=float(value) if value.isdecimal() else None, user=True),
                *(_cell(getattr(audit.summary, name)) for name, _ in PANELS),
            ),
            audit.measurement.probe.name,
        )
        for audits in curve.audits
        for value, audit in zip(curve.values, audits, strict=True)
    )
    columns = (
        Column("Probe"),
        Column(curve.option, numeric=all(value.isdecimal() for value in curve.values)),
        *(Column(title, numeric=True) for _, title in PANELS),
    )
    return Table(id_, f"{title_of(curve)}.", columns, rows, shown=ROWS_AT_ONCE, stacked=True)


def _cell(value: Estimate) -> Cell:
    if value.value is None:
        return Cell(MISSING)
    return Cell(fixed(value.value, 4), title=f"90% interval {interval(value, 4)}", sort=value.value)
