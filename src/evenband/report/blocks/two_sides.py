"""Two references that should be one model: how far they differ, where, and what each was sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenband.analysis import AgreementAudit
from evenband.narrative.differences import (
    first_difference,
    sent,
    sentences_of,
    setting_differences,
    shortened,
)
from evenband.narrative.formats import MISSING, fixed, significant
from evenband.report.views import Block, Cell, Column, Prose, Row, Table
from evenband.types import Estimate, VerdictAgreement, VerdictChange
from evenband.unshown_words import may_be_shown, text_may_be_shown

CHANGES_SHOWN = 10
"""Changed verdicts that the table shows; summary.json has more."""


def agreement_blocks(prefix: str, audits: Sequence[AgreementAudit]) -> Iterator[Block]:
    """Yield sentences and tables of each comparison on one set of texts."""
    for number, audit in enumerate(audits):
        details = audit.measurement.details
        id_ = f"{prefix}-{number}"
        yield Prose(tuple(sentences_of(audit)))
        yield figures_table(f"{id_}-figures", audit)
        settings = settings_table(f"{id_}-settings", audit)
        if settings.rows:
            yield settings
        if audit.largest.value:
            yield texts_table(f"{id_}-worst", "The texts that differ most.", audit, audit.worst)
        if audit.overlap_worst.value is not None and audit.overlap_worst.value < 1:
            caption = "The texts with the fewest nearest neighbours in common."
            yield texts_table(f"{id_}-neighbours", caption, audit, audit.fewest_shared)
        is_known = any(side is not None for one in details.inputs for side in (one.left, one.right))
        if is_known and (audit.largest.value or audit.reinterpreted):
            yield inputs_table_of(f"{id_}-inputs", audit)
        if details.verdicts is not None and details.verdicts.changes:
            yield changes_table_of(f"{id_}-verdicts", audit, details.verdicts)


def figures_table(id_: str, audit: AgreementAudit) -> Table:
    """Return largest and median of every difference, and the shared neighbours."""
    k = audit.measurement.details.neighbours
    rows = [
        Row((_number(audit.largest), _number(audit.median)), "1 − cosine", "of a text’s two vectors"),
        Row(
            (_number(audit.component_largest), _number(audit.component_median)),
            "component",
            "of a text’s two unit vectors, the one that differs most",
        ),
        Row(
            (_number(audit.pair_largest), _number(audit.pair_median)),
            "pair similarity",
            "cosine of two of the texts",
        ),
        Row(
            (_share(audit.overlap_worst), _share(audit.overlap)),
            f"overlap@{k} (worst, mean)",
            f"share of a text’s {k} nearest neighbours that both sides have",
        ),
    ]
    columns = (Column("Difference"), Column("Largest", True), Column("Median [90% interval]", True))
    caption = f"How far {audit.measurement.subject.name} is from {audit.measurement.details.left.name}."
    return Table(id_, caption, columns, tuple(rows))


def settings_table(id_: str, audit: AgreementAudit) -> Table:
    """Return the settings in which the sides differ."""
    left, right = audit.measurement.details.left, audit.measurement.subject
    rows = tuple(
        Row((Cell(first, user=True), Cell(second, user=True)), name)
        for name, first, second in setting_differences(left, right)
    )
    columns = (Column("Setting"), Column(left.name, user=True), Column(right.name, user=True))
    return Table(id_, "What is known to differ between the two sides.", columns, rows)


def texts_table(id_: str, caption: str, audit: AgreementAudit, rows: Sequence[int]) -> Table:
    """Return some texts with their own differences."""
    measurement = audit.measurement
    details, roles = measurement.details, measurement.columns["role"]
    columns = (
        Column("Text"),
        Column("1 − cosine", True),
        Column("Component", True, "largest difference of a component of the two unit vectors"),
        Column(f"Overlap@{details.neighbours}", True, "share of nearest neighbours that both sides have"),
    )
    cells = tuple(
        Row(
            (
                Cell(
                    shortened(measurement.items[row]),
                    note="" if roles[row] == "none" else str(roles[row]),
                    user=True,
                ),
                Cell(significant(float(measurement.scores[row, 0]), 2)),
                Cell(significant(float(details.component[row, 0]), 2)),
                Cell(fixed(float(details.overlap[row, 0]), 1)),
            )
        )
        for row in rows
        if text_may_be_shown(details.slot, measurement.items[row])
    )
    return Table(id_, caption, columns, cells)


def inputs_table_of(id_: str, audit: AgreementAudit) -> Table:
    """Return final text and token ids of the texts that differ most, as each side sent them."""
    details, subject = audit.measurement.details, audit.measurement.subject
    rows = []
    for one in details.inputs:
        if not text_may_be_shown(details.slot, one.text):
            continue
        left, right = (Cell(*sent(tokens), user=True) for tokens in (one.left, one.right))
        if one.differs is False:
            right = Cell("the same")
        elif one.differs:
            right = Cell(right.text, note=f"{right.note}; {first_difference(one)}", user=True)
        rows.append(Row((left, right), claimed=bool(one.differs)))
    columns = (Column(details.left.name, user=True), Column(subject.name, user=True))
    return Table(id_, "What each side sent for the texts that differ most.", columns, tuple(rows))


def changes_table_of(id_: str, audit: AgreementAudit, verdicts: VerdictAgreement) -> Table:
    """Return the pairs of the probe whose verdict or claim differs."""
    left, right = audit.measurement.details.left.name, audit.measurement.subject.name
    several = len({change.template for change in verdicts.changes}) > 1
    columns = (
        Column("Label"),
        *((Column("Sentence"),) if several else ()),
        Column("s left", True),
        Column("s right", True),
        Column("Left says"),
        Column("Right says"),
    )
    slot = audit.measurement.details.slot
    examples = [
        change for change in verdicts.changes if any(change.claimed) or may_be_shown(slot, change.label)
    ]
    shown = examples[:CHANGES_SHOWN]
    caption = f"Verdicts that change from {left} (left) to {right} (right)."
    if verdicts.changed > len(shown):
        caption += f" {len(shown)} of {verdicts.changed}, those whose s differs most."
    return Table(id_, caption, columns, tuple(_change(change, several) for change in shown))


def _change(change: VerdictChange, several: bool) -> Row:
    says = [
        Cell(f"{'claimed' if claimed else 'not claimed'}{f', {verdict}' if verdict else ''}")
        for claimed, verdict in zip(change.claimed, change.verdicts, strict=True)
    ]
    sentence = (Cell(change.template, user=True),) if several else ()
    scores = (Cell(fixed(score, 4)) for score in change.scores)
    return Row((Cell(change.label, user=True), *sentence, *scores, *says))


def _number(estimate: Estimate) -> Cell:
    """Return a small number with its interval."""
    note = ""
    if estimate.low is not None and estimate.high is not None:
        note = f"{significant(estimate.low, 2)} to {significant(estimate.high, 2)}"
    return Cell(significant(estimate.value, 2), note=note)


def _share(estimate: Estimate) -> Cell:
    """Return a share with its interval."""
    note = ""
    if estimate.low is not None and estimate.high is not None:
        note = f"{fixed(estimate.low, 3)} to {fixed(estimate.high, 3)}"
    return Cell(MISSING if estimate.value is None else fixed(estimate.value, 3), note=note)
