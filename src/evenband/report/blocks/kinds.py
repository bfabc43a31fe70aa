"""Which blocks the report and the terminal show of each kind of measurement and comparison.

Minimal pairs have sections of their own. Any other kind registers a function for its audits, and one
for its comparisons if it compares more than scores. Of a kind that registers nothing, only the scores
are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from evenband.analysis import Audit, Comparison, PairsAudit, ScoreComparison
from evenband.narrative.formats import counted, fixed, interval
from evenband.registry import Registry
from evenband.report.views import Block, Cell, Column, Notes, Row, Section, Table

AuditBlocks: TypeAlias = Callable[[str, Sequence[Any]], Iterator[Block]]
"""Yields the blocks of all audits of one probe; the text is a prefix of the ids of tables and figures."""

ComparisonBlocks: TypeAlias = Callable[[str, Any], Iterator[Block]]
"""Yields the blocks of one comparison; the text is a prefix of the ids of tables and figures."""

BLOCKS: Registry[Iterator[Block]] = Registry(
    "kind of report block",
    {
        "agreement": "evenband.report.blocks.two_sides:agreement_blocks",
        "analogy": "evenband.report.blocks.word_arithmetic:analogy_blocks",
        "overlap": "evenband.report.blocks.rank_change_tables:overlap_blocks",
        "retrieval": "evenband.report.blocks.retrieval_tables:retrieval_blocks",
    },
    group="evenband.blocks",
)
"""Functions of type :data:`AuditBlocks` by kind of measurement."""

COMPARISON_BLOCKS: Registry[Iterator[Block]] = Registry(
    "kind of comparison block",
    {
        "analogy": "evenband.report.blocks.word_arithmetic:analogy_comparison_blocks",
        "overlap": "evenband.report.blocks.rank_change_tables:overlap_comparison_blocks",
        "retrieval": "evenband.report.blocks.retrieval_tables:retrieval_comparison_blocks",
        "pairs": "evenband.report.blocks.pairs.comparison_tables:comparison_blocks",
    },
    group="evenband.comparison_blocks",
)
"""Functions of type :data:`ComparisonBlocks` by kind of measurement."""

SectionMaker: TypeAlias = Callable[[Sequence[Any]], Iterator[Section]]
"""Yields sections over all audits of a kind, whatever their probes."""

OVERVIEWS: Registry[Iterator[Section]] = Registry(
    "kind of overview",
    {"retrieval": "evenband.report.blocks.dataset_curves:dataset_curve_sections"},
    group="evenband.overviews",
)
"""Functions of type :data:`SectionMaker` by kind of measurement; most kinds have none."""


ANSWERS: Registry[str] = Registry(
    "kind of answer",
    {"retrieval": "evenband.report.blocks.retrieval_tables:retrieval_answer"},
    group="evenband.answers",
)
"""Functions of all audits of one probe that say which subject is better, or nothing, by kind."""


def kind_answers(audits: Sequence[Audit]) -> tuple[str, ...]:
    """Return the sentences with which page and terminal open: which subject is better on each probe."""
    groups = [group for group in _probes(audits) if group[0].measurement.kind in ANSWERS]
    said = [(one[0].measurement, ANSWERS.get(one[0].measurement.kind)(one)) for one in groups]
    return tuple(
        f"{measurement.probe.name}: {sentence}" if len(groups) > 1 else sentence
        for measurement, sentence in said
        if sentence
    )


def overview_sections(audits: Sequence[Audit]) -> Iterator[Section]:
    """Yield the sections over several probes of a kind, of the kinds that have some."""
    by_kind: dict[str, list[Audit]] = {}
    for audit in audits:
        by_kind.setdefault(audit.measurement.kind, []).append(audit)
    for kind, members in by_kind.items():
        if kind in OVERVIEWS:
            yield from OVERVIEWS.get(kind)(members)


def kind_sections(audits: Sequence[Audit]) -> Iterator[Section]:
    """Yield a section for each probe of another kind than minimal pairs: notes, then the kind's blocks.

    Overviews over several probes of a kind come first.
    """
    yield from overview_sections(audits)
    for number, members in enumerate(_probes(audits)):
        prefix = f"kind-{number}"
        kind, name = members[0].measurement.kind, members[0].measurement.probe.name
        notes = [(audit.measurement.subject.name, note) for audit in members for note in audit.notes]
        blocks: list[Block] = [Notes(tuple(notes))] if notes else []
        blocks += BLOCKS.get(kind)(prefix, members) if kind in BLOCKS else score_blocks(prefix, members)
        yield Section(prefix, f"Probe {name}", tuple(blocks), lead=members[0].measurement.probe.why)


def _probes(audits: Sequence[Audit]) -> list[list[Audit]]:
    """Return the audits of other kinds than minimal pairs, those that asked the same together."""
    by_probe: dict[tuple[str, str, str], list[Audit]] = {}
    for measurement, audit in ((one.measurement, one) for one in audits if not isinstance(one, PairsAudit)):
        asked = measurement.details.question or measurement.probe.digest
        by_probe.setdefault((measurement.kind, measurement.probe.name, asked), []).append(audit)
    return list(by_probe.values())


def comparison_blocks_of(prefix: str, comparison: Comparison) -> Iterator[Block]:
    """Yield the blocks of a comparison's kind; the paired difference of scores if it has none."""
    kind = comparison.left.kind
    if kind in COMPARISON_BLOCKS:
        yield from COMPARISON_BLOCKS.get(kind)(prefix, comparison)
    elif isinstance(comparison, ScoreComparison):
        yield difference_table(f"{prefix}-figures", comparison)


def score_blocks(prefix: str, audits: Sequence[Audit]) -> Iterator[Block]:
    """Yield a table of each subject's mean score (median rank) in every condition."""
    measurements = [audit.measurement for audit in audits]
    first = measurements[0]
    is_rank = first.metric.kind == "rank"
    centre = np.median if is_rank else np.mean
    rows = []
    for measurement in measurements:
        centres = (float(centre(column)) for column in measurement.scores.T)
        cells = (Cell(fixed(value, 4), sort=value) for value in centres)
        rows.append(Row((Cell(measurement.subject.name, user=True), *cells)))
    yield Table(
        id=f"{prefix}-scores",
        caption=f"{'Median' if is_rank else 'Mean'} {first.metric.name} over "
        f"{counted(len(first.items), 'item')}.",
        columns=(
            Column("Subject"),
            *(Column(name, numeric=True, user=True) for name in first.conditions),
        ),
        rows=tuple(rows),
    )


def difference_table(id_: str, comparison: ScoreComparison) -> Table:
    """Return a table of the paired difference of two subjects' scores."""
    difference = comparison.difference
    row = Row(
        (Cell(fixed(difference.value, 4), interval(difference, 4)),),
        head=comparison.left.metric.name,
        reads="right minus left"
        if comparison.better is None
        else f"right minus left: {comparison.better} is better",
    )
    return Table(id_, "Paired over items.", (Column("Figure"), Column("Right against left", True)), (row,))
