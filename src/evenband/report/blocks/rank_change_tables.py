"""Changed queries: how much of the first documents stays, by operator, and the queries that changed most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenband.analysis.rank_overlap.overlap_audit import (
    ChangedQuery,
    OperatorFigures,
    OverlapAudit,
    OverlapComparison,
)
from evenband.narrative.formats import MISSING, count, fixed, interval, percent
from evenband.narrative.searches import band_words, overlap_sentences
from evenband.report.views import Block, Cell, Column, Prose, Row, Table
from evenband.types import Estimate

QUERIES_SHOWN = 5
"""Queries that a table shows for each operator."""


def overlap_blocks(prefix: str, audits: Sequence[OverlapAudit]) -> Iterator[Block]:
    """Yield sentences, the table by operator, and for each operator the queries that changed most."""
    yield Prose(tuple(overlap_sentences(audits)))
    yield operators_table(f"{prefix}-operators", audits)
    for number, audit in enumerate(audits):
        for place, one in enumerate(audit.operators):
            if one.most:
                yield changed_table(f"{prefix}-{number}-{place}", audit, one)


def operators_table(id_: str, audits: Sequence[OverlapAudit]) -> Table:
    """Return overlap, rank-biased overlap, band and outliers of every subject and operator."""
    k = audits[0].measurement.details.k
    columns = (
        Column("Subject"),
        Column("Change"),
        Column("Meaning", title="what the change does to it"),
        Column("Queries", True, "that it changes"),
        Column(f"Overlap@{k}", True, f"share of the first {k} documents that stay"),
        Column("RBO", True, "rank-biased overlap: the first places count most; 1 is the same list"),
        Column("RBO band", True, "from the 5% to the 95% quantile of queries"),
        Column("First stays", True, "share of queries whose first document stays the first"),
        Column("Far below", True, "queries more than three interquartile ranges below the lower quartile"),
    )
    rows = [
        Row((Cell(audit.measurement.subject.name, user=True), *_cells(one)))
        for audit in audits
        for one in audit.operators
        if one.facts.applies
    ]
    rows += [
        Row((Cell(audit.measurement.subject.name, user=True), *_other(audit)))
        for audit in audits
        if audit.other.value is not None
    ]
    return Table(id_, "How much of the first documents stays.", columns, tuple(rows))


def _cells(figures: OperatorFigures) -> Iterator[Cell]:
    yield Cell(figures.facts.name, title=figures.facts.why)
    yield Cell(figures.facts.effect)
    yield Cell(count(figures.facts.applies), sort=figures.facts.applies)
    yield _share(figures.overlap)
    yield Cell(
        fixed(figures.rank_biased.value, 3),
        title=interval(figures.rank_biased),
        sort=figures.rank_biased.value,
    )
    yield Cell(band_words(figures))
    yield Cell(
        percent(figures.first_kept.value), title=interval(figures.first_kept), sort=figures.first_kept.value
    )
    yield Cell(count(figures.outliers), sort=figures.outliers)


def _other(audit: OverlapAudit) -> Iterator[Cell]:
    yield Cell("another query", title="what two different queries have in common")
    yield Cell("other")
    yield Cell(count(audit.other.n), sort=audit.other.n)
    yield _share(audit.other)
    yield from (Cell(MISSING),) * 4


def _share(estimate: Estimate) -> Cell:
    title = ""
    if estimate.low is not None and estimate.high is not None:
        title = f"90% interval {percent(estimate.low, 1)} to {percent(estimate.high, 1)}"
    return Cell(percent(estimate.value, 1), title=title, sort=estimate.value)


def changed_table(id_: str, audit: OverlapAudit, figures: OperatorFigures) -> Table:
    """Return the queries that one operator changed most, or least where the meaning changes."""
    rows = tuple(_row(one) for one in figures.most[:QUERIES_SHOWN])
    columns = (
        Column("Query"),
        Column("Changed"),
        Column("Overlap", True),
        Column("RBO", True),
        Column("First is now", True, "rank of the document that came first"),
        Column("Lost", title="best document that left the list"),
    )
    keeps = figures.facts.effect == "keeps"
    what = "Queries that lost most" if keeps else "Queries that changed least, though the meaning did"
    return Table(
        id_, f"{what}: {figures.facts.name}, {audit.measurement.subject.name}.", columns, rows, printed=False
    )


def _row(query: ChangedQuery) -> Row:
    return Row(
        (
            Cell(query.query, user=True),
            Cell(query.changed, user=True),
            Cell(percent(query.overlap), sort=query.overlap),
            Cell(fixed(query.rank_biased, 2), sort=query.rank_biased),
            Cell("gone" if query.first_rank is None else count(int(query.first_rank))),
            Cell(query.lost or MISSING, user=True),
        )
    )


def overlap_comparison_blocks(prefix: str, comparison: OverlapComparison) -> Iterator[Block]:
    """Yield the paired difference of rank-biased overlap, by operator."""
    rows = tuple(
        Row((Cell(name), Cell(fixed(one.value), interval(one)), Cell(count(one.n), sort=one.n)))
        for name, one in comparison.rank_biased.items()
        if one.value is not None
    )
    columns = (Column("Change"), Column("RBO, right minus left", True), Column("Queries", True))
    yield Table(f"{prefix}-figures", "Paired over the queries that are changed.", columns, rows)
