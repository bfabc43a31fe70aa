"""What changes from one model to another on one probe, as tables."""

from __future__ import annotations

from collections.abc import Iterator

from evenband.analysis.pairs.comparison import PairsComparison, disagreements
from evenband.narrative.formats import factor, fixed, significant
from evenband.narrative.pairs.headlines import no_changes
from evenband.narrative.pairs.measures import among
from evenband.narrative.reticence import is_shown
from evenband.report.blocks.pairs.summary_tables import estimate, label_cell, plain
from evenband.report.views import Cell, Column, Row, Table

CHANGES_SHOWN_AT_ONCE = 10
"""Rows of the cells that moved most that are visible at once; the others are folded."""


def comparison_blocks(prefix: str, comparison: PairsComparison) -> Iterator[Table]:
    """Yield the figures of a comparison of minimal pairs, then the cells that moved most."""
    yield comparison_table(f"{prefix}-figures", comparison)
    if comparison.left.probe.type == "ORDER":
        yield disagreements_table(f"{prefix}-disagreements", comparison)
    else:
        yield changes_table(f"{prefix}-changes", comparison)


def comparison_table(id_: str, comparison: PairsComparison) -> Table:
    """Return how the figures change from the left model to the right."""
    correlation = plain(fixed(comparison.correlation, 2))
    figures = [("Median s", "right minus left", estimate(comparison.median, 4))]
    if comparison.pass_rate.value is not None:
        among_ = among([comparison.rivals])
        rate = (f"Pass rate{among_}", "right minus left, paired", estimate(comparison.pass_rate, 3))
        figures.insert(0, rate)
    if comparison.left.probe.type != "ORDER":
        figures += [
            ("Ratio of Φ", "above 1: the right model is less consistent", estimate(comparison.phi_ratio, 3)),
            ("Ratio of T99", "above 1: the right model’s tail is longer", estimate(comparison.t99_ratio, 3)),
            ("Rank correlation", "Spearman’s ρ: do the same labels move far in both", correlation),
        ]
    rows = tuple(Row((cell,), name, reads) for name, reads, cell in figures)
    return Table(
        id_, "Paired over labels and templates.", (Column("Figure"), Column("Right against left", True)), rows
    )


def disagreements_table(id_: str, comparison: PairsComparison) -> Table:
    """Return the rows that only one of two models orders as it should, by how far they are apart on it."""
    several = len(comparison.left.conditions) > 1
    names = {"left": comparison.left.subject.name, "right": comparison.right.subject.name}
    rows = tuple(
        Row(
            (
                label_cell(one.label),
                *([Cell(one.template, user=True)] * several),
                Cell(names[one.right_side], user=True),
                Cell(significant(one.left, 3), sort=one.left),
                Cell(significant(one.right, 3), sort=one.right),
            )
        )
        for one in disagreements(comparison)
        if is_shown(comparison.left, one.label)
    )
    reads = "similarity of query and relevant text less that of query and irrelevant text; below 0: wrong"
    columns = (
        Column("Label"),
        *([Column("Template")] * several),
        Column("Only right on"),
        Column("Margin, left", True, reads),
        Column("Margin, right", True, reads),
    )
    caption = "The cells that only one of the two models orders rightly."
    empty = "Both models order the same cells rightly."
    return Table(id_, caption, columns, rows, searchable=True, empty=empty, shown=CHANGES_SHOWN_AT_ONCE)


def changes_table(id_: str, comparison: PairsComparison) -> Table:
    """Return the cells that moved most between two models."""
    templates = len(comparison.left.conditions) > 1
    rows = tuple(
        Row(
            (
                label_cell(change.label),
                *([Cell(change.template, user=True)] * templates),
                Cell(fixed(change.left, 4), sort=change.left),
                Cell(fixed(change.right, 4), sort=change.right),
                Cell(factor(change.factor), sort=change.factor),
            )
        )
        for change in comparison.changes
        if is_shown(comparison.left, change.label)
    )
    columns = (
        Column("Label"),
        *([Column("Template")] * templates),
        Column("s, left", True),
        Column("s, right", True),
        Column("Distance", True, "right’s distance over left’s, each relative to its own model’s median"),
    )
    caption = "The labels that moved most, relative to each model’s own median."
    return Table(
        id_,
        caption,
        columns,
        rows,
        searchable=True,
        empty=no_changes(comparison),
        shown=CHANGES_SHOWN_AT_ONCE,
    )
