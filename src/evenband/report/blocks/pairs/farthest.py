"""The farthest cells, each with its verdict and the evidence for it."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.pairs.values import Outlier, PairsAudit
from evenband.narrative.abridgement import abridge
from evenband.narrative.formats import MISSING, NOT_COMPUTED, adjusted, fixed
from evenband.narrative.pairs.verdicts import MEANINGS
from evenband.narrative.reticence import shown_outliers
from evenband.report.blocks.pairs.summary_tables import difference, label_cell
from evenband.report.views import Cell, Column, Row, Table

ROWS_SHOWN = 10
"""Rows of the farthest cells that are visible at once; the others are folded."""


def outlier_table(id_: str, audits: Sequence[PairsAudit]) -> Table:
    """Return the farthest cells of all models on one probe, claimed ones first, then by z."""
    several = len(audits) > 1
    outliers = [(outlier, audit) for audit in audits for outlier in shown_outliers(audit)]
    outliers.sort(key=lambda pair: (not _claimed(*pair), -pair[0].z))
    templates = any(len(audit.measurement.conditions) > 1 for audit in audits)
    verdicts = any(outlier.verdict for outlier, _ in outliers)
    structured = any(audit.structure is not None for audit in audits)
    rows = []
    for outlier, audit in outliers:
        texts = abridge((outlier.text_a, outlier.text_b))
        cells = [
            label_cell(outlier.label),
            Cell("", pair=difference(*texts)),
        ]
        cells += [_verdict(outlier)] * verdicts
        cells += _figures(outlier, _claimed(outlier, audit))
        cells += [Cell(audit.measurement.subject.name, user=True)] * several
        cells += [Cell(outlier.template, user=True)] * templates
        rows.append(Row(tuple(cells), claimed=bool(_claimed(outlier, audit))))
    return Table(
        id_,
        "The farthest cells: those claimed as outliers first, then by z. The others are not claimed.",
        _columns(structured, verdicts, several, templates),
        tuple(rows),
        searchable=True,
        empty="No cell is far.",
        shown=ROWS_SHOWN,
    )


def _columns(structured: bool, verdicts: bool, several: bool, templates: bool) -> tuple[Column, ...]:
    q = "Benjamini-Hochberg adjusted p-value " + (
        "of the single cell, beyond what its sentence and its other sentences explain"
        if structured
        else "under the fitted heavy tail"
    )
    return (
        Column("Label"),
        Column("The two texts"),
        *([Column("Verdict", title="explained below the table")] * verdicts),
        Column("s", True, "cosine similarity"),
        Column("z", True, "robust z-score of log(1 − s) in its template; positive: farther than usual"),
        Column("q", True, q),
        *([Column("Model")] * several),
        *([Column("Template")] * templates),
    )


def _claimed(outlier: Outlier, audit: PairsAudit) -> str:
    """Say how a cell is claimed as an outlier; empty if it is not."""
    measurement = audit.measurement
    cell = measurement.items.index(outlier.label), measurement.conditions.index(outlier.template)
    if audit.claimed[cell]:
        return "claimed"
    moved = outlier.shift_q is not None and outlier.shift_q <= audit.level
    against = moved and outlier.verdict in ("memorisation-like", "leaky suspect")
    return "claimed against the reference" if against else ""


def _figures(outlier: Outlier, claimed: str) -> list[Cell]:
    """Return the cells of s, z and q."""
    missing = NOT_COMPUTED if outlier.q is None else ""
    return [
        Cell(fixed(outlier.score, 4), sort=outlier.score),
        Cell(fixed(outlier.z, 2), sort=outlier.z),
        Cell(adjusted(outlier.q), claimed, missing, outlier.q),
    ]


def _verdict(outlier: Outlier) -> Cell:
    if outlier.verdict is None:
        return Cell(MISSING, title="not followed up")
    return Cell(
        outlier.verdict,
        title=MEANINGS[outlier.verdict],
        details=outlier.evidence,
        kind=outlier.verdict.replace(" ", "-"),
    )
