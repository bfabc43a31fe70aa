"""Figures and farthest labels of minimal pairs in the terminal, in 80 columns.

The names of the figures are explained in the README and in the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenband.analysis import PairsAudit, Summary
from evenband.analysis.pairs.orderings import has_distances
from evenband.analysis.pairs.rivals import rivals_of
from evenband.cli.printing.console import console_of, table_of
from evenband.cli.printing.pairs.ablations import letters_table
from evenband.cli.printing.pairs.worst_cells import failures_of
from evenband.narrative.abridgement import abridge_label
from evenband.narrative.formats import MISSING, adjusted, bracketed, count, counted, fixed, number
from evenband.narrative.pairs.frequencies import missed_by_frequency
from evenband.narrative.pairs.headlines import missed, moved
from evenband.narrative.pairs.measures import among, measures_of, titled
from evenband.narrative.reticence import shown_outliers
from evenband.types import ProbeType

FARTHEST = 10
"""Labels in the table of the farthest."""

CROWDED = 3
"""With this many models or more, an interval has a line of its own."""

COMPARED_TEXTS: dict[ProbeType, str] = {"DIFF": ", text to changed", "ORDER": ", query to relevant"}
"""Between which texts s is measured, for probes with more than two."""

RATIO_FIGURES = (
    ("consistency", "consistency C = 1/Phi"),
    ("phi", "disparity Phi"),
    ("t99", "tail T99"),
    ("r50", "sensitivity r50"),
    ("pass_rate", "pass rate"),
    ("uniformity", "uniformity"),
    ("r_at_1", "guard R@1"),
    ("auc", "guard AUC"),
)


BAND_FIGURES, GUARDS = ("consistency", "phi", "t99", "r50"), ("r_at_1", "auc")
"""Figures of one band, which an ORDER probe does not have, and guards, which it may lack."""

ORDERINGS = ("pass_rate", "uniformity", "r_at_1", "auc")
"""Figures that say only which texts are nearer, by the model's own similarity."""


def print_audits(audits: Sequence[PairsAudit]) -> None:
    """Print a table of figures for each probe with a column for each model, then the farthest labels."""
    console = console_of()
    by_probe: dict[str, list[PairsAudit]] = {}
    for audit in audits:
        by_probe.setdefault(audit.measurement.probe.name, []).append(audit)
    for members in by_probe.values():
        is_ablation = members[0].measurement.probe.letters
        console.print(letters_table(members) if is_ablation else _figures(members))
        for audit in members:
            for note in audit.notes:
                console.print(Text(f"! {audit.measurement.subject.name}: {note}", style="yellow"))
        if not is_ablation:
            for audit in members:
                _print_details(console, audit)


def _print_details(console: Console, audit: PairsAudit) -> None:
    """Print the cells that fail or are farthest, what could have been missed, and what moved."""
    if audit.measurement.probe.type in COMPARED_TEXTS or not has_distances(audit.measurement):
        for line in failures_of(audit.measurement):
            console.print(line)
    elif not audit.summary.blind:
        console.print(_farthest(audit))
    if not audit.summary.blind:
        for sentence in _closing(audit):
            console.print(Text(sentence))


def _figures(audits: Sequence[PairsAudit]) -> Table:
    first = audits[0].measurement
    n, t = first.scores.shape
    size = f"{counted(n, 'label')} x {counted(t, 'template')}"
    table = table_of(f"{first.probe.name} · {first.probe.type} · {size}")
    table.add_column("figure [90% interval]", no_wrap=True)
    for audit in audits:
        table.add_column(Text(titled(audit.measurement)), justify="right")
    order, distance = measures_of(audit.measurement for audit in audits)
    rivals = among(rivals_of(audit.measurement) for audit in audits)
    summaries = [audit.summary for audit in audits]

    def row(name: str, cells: Iterable[str]) -> None:
        table.add_row(name, *cells)

    between = " " if len(audits) < CROWDED else "\n"
    texts = COMPARED_TEXTS.get(first.probe.type, "")
    if texts:
        row(f"pass rate{order}", (bracketed(one.pass_rate, between=between) for one in summaries))
        _baselines(audits, row)
    row(f"median s{distance}{texts}", (bracketed(one.median, between=between) for one in summaries))
    row(f"smallest s{distance}", (number(one.minimum.value) for one in summaries))
    row(f"s from q05 to q95{distance}", (_band(one) for one in summaries))
    left_out = ("pass_rate",) if texts else ()
    if first.probe.type == "ORDER":
        left_out = (*left_out, *BAND_FIGURES, *(() if _has_guards(summaries) else GUARDS))
    for field, name in (one for one in RATIO_FIGURES if one[0] not in left_out):
        measure = order if field in ORDERINGS else distance
        measure = rivals + measure if field == "pass_rate" else measure
        row(f"{name}{measure}", (bracketed(getattr(one, field), between=between) for one in summaries))
        if field == "pass_rate":
            _baselines(audits, row)
    row(
        "noise floor (1 − s)",
        ("none seen" if one.noise_floor == 0 else number(one.noise_floor) for one in summaries),
    )
    row("distinct levels of s", (count(one.levels) for one in summaries))
    if first.probe.type != "ORDER":
        row("outliers at q <= .05", (_discoveries(audit) for audit in audits))
    return table


def _baselines(audits: Sequence[PairsAudit], row: Callable[[str, Iterable[str]], None]) -> None:
    """Add a row with what a bag of words gets on each model's texts, unless it is not known."""
    rates = [audit.measurement.details.baselines.get("words") for audit in audits]
    if any(rate is not None for rate in rates):
        row("a bag of words passes", map(number, rates))


def _has_guards(summaries: Iterable[Summary]) -> bool:
    return any(summary.auc.value is not None for summary in summaries)


def _farthest(audit: PairsAudit) -> Table:
    measurement = audit.measurement
    several = len(measurement.conditions) > 1
    table = table_of(f"farthest from their partner: {measurement.subject.name} on {measurement.probe.name}")
    for name in ("label", *(["template"] if several else []), "s", "z", "q", "verdict"):
        table.add_column(name, justify="right" if name in ("s", "z", "q") else "left")
    for outlier in shown_outliers(audit)[:FARTHEST]:
        template = [Text(outlier.template)] if several else []
        cells = (number(outlier.score), fixed(outlier.z, 2), adjusted(outlier.q), outlier.verdict or MISSING)
        table.add_row(Text(abridge_label(outlier.label)), *template, *cells)
    return table


def _closing(audit: PairsAudit) -> Iterator[str]:
    """Yield what could have been missed, and what moved against the reference."""
    if audit.structure is not None and audit.structure.power is not None:
        yield missed(audit, audit.structure.power, named=True)
        if audit.structure.by_frequency:
            yield missed_by_frequency(audit, audit.structure.by_frequency)
    if audit.contrast is not None:
        yield moved(audit, audit.contrast)


def _band(summary: Summary) -> str:
    low, high = summary.quantiles.get("q05"), summary.quantiles.get("q95")
    return MISSING if low is None else f"{number(low)} to {number(high)}"


def _discoveries(audit: PairsAudit) -> str:
    """Return how many outliers are claimed; a dash if the tail could not be tested."""
    return MISSING if audit.discoveries is None else count(audit.discoveries)
