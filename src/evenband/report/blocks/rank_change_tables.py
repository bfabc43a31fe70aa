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
from evenband.report.blocks.retrieval_tables import share_cell
from evenband.report.views import Block, Cell, Column, Prose, Row, Table
from evenband.types import EXACT_PIPELINE

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
        Column("Subject, change", user=True),
        Column("Queries", True, "that the change applies to"),
        Column("Overlap", True, f"share of the first {k} documents that stay"),
        Column("RBO", True, "rank-biased overlap: the first places count most; 1 is the same list"),
        Column("band", True, "of RBO, from the 5% to the 95% quantile of queries"),
        Column("First", True, "share of queries whose first document stays the first"),
        Column("Far", True, "queries more than three interquartile ranges below the lower quartile of RBO"),
    )
    rows = tuple(
        Row(tuple(cells))
        for audit in audits
        for cells in (
            *(_cells(audit, one) for one in audit.operators if one.queries),
            *([_other(audit)] if audit.other.value is not None else []),
        )
    )
    pipeline = audits[0].measurement.details.pipeline
    through = "" if pipeline == EXACT_PIPELINE else f" through {pipeline}"
    caption = f"How much of the first {k} documents{through} stays (in brackets: the meaning changes)."
    return Table(id_, caption, columns, rows)


def _cells(audit: OverlapAudit, figures: OperatorFigures) -> Iterator[Cell]:
    facts = figures.facts
    effect = "" if facts.effect == "keeps" else f" ({facts.effect})"
    yield Cell(f"{audit.measurement.subject.name} {facts.name}{effect}", title=facts.why, user=True)
    yield Cell(count(figures.queries), sort=figures.queries)
    yield share_cell(figures.overlap)
    yield share_cell(figures.rank_biased)
    yield Cell(band_words(figures))
    yield share_cell(figures.first_kept)
    yield Cell(count(figures.outliers), sort=figures.outliers)


def _other(audit: OverlapAudit) -> Iterator[Cell]:
    what = "what the lists of two different queries have in common"
    yield Cell(f"{audit.measurement.subject.name} another query", title=what, user=True)
    yield Cell(count(audit.other.n), sort=audit.other.n)
    yield share_cell(audit.other)
    yield from (Cell(MISSING),) * 4


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
