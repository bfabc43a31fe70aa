"""Blocks of measurements that are not minimal pairs: one function for each kind, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evenband.analysis import Audit, ScoreComparison
from evenband.narrative.formats import count, fixed, interval
from evenband.registry import Registry
from evenband.report.views import Block, Cell, Column, Notes, Row, Section, Table

Blocks = Callable[[Sequence[Any]], Iterator[Block]]
"""The blocks of one kind's audits of one probe."""

BLOCKS: Registry[Iterator[Block]] = Registry(
    "kind of report block",
    {
        "agreement": "evenband.report.blocks.two_sides:agreement_blocks",
    },
    group="evenband.blocks",
)
"""Functions of type :data:`Blocks` by kind; a kind without one is shown by its scores alone."""


def kind_sections(kind: str, audits: Sequence[Audit]) -> Iterator[Section]:
    """Yield a section for each probe of one kind, with its notes and its kind's blocks."""
    by_probe: dict[tuple[str, str], list[Audit]] = {}
    for audit in audits:
        probe = audit.measurement.probe
        by_probe.setdefault((probe.name, probe.digest), []).append(audit)
    for number, members in enumerate(by_probe.values()):
        probe = members[0].measurement.probe
        notes = [(audit.measurement.subject.name, note) for audit in members for note in audit.notes]
        blocks: list[Block] = [Notes(tuple(notes))] if notes else []
        blocks += BLOCKS.get(kind)(members) if kind in BLOCKS else [score_table(f"{kind}-{number}", members)]
        yield Section(f"{kind}-{number}", f"Probe {probe.name}", tuple(blocks), lead=probe.why)


def score_table(id_: str, audits: Sequence[Audit]) -> Table:
    """Return the mean score of every subject under every condition; the median where it is a rank."""
    first = audits[0].measurement
    centre = np.median if first.metric.kind == "rank" else np.mean
    rows = tuple(
        Row(tuple(Cell(fixed(float(centre(column)), 4)) for column in audit.measurement.scores.T), name)
        for audit in audits
        for name in [audit.measurement.subject.name]
    )
    columns = (Column("Subject"), *(Column(name, numeric=True, user=True) for name in first.conditions))
    caption = f"{first.metric.name} over {count(len(first.items))} items."
    return Table(id_, caption, columns, rows)


def score_comparison(id_: str, comparison: ScoreComparison) -> Table:
    """Return the paired difference of two subjects' scores."""
    gap = comparison.difference
    cell = Cell(fixed(gap.value, 4), interval(gap, 4))
    row = Row((cell,), comparison.left.metric.name, "right minus left")
    return Table(id_, "Paired over items.", (Column("Figure"), Column("Right against left", True)), (row,))
