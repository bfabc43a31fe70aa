"""What commands print: tables that fit 80 columns, results on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.table import Table
from rich.text import Text

from evenband.analysis import PairsAudit, Summary
from evenband.cli.printing.console import NONE, console_of, interval, number, table_of
from evenband.cli.printing.pairs.ablations import letters_table
from evenband.cli.printing.pairs.failures import failures_of
from evenband.narrative.pairs.headlines import missed, moved
from evenband.types import ProbeType

FARTHEST = 10
CROWDED = 3
"""From so many models on an interval has a line of its own."""

PAIRS: dict[ProbeType, str] = {"DIFF": ", text to changed", "ORDER": ", query to relevant"}
"""Between which texts s is, where a probe has more than two."""

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


def print_audits(audits: Sequence[PairsAudit]) -> None:
    """A table of figures for each probe, a column for each model; then the farthest labels."""
    console = console_of()
    by_probe = sorted(
        audits,
        key=lambda audit: [one.measurement.probe.name for one in audits].index(audit.measurement.probe.name),
    )
    for _, group in groupby(by_probe, key=lambda audit: audit.measurement.probe.name):
        members = list(group)
        is_ablation = members[0].measurement.probe.letters
        console.print(letters_table(members) if is_ablation else _figures(members))
        for audit in members:
            for note in audit.notes:
                console.print(Text(f"! {audit.measurement.subject.name}: {note}", style="yellow"))
        for audit in members:
            if audit.measurement.probe.type in PAIRS and not is_ablation:
                for line in failures_of(audit.measurement):
                    console.print(line)
            elif not is_ablation and not audit.summary.blind:
                console.print(_farthest(audit))
            if not is_ablation and not audit.summary.blind:
                for sentence in _closing(audit):
                    console.print(Text(sentence))


def _figures(audits: Sequence[PairsAudit]) -> Table:
    first = audits[0].measurement
    n, t = first.scores.shape
    table = table_of(
        f"{first.probe.name} · {first.probe.type} · {n:,} labels x {t} template{'s' if t > 1 else ''}"
    )
    table.add_column("figure [90 % interval]", no_wrap=True)
    for audit in audits:
        table.add_column(Text(audit.measurement.subject.name), justify="right")
    summaries = [audit.summary for audit in audits]

    def row(name: str, cells: Iterable[str]) -> None:
        table.add_row(name, *cells)

    between = " " if len(audits) < CROWDED else "\n"
    pair = PAIRS.get(first.probe.type, "")
    if pair:
        row("pass rate", (interval(one.pass_rate, between) for one in summaries))
    row(f"median s{pair}", (interval(one.median, between) for one in summaries))
    row("smallest s", (number(one.minimum.value) for one in summaries))
    row("s from q05 to q95", (_band(one) for one in summaries))
    for field, name in (one for one in RATIO_FIGURES if not pair or one[0] != "pass_rate"):
        row(name, (interval(getattr(one, field), between) for one in summaries))
    row(
        "noise floor (1 - s)",
        (number(one.noise_floor) if one.noise_floor else "none seen" for one in summaries),
    )
    row("distinct levels of s", (f"{one.levels:,}" for one in summaries))
    row("outliers at q <= .05", (_discoveries(audit) for audit in audits))
    return table


def _farthest(audit: PairsAudit) -> Table:
    made = audit.measurement
    several = len(made.conditions) > 1
    table = table_of(f"farthest from their partner: {made.subject.name} on {made.probe.name}")
    for name in ("label", *(["template"] if several else []), "s", "z", "q", "verdict"):
        table.add_column(name, justify="right" if name in ("s", "z", "q") else "left")
    for found in audit.outliers[:FARTHEST]:
        middle = [Text(found.template)] if several else []
        q = NONE if found.q is None else f"{found.q:.3f}"
        cells = (number(found.score), f"{found.z:.2f}", q, found.verdict or NONE)
        table.add_row(Text(found.label), *middle, *cells)
    return table


def _closing(audit: PairsAudit) -> Iterator[str]:
    """Yield what the detector could have missed, and what moved against the reference."""
    if audit.structure is not None and audit.structure.power is not None:
        yield missed(audit, audit.structure.power, named=True)
    if audit.contrast is not None:
        yield moved(audit, audit.contrast)


def _band(summary: Summary) -> str:
    return f"{number(summary.quantiles['q05'])} to {number(summary.quantiles['q95'])}"


def _discoveries(audit: PairsAudit) -> str:
    """How many outliers were claimed; NONE where the tail could not be tested."""
    return NONE if all(found.q is None for found in audit.outliers) else f"{audit.discoveries:,}"
