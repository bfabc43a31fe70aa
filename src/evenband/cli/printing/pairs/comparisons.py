"""Comparisons in the terminal: a row for each probe; for a few probes also the labels that moved most."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from math import log

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenband.analysis import Change, Comparison, PairsComparison, summarise_comparison
from evenband.analysis.pairs.comparison import passed_in
from evenband.cli.printing.blocks import print_block, print_subject_notes
from evenband.cli.printing.console import console_of, table_of
from evenband.cli.printing.pairs.probe_tables import FARTHEST
from evenband.narrative.abridgement import abridge_label
from evenband.narrative.formats import bracketed, fixed, number, signed
from evenband.narrative.pairs.headlines import no_changes
from evenband.narrative.pairs.measures import among, with_similarity
from evenband.narrative.reticence import is_shown
from evenband.report.blocks.kinds import comparison_blocks_of

DETAILED = 3
"""The labels that moved are shown for this many probes at most."""

MOVED = 1.05
"""Labels whose distance changed by less than this factor are left out."""

HEAD = 16
"""Characters of a name over a column."""


def print_comparisons(comparisons: Sequence[Comparison], as_json: bool, runs: Sequence[str] = ()) -> None:
    """Print pass rates and ratios of the figures, then the labels that moved most.

    Args:
        comparisons: of all pairs of models; the table shows those with the first model.
        as_json: print all comparisons with all figures as JSON.
        runs: names or folders of the runs; two of them are the names of the sides.
    """
    if as_json:
        print(json.dumps([summarise_comparison(one) for one in comparisons], ensure_ascii=False, indent=1))
        return
    console = console_of()
    print_subject_notes(side for one in comparisons for side in (one.left, one.right))
    for one in comparisons:
        if not isinstance(one, PairsComparison):
            what, left, right = _sides(one.left.probe.name, one, runs)
            console.print(Text(f"{what}: {left} -> {right}", style="bold"))
            for block in comparison_blocks_of("", one):
                print_block(block)
    pairs = [one for one in comparisons if isinstance(one, PairsComparison)]
    if pairs:
        _print_pairs(console, pairs, runs)


def _print_pairs(console: Console, comparisons: Sequence[PairsComparison], runs: Sequence[str]) -> None:
    """Print the comparisons of minimal pairs, a table for each pair of sides."""
    shown = list(comparisons) if len(runs) > 1 else _with_first(comparisons)
    if len(shown) < len(comparisons):
        first = shown[0].left.subject.name
        console.print(Text(f"every model against the first, {first}; --json has all pairs"))
    console.print("difference: right minus left; Phi: ratio, above 1 the right is less consistent\n")
    by_sides: dict[tuple[str, str, str], list[PairsComparison]] = {}
    for one in shown:
        by_sides.setdefault(_sides("pass rates", one, runs), []).append(one)
    for (what, left, right), members in by_sides.items():
        console.print(_rates(f"{what}: {left} -> {right}", members))
        if len(members) <= DETAILED:
            for one in members:
                _print_details(console, one, *_heads(left, right))


def _with_first(comparisons: Sequence[PairsComparison]) -> list[PairsComparison]:
    first = comparisons[0].left.subject.name
    return [one for one in comparisons if one.left.subject.name == first]


def _sides(what: str, one: Comparison, runs: Sequence[str]) -> tuple[str, str, str]:
    """Return what is compared, and what its sides are called: subjects, or runs of one subject."""
    if len(runs) > 1:
        names = (runs[0], runs[1])
        what = f"{what} of {one.left.subject.name}"
    else:
        names = (one.left.subject.name, one.right.subject.name)
    sides = zip(names, (one.left, one.right), strict=True)
    left, right = (with_similarity(name, side.subject.similarity) for name, side in sides)
    return what, left, right


def _heads(left: str, right: str) -> tuple[str, str]:
    """Shorten names to their ends, in which paths and models differ, for the head of a column."""
    short = [name if len(name) <= HEAD else f"…{name[1 - HEAD :]}" for name in (left, right)]
    return (short[0], short[1]) if short[0] != short[1] else ("left", "right")


def _rates(title: str, comparisons: Sequence[PairsComparison]) -> Table:
    """Return a row for each probe, largest loss first."""
    table = table_of(title)
    for name in ("family", "type", "left", "right", "difference [90%]", "Phi"):
        table.add_column(name, justify="left" if name in ("family", "type") else "right", overflow="fold")
    for one in sorted(comparisons, key=lambda one: one.pass_rate.value or 0.0):
        rates = (fixed(passed_in(side, one.rivals), 2) for side in (one.left, one.right))
        gap = one.pass_rate
        moved = bracketed(gap, signed)
        probe = one.left.probe
        family = Text(f"{probe.name}{among([one.rivals])}")
        table.add_row(family, probe.type, *rates, moved, fixed(one.phi_ratio.value, 2))
    return table


def _print_details(console: Console, one: PairsComparison, left: str, right: str) -> None:
    """Print the other figures of a probe in a line each, and the labels that moved."""
    name = one.left.probe.name
    console.print(Text(f"{name}: median s {bracketed(one.median)} (difference)", style="bold"))
    if not one.changes:
        console.print(f"{no_changes(one)}\n")
        return
    if one.phi_ratio.value is not None:
        console.print(f"Phi x{bracketed(one.phi_ratio)}, T99 x{bracketed(one.t99_ratio)}")
    console.print(f"Spearman's rho of log d {number(one.correlation)}")
    moved = [change for change in one.changes if abs(log(change.factor)) >= log(MOVED)]
    moved = [change for change in moved if is_shown(one.left, change.label)][:FARTHEST]
    if moved:
        console.print(_moved(moved, left, right, several=len(one.left.conditions) > 1))
    else:
        console.print(f"no label moved by {MOVED - 1:.0%} or more beyond what all labels did\n")


def _moved(changes: Iterable[Change], left: str, right: str, several: bool) -> Table:
    table = table_of("labels that moved most, relative to each side's median")
    sentence = ["sentence"] if several else []
    for name in ("label", *sentence, f"s {left}", f"s {right}", "d changed by"):
        table.add_column(name, justify="left" if name in ("label", "sentence") else "right", overflow="fold")
    for change in changes:
        where = [Text(change.template)] if several else []
        numbers = (number(change.left), number(change.right), f"x{change.factor:.2f}")
        table.add_row(Text(abridge_label(change.label)), *where, *numbers)
    return table
