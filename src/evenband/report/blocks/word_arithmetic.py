"""Word arithmetic: accuracy by convention and section, and the questions that went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evenband.analysis import AnalogyAudit, AnalogyComparison
from evenband.narrative.arithmetic import CONVENTION_WORDS, accuracy_sentence
from evenband.narrative.formats import MISSING, count, fixed, interval, percent
from evenband.report.views import Block, Cell, Column, Prose, Row, Table
from evenband.types import Estimate

WORST_SHOWN = 10
"""Questions whose answers rank last that a table shows."""


def analogy_blocks(prefix: str, audits: Sequence[AnalogyAudit]) -> Iterator[Block]:
    """Yield accuracy in sentences and tables, then each subject's worst answers."""
    yield Prose(tuple(accuracy_sentence(audit) for audit in audits))
    yield figures_table(f"{prefix}-figures", audits)
    if any(len(audit.sections) > 1 for audit in audits):
        yield sections_table(f"{prefix}-sections", audits)
    for number, audit in enumerate(audits):
        yield worst_table(f"{prefix}-{number}-worst", audit)


def figures_table(id_: str, audits: Sequence[AnalogyAudit]) -> Table:
    """Return the shares found by each subject and convention."""
    rows = tuple(
        Row(
            (
                Cell(audit.measurement.subject.name, user=True),
                Cell(count(audit.measurement.details.candidates), sort=audit.measurement.details.candidates),
                Cell(convention, title=CONVENTION_WORDS[convention]),
                _share(audit.accuracy[convention]),
                _share(audit.top[convention]),
                Cell(
                    fixed(audit.reciprocal_rank[convention].value),
                    interval(audit.reciprocal_rank[convention]),
                ),
                Cell(fixed(audit.median_rank[convention], 0), sort=audit.median_rank[convention]),
            )
        )
        for audit in audits
        for convention in audit.measurement.conditions
    )
    columns = (
        Column("Subject"),
        Column("Among words", True, "number of words that were ranked; among more it is harder"),
        Column("Convention"),
        Column("Right", True, "share of questions whose answer ranks first"),
        Column("Among ten", True, "share of questions whose answer is among the first ten"),
        Column("1 / rank", True, "mean reciprocal rank of the answer"),
        Column("Median rank", True),
    )
    caption = "Answers that rank first or among ten [90% intervals over questions]."
    return Table(id_, caption, columns, rows)


def sections_table(id_: str, audits: Sequence[AnalogyAudit]) -> Table:
    """Return the share of right answers in each section, a row for each subject."""
    conventions = audits[0].measurement.conditions
    several = len(audits) > 1
    columns = [Column("Section", user=True), *([Column("Subject", user=True)] if several else [])]
    columns += [Column("Questions", True), *(Column(convention, True) for convention in conventions)]
    rows = []
    for name in dict.fromkeys(one.section for audit in audits for one in audit.sections):
        for audit in audits:
            found = [one for one in audit.sections if one.section == name]
            n = found[0].accuracy[conventions[0]].n if found else 0
            subject = [Cell(audit.measurement.subject.name, user=True)] if several else []
            shares = [_share(found[0].accuracy[one]) if found else Cell(MISSING) for one in conventions]
            rows.append(
                Row((Cell(name or "no section", user=True), *subject, Cell(count(n), sort=n), *shares))
            )
    return Table(id_, "Right answers by section.", tuple(columns), tuple(rows))


def worst_table(id_: str, audit: AnalogyAudit) -> Table:
    """Return the questions whose answers rank last where the question's own words are dropped."""
    measurement, details = audit.measurement, audit.measurement.details
    column = measurement.conditions.index("normalised")
    ranks = measurement.scores[:, column]
    rows = [row for row in np.argsort(-ranks, kind="stable")[:WORST_SHOWN].tolist() if ranks[row] > 1]
    views = tuple(
        Row(
            (
                Cell(measurement.items[row], user=True),
                Cell(str(details.found[row, column]), user=True),
                Cell(fixed(float(details.found_score[row, column]), 3)),
                Cell(fixed(float(details.answer_score[row, column]), 3)),
                Cell(count(int(ranks[row])), sort=float(ranks[row])),
            )
        )
        for row in rows
    )
    columns = (
        Column("Question"),
        Column("Found"),
        Column("Its score", True),
        Column("Answer’s", True, "score of the expected word"),
        Column("Rank", True, "of the expected word"),
    )
    caption = f"Answers that rank last: {measurement.subject.name}, normalised."
    return Table(id_, caption, columns, views, empty="Every answer ranks first.")


def analogy_comparison_blocks(prefix: str, comparison: AnalogyComparison) -> Iterator[Block]:
    """Yield the paired difference in right answers, by convention."""
    rows = tuple(
        Row((Cell(convention), Cell(fixed(one.value), interval(one))))
        for convention, one in comparison.accuracy.items()
    )
    columns = (Column("Convention"), Column("Right answers, right minus left", True))
    n = len(comparison.left.items)
    yield Table(f"{prefix}-figures", f"Paired over {count(n)} questions.", columns, rows)


def _share(estimate: Estimate) -> Cell:
    """Return a share with its interval."""
    note = ""
    if estimate.low is not None and estimate.high is not None:
        note = f"{percent(estimate.low)} to {percent(estimate.high)}"
    return Cell(percent(estimate.value, 1), note, sort=estimate.value)
