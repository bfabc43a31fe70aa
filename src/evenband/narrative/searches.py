"""Sentences about retrieval and about changed queries that terminal and report share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evenband.analysis.rank_overlap.overlap_audit import OperatorFigures, OverlapAudit
from evenband.analysis.retrieval.retrieval_audit import PairedTest, PipelineFigures, RetrievalAudit, Step
from evenband.narrative.formats import adjusted, bracketed, count, counted, fixed, percent
from evenband.types import HYBRID_SUFFIX, RERANK_SUFFIX, Estimate, pipeline_base

CLAIMED_Q = 0.05
"""Adjusted p-value up to which a difference is claimed."""

FEWEST_CHANGED = 10
"""Queries that an operator must change for a sentence about it."""

FAILING_RECALL = 0.5
"""Recall below which a model is said to fail, once its whole interval lies there."""

BYTE_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def retrieval_sentences(audit: RetrievalAudit) -> Iterator[str]:
    """Say what a model finds, what approximation costs, and what the reranker changes."""
    measurement, details = audit.measurement, audit.measurement.details
    name, k = measurement.subject.name, details.cutoff
    first = audit.pipelines[0]
    if not details.is_judged:
        yield from _unjudged_sentences(audit)
        return
    yield (
        f"{name} finds {percent(_recall(first, k), 1)} of what is relevant among the first {k} of "
        f"{counted(details.documents, 'document')}, nDCG@{k} {bracketed(first.ndcg, fixed)}, over "
        f"{counted(len(measurement.items), 'query', 'queries')}."
    )
    by_name = {one.name: one for one in audit.pipelines}
    for one in audit.pipelines[1:]:
        kept = one.against_exact.value
        if kept is not None:
            yield (
                f"{name} through {one.name} keeps {percent(kept, 1)} of the first {k} that exact search "
                f"finds, and recall@{k} goes from {percent(_recall(first, k), 1)} to "
                f"{percent(_recall(one, k), 1)}."
            )
        if one.name.endswith(HYBRID_SUFFIX):
            base = by_name[pipeline_base(one.name, list(by_name))]
            yield (
                f"{name} through {one.name}, fused with BM25, finds {percent(_recall(one, k), 1)} of what is "
                f"relevant among the first {k}; {base.name} finds {percent(_recall(base, k), 1)}."
            )
        before = by_name.get(one.name.removesuffix(RERANK_SUFFIX))
        if before is not None and before is not one:
            yield reranking_sentence(name, before, one, k)


def _unjudged_sentences(audit: RetrievalAudit) -> Iterator[str]:
    """Say what each pipeline keeps of exact search, and how often another document comes first."""
    measurement, details = audit.measurement, audit.measurement.details
    name, k = measurement.subject.name, details.cutoff
    yield (
        f"{name} searches {counted(details.documents, 'document')} for "
        f"{counted(len(measurement.items), 'query', 'queries')} without judgements: what is relevant is not "
        "known, so that only what a pipeline keeps of exact search can be told."
    )
    for column, one in enumerate(audit.pipelines):
        base = measurement.conditions.index(pipeline_base(one.name, measurement.conditions) or one.name)
        if one.against_exact.value is not None and column:
            yield (
                f"{name} through {one.name} keeps {percent(one.against_exact.value, 1)} of the first {k} "
                "that exact search finds."
            )
        elif base != column:
            stays = float((details.first[:, column] == details.first[:, base]).mean())
            yield (
                f"{name} through {one.name} puts another document first than {measurement.conditions[base]} "
                f"for {percent(1 - stays)} of the queries."
            )


def reranking_sentence(name: str, before: PipelineFigures, after: PipelineFigures, k: int) -> str:
    """Say what a reranker does to precision@1, to recall and to precision at the cutoff."""
    sides = [one.precision[k].value for one in (before, after) if k in one.precision and k > 1]
    precision = f", precision@{k} from {percent(sides[0], 1)} to {percent(sides[1], 1)}" if sides else ""
    return (
        f"{name}: after the reranker over {before.name}, precision@1 goes from "
        f"{percent(before.first_right.value, 1)} to {percent(after.first_right.value, 1)}{precision}, and "
        f"recall@{k} from {percent(_recall(before, k), 1)} to {percent(_recall(after, k), 1)}."
    )


def significance_sentence(test: PairedTest, metric: str) -> str:
    """Say whether a paired difference is more than chance."""
    value = test.difference.value or 0.0
    if test.q > CLAIMED_Q:
        return (
            f"{test.right} against {test.left} ({test.within}): {metric} differs by {fixed(value)}, "
            f"which may be chance (q {adjusted(test.q)})."
        )
    verb = "higher" if value > 0 else "lower"
    return (
        f"{test.right} is {fixed(abs(value))} {verb} than {test.left} in {metric} ({test.within}, "
        f"q {adjusted(test.q)})."
    )


def answer_sentence(test: PairedTest, subjects: int, metric: str) -> str:
    """Say which of several subjects finds most, and by how much more than the next one."""
    value, low, high = (
        part or 0.0 for part in (test.difference.value, test.difference.low, test.difference.high)
    )
    is_right = value >= 0
    best, second = (test.right, test.left) if is_right else (test.left, test.right)
    ends = (low, high) if is_right else (-high, -low)
    spread = f"90% interval {fixed(ends[0])} to {fixed(ends[1])}"
    over = f"{test.within}, {counted(test.difference.n, 'query', 'queries')}, q {adjusted(test.q)}"
    if test.q > CLAIMED_Q:
        return (
            f"{best} and {second} find about as much: {metric} differs by {fixed(abs(value))}, {spread}, "
            f"which may be chance ({over})."
        )
    more = (
        f"{best} finds more than {second}"
        if subjects == 2
        else (f"{best} finds most of {subjects}, more than {second}, the next")
    )
    return f"{more}: {metric} is {fixed(abs(value))} higher, {spread} ({over})."


def step_name(step: Step) -> str:
    """Return what a step is, in words."""
    if not step.base:
        return "the model, among all documents"
    if step.pipeline.endswith(RERANK_SUFFIX):
        return f"the reranker, after {step.base}"
    if step.pipeline.endswith(HYBRID_SUFFIX):
        return f"BM25, fused with {step.base}"
    return f"{step.pipeline}, in place of {step.base}"


def curve_sentence(name: str, places: Sequence[int], shares: Sequence[float], k: int) -> str:
    """Say how recall changes from the smallest dataset of a family to the largest."""
    return (
        f"{name}: recall@{k} is {share_words(shares[0])} of {count(places[0])} documents and "
        f"{share_words(shares[-1])} of {count(places[-1])}."
    )


def setting_sentence(name: str, setting: str, values: Sequence[int], shares: Sequence[float], k: int) -> str:
    """Say how recall changes from the smallest value of a setting to the largest."""
    return (
        f"{name}: recall@{k} is {share_words(shares[0])} with {count(values[0])} {setting} and "
        f"{share_words(shares[-1])} with {count(values[-1])}."
    )


def failure_sentence(
    name: str, setting: str, estimates: Mapping[int, Sequence[Estimate]], k: int
) -> Iterator[str]:
    """Say at which value of a setting the interval of recall first lies below a half; nothing if at none.

    The values are looked at from the side where recall is higher: "the first" is where it begins to fail.
    """
    values = sorted(estimates)
    ends = [max(one.value or 0.0 for one in estimates[value]) for value in (values[0], values[-1])]
    for value in values if ends[0] >= ends[1] else reversed(values):
        if all(one.high is not None and one.high < FAILING_RECALL for one in estimates[value]):
            yield (
                f"{name}: with {count(value)} {setting}, the whole interval of recall@{k} lies below "
                f"{share_words(FAILING_RECALL)} for the first time."
            )
            return


def overlap_sentences(audits: Sequence[OverlapAudit]) -> Iterator[str]:
    """Say which harmless change costs most, and whether changes of meaning are seen."""
    for audit in audits:
        name, k = audit.measurement.subject.name, audit.measurement.details.k
        known = [one for one in audit.operators if one.overlap.value is not None]
        keeps = [one for one in known if one.facts.effect == "keeps"]
        changes = [one for one in known if one.facts.effect != "keeps"]
        if keeps:
            worst = min(keeps, key=lambda one: one.overlap.value or 0.0)
            stay, first = percent(worst.overlap.value), percent(worst.first_kept.value)
            yield (
                f"{name}: of the changes that mean nothing, {worst.facts.name} costs most: {stay} of the "
                f"first {k} documents stay, and the first one stays first for {first} of "
                f"{counted(worst.queries, 'query', 'queries')}."
            )
        for one in (one for one in changes if one.queries >= FEWEST_CHANGED):
            yield (
                f"{name}: {one.facts.name} {one.facts.effect} the meaning, and "
                f"{percent(one.overlap.value)} of the first {k} stay all the same."
            )


def share_words(share: float | None) -> str:
    """Return a share in as few characters as three decimals take: ``.480``; a dash without a value."""
    return fixed(share).removeprefix("0") if share is not None and share < 1 else fixed(share)


def band_words(figures: OperatorFigures) -> str:
    """Return the band of rank-biased overlap: ``0.62 to 1.00``."""
    if figures.band is None:
        return ""
    low, _, high = figures.band
    return f"{fixed(low, 2)} to {fixed(high, 2)}"


def size_words(nbytes: int) -> str:
    """Return a number of bytes in the unit that fits: ``1.5 MB``."""
    value = float(nbytes)
    for unit in BYTE_UNITS:
        if value < 1000 or unit == BYTE_UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == BYTE_UNITS[0] or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return ""


def seconds_words(seconds: float | None) -> str:
    """Return a time: ``0.8 ms``, ``1.5 s``; a dash where it is not known."""
    if seconds is None:
        return "–"
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


def rate_words(rate: float | None) -> str:
    """Return queries per second with two significant digits; a dash where it is not known."""
    if rate is None:
        return "–"
    return count(round(rate)) if rate >= 10 else f"{rate:.2g}"


def _recall(figures: PipelineFigures, k: int) -> float | None:
    return figures.recall[k].value if k in figures.recall else None
