"""What commands print: tables that fit 80 columns, results on stdout."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenband.analysis import Audit, Summary
from evenband.analysis.pairs.verdict import untested
from evenband.cli.printing.failures import failures_of
from evenband.types import Estimate, ProbeType

FARTHEST = 10
CROWDED = 3
"""From so many models on an interval has a line of its own."""

NONE = "–"
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


def number(value: float | None) -> str:
    """Four digits after the point below 10; NONE for no value."""
    if value is None:
        return NONE
    if value and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.3g}"


def interval(estimate: Estimate, between: str = " ") -> str:
    """``.9713 [.9701, .9725]``, or the value alone where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return number(estimate.value)
    return f"{number(estimate.value)}{between}[{number(estimate.low)}, {number(estimate.high)}]"


def print_audits(audits: Sequence[Audit]) -> None:
    """A table of figures for each probe, a column for each model; then the farthest labels."""
    console = console_of()
    by_probe = sorted(
        audits,
        key=lambda audit: [one.measurement.probe.name for one in audits].index(audit.measurement.probe.name),
    )
    for _, group in groupby(by_probe, key=lambda audit: audit.measurement.probe.name):
        members = list(group)
        is_ablation = "letter" in members[0].measurement.columns
        console.print(_letters(members) if is_ablation else _figures(members))
        for audit in members:
            for note in audit.notes:
                console.print(Text(f"! {audit.measurement.model.name}: {note}", style="yellow"))
        for audit in members:
            if audit.measurement.probe.type in PAIRS and not is_ablation:
                for line in failures_of(audit.measurement):
                    console.print(line)
            elif not is_ablation and not audit.summary.blind:
                console.print(_farthest(audit))
            if not is_ablation and not audit.summary.blind:
                for sentence in filter(None, (_missed(audit), _moved(audit))):
                    console.print(Text(f"{audit.measurement.model.name}: {sentence}"))


def print_report_path(path: Path) -> None:
    """The last line of a run. The path is never wrapped or shortened."""
    print(f"report: {path}")


def print_ablation(audit: Audit, as_json: bool) -> None:
    """The 26 strings, real words marked; matched real words beside them."""
    rows = list(_ablation_rows(audit))
    if as_json:
        print(json.dumps({"model": audit.measurement.model.name, "rows": rows}, ensure_ascii=False, indent=1))
        return
    console = console_of()
    for template in audit.measurement.templates:
        here = [row for row in rows if row["template"] == template]
        low, high = min(row["score"] for row in here), max(row["score"] for row in here)
        table = table_of(f"{audit.measurement.model.name} · {template}")
        for name in ("string", "s", "", "matched word", "s", ""):
            table.add_column(name, justify="right" if name == "s" else "left", no_wrap=True)
        letters = [row for row in here if row["group"] == "letter"]
        matched = sorted((row for row in here if row["group"] != "letter"), key=lambda row: row["score"])
        for index in range(max(len(letters), len(matched))):
            cells: list[Any] = []
            for side in (letters, matched):
                row = side[index] if index < len(side) else None
                cells += _ablation_cells(row, low, high)
            table.add_row(*cells)
        console.print(table)
        console.print("* a real word. Bars: how far s lies below the largest one.")


def _figures(audits: Sequence[Audit]) -> Table:
    first = audits[0].measurement
    n, t = first.scores.shape
    table = table_of(
        f"{first.probe.name} · {first.probe.type} · {n:,} labels x {t} template{'s' if t > 1 else ''}"
    )
    table.add_column("figure [90 % interval]", no_wrap=True)
    for audit in audits:
        table.add_column(Text(audit.measurement.model.name), justify="right")
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


