"""Retrieval: what each pipeline finds and costs, paired tests, and the queries that lose their document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenband.analysis.retrieval.paired_tests import model_tests
from evenband.analysis.retrieval.retrieval_audit import (
    PairedTest,
    PipelineFigures,
    RetrievalAudit,
    RetrievalComparison,
    Step,
)
from evenband.narrative.formats import MISSING, adjusted, count, fixed, interval
from evenband.narrative.searches import (
    answer_sentence,
    rate_words,
    retrieval_sentences,
    seconds_words,
    share_words,
    significance_sentence,
    size_words,
    step_name,
)
from evenband.report.charts.frame import SIZES
from evenband.report.charts.precision_recall import RERANKED_READS, depth_lines, precision_chart
from evenband.report.charts.recall_curve import CURVE_READS, curves_of, recall_curve
from evenband.report.charts.size_points import SIZES_READ, size_chart, size_points_of
from evenband.report.views import Block, Cell, Column, Figure, Option, Prose, Row, Table
from evenband.types import Estimate

LARGE_CHANCE = 0.02
"""Recall of a random order from which on the table says so."""

LOST_SHOWN = 5
"""Queries that lost a document that a table shows for each step."""


def retrieval_blocks(prefix: str, audits: Sequence[RetrievalAudit]) -> Iterator[Block]:
    """Yield sentences, the table of figures, the curve over probes, tests, and lost queries.

    Without judgements, there are only sentences, costs and the curve.
    """
    yield Prose(tuple(sentence for audit in audits for sentence in retrieval_sentences(audit)))
    is_judged = all(audit.measurement.details.is_judged for audit in audits)
    if is_judged:
        yield figures_table(f"{prefix}-figures", audits)
    yield costs_table(f"{prefix}-costs", audits)
    curves = curves_of(audits)
    if curves:
        specs = tuple((size.total, recall_curve(curves, size)) for size in SIZES)
        title = "What exact search finds and an index keeps, by the effort of a search"
        yield Figure(
            f"{prefix}-curve", title, _curve_words(curves), CURVE_READS, (Option("all", specs, (), title),)
        )
    points = size_points_of(audits)
    if points:
        k = audits[0].measurement.details.cutoff
        heading = f"{f'recall@{k}' if is_judged else 'share of exact search'} over bytes per document"
        specs = tuple((size.total, size_chart(points, heading, size)) for size in SIZES)
        title = "What smaller vectors find"
        words = f"Points of {heading}. " + " ".join(map(str, points))
        yield Figure(f"{prefix}-sizes", title, words, SIZES_READ, (Option("all", specs, (), title),))
    lines = depth_lines(audits)
    if lines:
        specs = tuple((size.total, precision_chart(lines, size)) for size in SIZES)
        title = "Precision over recall, before and after the reranker"
        words = " ".join(map(str, lines))
        yield Figure(f"{prefix}-precision", title, words, RERANKED_READS, (Option("all", specs, (), title),))
    if not is_judged:
        return
    tests = [*model_tests(audits), *(test for audit in audits for test in audit.tests)]
    if tests:
        yield tests_table(f"{prefix}-tests", tests, audits[0].measurement.metric.name)
    yield steps_table(f"{prefix}-steps", audits)
    for number, audit in enumerate(audits):
        for place, step in enumerate(audit.steps):
            if step.base and step.worst:
                yield lost_table(f"{prefix}-{number}-{place}-lost", audit, step)


def retrieval_answer(audits: Sequence[RetrievalAudit]) -> str:
    """Say which subject finds more than the next best one, by how much; nothing of one subject."""
    ordered = sorted(audits, key=lambda audit: -(audit.pipelines[0].ndcg.value or 0.0))
    is_judged = all(audit.measurement.details.is_judged for audit in audits)
    tests = model_tests(audits) if is_judged else ()
    if len(ordered) < 2 or not tests:
        return ""
    best, second = (audit.measurement.subject.name for audit in ordered[:2])
    test = next((one for one in tests if {one.left, one.right} == {best, second}), None)
    return "" if test is None else answer_sentence(test, len(audits), audits[0].measurement.metric.name)


def figures_table(id_: str, audits: Sequence[RetrievalAudit]) -> Table:
    """Return what every subject and pipeline finds."""
    details = audits[0].measurement.details
    cutoffs = sorted({k for audit in audits for k in audit.measurement.details.recall})
    deeper = [k for k in (details.cutoff,) if k > 1 and k in cutoffs]
    columns = (
        Column("Pipeline", user=True),
        *(
            Column(f"R@{k}", True, f"recall: share of the relevant documents among the first {k}")
            for k in cutoffs
        ),
        Column(
            f"nDCG@{details.cutoff}", True, "the higher the relevant documents stand, the more they count"
        ),
        Column(
            f"MRR@{cutoffs[-1]}",
            True,
            f"mean of 1 / rank of the first relevant document, 0 beyond {cutoffs[-1]}",
        ),
        Column("P@1", True, "share of queries whose first document is relevant"),
        *(
            Column(f"P@{k}", True, f"precision: share of the first {k} documents that are relevant")
            for k in deeper
        ),
    )
    rows = tuple(
        Row(
            (
                Cell(f"{audit.measurement.subject.name} {one.name}", user=True),
                *(share_cell(one.recall.get(k, Estimate(None))) for k in cutoffs),
                *(share_cell(figure) for figure in (one.ndcg, one.reciprocal_rank, one.first_right)),
                *(share_cell(one.precision.get(k, Estimate(None))) for k in deeper),
            )
        )
        for audit in audits
        for one in audit.pipelines
    )
    caption = "What is found."
    if (audits[0].chance or 0.0) >= LARGE_CHANCE:
        chance = share_words(audits[0].chance)
        caption += f" A random order of the documents has recall {chance} at {details.cutoff}."
    return Table(id_, caption, columns, rows)


def costs_table(id_: str, audits: Sequence[RetrievalAudit]) -> Table:
    """Return what every pipeline keeps of exact search, how fast it is and how large."""
    k = audits[0].measurement.details.cutoff
    columns = (
        Column("Pipeline", user=True),
        Column("Of exact", True, f"share of exact search’s first {k} that the index finds"),
        Column("Queries/s", True, "without the time to embed them"),
        Column("Size", True, "bytes that a search works on; below, those of whole vectors to score again"),
        Column("Build", True, "time to build the index, the vectors given"),
    )
    rows = tuple(
        Row(
            (
                Cell(f"{audit.measurement.subject.name} {one.name}", user=True),
                share_cell(one.against_exact),
                Cell(rate_words(one.queries_per_second), sort=one.queries_per_second),
                size_cell(one),
                Cell(seconds_words(one.build_seconds), sort=one.build_seconds),
            )
        )
        for audit in audits
        for one in audit.pipelines
    )
    return Table(id_, "What it costs.", columns, rows)


def size_cell(figures: PipelineFigures) -> Cell:
    """Return the bytes of a pipeline, and those of them that only candidates are read of."""
    again = figures.rescored_nbytes
    return Cell(
        size_words(figures.nbytes) if figures.nbytes else MISSING,
        f"{size_words(again)} to score again" if again else "",
        sort=float(figures.nbytes),
    )


def share_cell(estimate: Estimate) -> Cell:
    """Return a share with its interval as a tooltip."""
    title = f"90% interval {interval(estimate)}" if interval(estimate) else ""
    return Cell(share_words(estimate.value), title=title, sort=estimate.value)


def tests_table(id_: str, tests: Sequence[PairedTest], metric: str) -> Table:
    """Return paired tests of nDCG, between models and between pipelines."""
    rows = tuple(
        Row(
            (
                Cell(test.left, user=True),
                Cell(test.right, user=True),
                Cell(test.within, user=True),
                Cell(
                    fixed(test.difference.value),
                    interval(test.difference),
                    title=significance_sentence(test, metric),
                ),
                Cell(adjusted(test.p), sort=test.p),
                Cell(adjusted(test.q), sort=test.q),
            )
        )
        for test in tests
    )
    columns = (
        Column("Left"),
        Column("Right"),
        Column("Within"),
        Column(f"{metric}, right minus left", True),
        Column("p", True, "randomisation test over queries"),
        Column("q", True, "adjusted by Holm: over all pairs of models, and over the pipelines of each model"),
    )
    return Table(id_, "Is a difference more than chance? Paired over queries.", columns, rows)


def steps_table(id_: str, audits: Sequence[RetrievalAudit]) -> Table:
    """Return how many queries each step loses or gains a relevant document for."""
    rows = tuple(
        Row(
            (
                Cell(audit.measurement.subject.name, user=True),
                Cell(step_name(step), user=True),
                Cell(count(step.lost), sort=step.lost),
                Cell(count(step.gained) if step.base else MISSING, sort=step.gained),
            )
        )
        for audit in audits
        for step in audit.steps
    )
    k = audits[0].measurement.details.cutoff
    columns = (Column("Subject"), Column("Step"), Column("Lost", True), Column("Gained", True))
    caption = f"Queries that lose, or gain, a relevant document among the first {k}, step by step."
    return Table(id_, caption, columns, rows)


def lost_table(id_: str, audit: RetrievalAudit, step: Step) -> Table:
    """Return the queries that lost most at a step."""
    rows = tuple(
        Row(
            (
                Cell(lost.id, user=True),
                Cell(lost.text, user=True),
                Cell(_rank(lost.before)),
                Cell(_rank(lost.after)),
                Cell(lost.first or MISSING, user=True),
            )
        )
        for lost in step.worst[:LOST_SHOWN]
    )
    columns = (
        Column("Query"),
        Column("Text"),
        Column("Rank before", True, "of the first relevant document"),
        Column("After", True),
        Column("Comes first now"),
    )
    caption = f"Lost by {step_name(step)}: {audit.measurement.subject.name}."
    return Table(id_, caption, columns, rows, printed=False)


def _rank(rank: float | None) -> str:
    return "not found" if rank is None else count(int(rank))


def retrieval_comparison_blocks(prefix: str, comparison: RetrievalComparison) -> Iterator[Block]:
    """Yield the paired differences in nDCG and recall, by pipeline.

    Without judgements, those of the share of exact search's documents.
    """
    k, metric = comparison.left.details.cutoff, comparison.left.metric.name
    tests = {test.within: test for test in comparison.tests}
    rows = tuple(
        Row(
            (
                Cell(name, user=True),
                Cell(fixed(one.value), interval(one)),
                Cell(fixed(comparison.recall[name].value), interval(comparison.recall[name]))
                if name in comparison.recall
                else Cell(MISSING),
                Cell(adjusted(tests[name].q)),
            )
        )
        for name, one in comparison.ndcg.items()
    )
    columns = (
        Column("Pipeline", user=True),
        Column(f"{metric}, right minus left", True),
        Column(f"Recall@{k}", True),
        Column("q", True, f"of {metric}: randomisation test, adjusted by Holm"),
    )
    n = len(comparison.left.items)
    yield Table(f"{prefix}-figures", f"Paired over {count(n)} queries.", columns, rows)


def _curve_words(curves: Sequence[object]) -> str:
    return "Curves of recall against exact search over the effort of a search. " + " ".join(map(str, curves))
