"""Comparisons as printed: figures and what moved most; of a suite a row for each family."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from evenband.analysis import Comparison
from evenband.analysis.comparison import passed_in
from evenband.analysis.scorecard import is_suite
from evenband.cli.tables import FARTHEST, NONE, console_of, interval, number, table_of


def print_comparisons(comparisons: Sequence[Comparison], as_json: bool) -> None:
    """Ratios of the figures, and the labels that moved most."""
    if as_json:
        print(json.dumps([_comparison_row(one) for one in comparisons], ensure_ascii=False, indent=1))
        return
    console = console_of()
    if is_suite(one.left.probe.name for one in comparisons):
        for table in _by_family(comparisons):
            console.print(table)
        return
    for one in comparisons:
        left, right = one.left.model.name, one.right.model.name
        table = table_of(f"{one.left.probe.name}: {left} -> {right}")
        table.add_column("right against left")
        table.add_column("[90 % interval]", justify="right")
        table.add_row("median s, difference", interval(one.median))
        table.add_row("Phi, ratio (above 1: less consistent)", interval(one.phi_ratio))
        table.add_row("T99, ratio (above 1: longer tail)", interval(one.t99_ratio))
        table.add_row("pass rate, difference", interval(one.pass_rate))
        table.add_row("Spearman's rho of y", number(one.correlation))
        console.print(table)
        if not one.changes:
            console.print("one of the two is blind to the change: there is nothing to set side by side")
            continue
        moved = table_of("labels that moved most, each model's median taken away")
        for name in ("label", f"s {left}"[:20], f"s {right}"[:20], "d changed by"):
            moved.add_column(name, justify="left" if name == "label" else "right")
        for change in one.changes[:FARTHEST]:
            moved.add_row(
                Text(change.label), number(change.left), number(change.right), f"x{change.factor:.2f}"
            )
        console.print(moved)


def _by_family(comparisons: Sequence[Comparison]) -> Iterable[Table]:
    """Of many probes: a table for each pair of models, a row for each probe, what changed most first."""
    pairs: dict[tuple[str, str], list[Comparison]] = {}
    for one in comparisons:
        pairs.setdefault((one.left.model.name, one.right.model.name), []).append(one)
    for (left, right), members in pairs.items():
        table = table_of(f"pass rates: {left} -> {right}, right minus left; ratio of Phi")
        for name in ("family", "type", "left", "right", "difference [90 %]", "Phi"):
            table.add_column(name, justify="left" if name in ("family", "type") else "right", overflow="fold")
        for one in sorted(members, key=lambda one: one.pass_rate.value or 0.0):
            rates = (_two(passed_in(side)) for side in (one.left, one.right))
            gap = one.pass_rate
            spread = "" if gap.low is None or gap.high is None else f" [{gap.low:+.2f}, {gap.high:+.2f}]"
            moved = NONE if gap.value is None else f"{gap.value:+.2f}{spread}"
            probe = one.left.probe
            table.add_row(Text(probe.name), probe.type, *rates, moved, _two(one.phi_ratio.value))
        yield table


def _two(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def _comparison_row(one: Comparison) -> dict[str, Any]:
    return {
        "probe": one.left.probe.name,
        "left": one.left.model.ref,
        "right": one.right.model.ref,
        "median": asdict(one.median),
        "phi_ratio": asdict(one.phi_ratio),
        "t99_ratio": asdict(one.t99_ratio),
        "pass_rate": asdict(one.pass_rate),
        "correlation": one.correlation,
        "changes": [asdict(change) for change in one.changes],
    }