def _letters(audits: Sequence[Audit]) -> Table:
    """S of the real words among the 26 strings, and the range of the other strings and words."""
    first = audits[0].measurement
    table = table_of(f"{first.probe.name} · {first.probe.slot.partition(':')[2].partition('@')[0]}")
    table.add_column("similarity s", no_wrap=True)
    for audit in audits:
        table.add_column(Text(audit.measurement.model.name), justify="right")
    rows = [list(_ablation_rows(audit)) for audit in audits]
    words = [row["label"] for row in rows[0] if row["is_word"] and row["group"] == "letter"]
    for word in dict.fromkeys(words):
        table.add_row(
            Text(word), *(_range(row["score"] for row in one if row["label"] == word) for one in rows)
        )
    for name, group, is_word in (
        ("the other strings", "letter", False),
        ("matched real words", "matched", True),
    ):
        chosen = [
            [row["score"] for row in one if (row["group"], row["is_word"]) == (group, is_word)]
            for one in rows
        ]
        if chosen[0]:
            table.add_row(name, *(_range(scores) for scores in chosen))
    return table


def _range(scores: Iterable[float]) -> str:
    ordered = sorted(scores)
    low, high = number(ordered[0]), number(ordered[-1])
    return low if low == high else f"{low} to {high}"


def _farthest(audit: Audit) -> Table:
    made = audit.measurement
    several = len(made.templates) > 1
    table = table_of(f"farthest from their partner: {made.model.name} on {made.probe.name}")
    for name in ("label", *(["template"] if several else []), "s", "z", "q", "verdict"):
        table.add_column(name, justify="right" if name in ("s", "z", "q") else "left")
    for found in audit.outliers[:FARTHEST]:
        middle = [Text(found.template)] if several else []
        q = NONE if found.q is None else f"{found.q:.3f}"
        cells = (number(found.score), f"{found.z:.2f}", q, found.verdict or NONE)
        table.add_row(Text(found.label), *middle, *cells)
    return table


def _missed(audit: Audit) -> str | None:
    """What the detector could have missed, in words."""
    power = audit.structure.power if audit.structure else None
    if power is None:
        return None
    if power.minimum is None:
        return f"even effects that multiply a distance by {power.factors[-1]:g} would mostly have been missed"
    return (
        f"a single cell {power.minimum:.1f} times as far as expected would have been found four times "
        "in five; smaller effects may be there"
    )


def _moved(audit: Audit) -> str | None:
    """What the reference shows, in words."""
    found = audit.contrast
    if found is None:
        return None
    start, middle = f"against {found.reference.model.name}", f"x{np.nanmedian(found.moved):.2f}"
    if not found.tested:
        return f"{start}: all labels {middle}; which moved by themselves was {untested(len(found.suspects))}"
    return (
        f"{start}: {found.cells.sum()} cells and {found.labels.sum()} labels have moved by themselves, "
        f"all labels {middle}"
    )


def _band(summary: Summary) -> str:
    return f"{number(summary.quantiles['q05'])} to {number(summary.quantiles['q95'])}"


def _discoveries(audit: Audit) -> str:
    """How many outliers were claimed; NONE where the tail could not be tested."""
    return NONE if all(found.q is None for found in audit.outliers) else f"{audit.discoveries:,}"


def _ablation_rows(audit: Audit) -> Iterable[dict[str, Any]]:
    made = audit.measurement
    for i, label in enumerate(made.labels):
        for j, template in enumerate(made.templates):
            yield {
                "label": label,
                "template": template,
                "group": made.columns["group"][i],
                "letter": made.columns["letter"][i],
                "is_word": made.columns["is_word"][i],
                "score": float(made.scores[i, j]),
            }


def _ablation_cells(row: dict[str, Any] | None, low: float, high: float) -> list[Any]:
    if row is None:
        return ["", "", ""]
    width = 0 if high <= low else round(8 * (high - row["score"]) / (high - low))
    mark = " *" if row["is_word"] and row["group"] == "letter" else ""
    return [Text(row["label"] + mark, style="bold" if mark else ""), f"{row['score']:.4f}", "█" * width]


def table_of(title: str) -> Table:
    """An empty table."""
    return Table(title=Text(title), title_justify="left", box=box.SIMPLE, pad_edge=False)


def console_of() -> Console:
    """Standard output; nothing in a text is read as markup."""
    return Console(highlight=False, emoji=False, markup=False)


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Any list of equal rows, a column for each key."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = table_of("")
    for key in rows[0]:
        table.add_column(key, overflow="fold")
    for row in rows:
        table.add_row(*(Text(NONE if value is None else str(value)) for value in row.values()))
    console_of().print(table)
