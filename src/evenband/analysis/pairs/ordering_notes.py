"""Notes on a reranker: what a reader must know before believing its pass rates."""

from __future__ import annotations

from collections.abc import Iterator

from evenband.analysis.pairs.orderings import tied_share
from evenband.analysis.pairs.values import Summary
from evenband.types import PairsMeasurement

MANY_TIES = 0.1
"""Share of a reranker's comparisons from which ties are worth a note."""

SATURATING = ("Sigmoid", "Tanh")
"""Activations that are flat for large numbers, so that different ones become the same score."""


def ordering_notes(measurement: PairsMeasurement, summary: Summary) -> Iterator[str]:
    """Yield what a reader must know before believing the pass rate of a reranker."""
    is_inv = measurement.probe.type == "INV"
    if summary.blind and is_inv:
        yield (
            "blind: the model reads the changed text as the same tokens as the original in most cells; it "
            "does not see this change, so that the pass rate says only how well a text finds itself"
        )
    elif summary.blind:
        yield (
            "blind: the median difference between the scores to be compared is below three times their "
            "noise; the model scores both texts alike"
        )
    if summary.indifferent:
        yield (
            f"indifferent: other labels' texts score as high as the cell's own (AUC "
            f"{summary.auc.value:.2f}); a constant or random reranker does the same"
        )
    if not summary.blind:
        yield from _tie_notes(measurement)
    if is_inv and measurement.probe.is_asked_from_a:
        yield (
            "query and documents: the original is the query, and its own changed text must score higher than "
            "other labels' changed texts do; an encoder is asked whether the change moves a text less than "
            "another label does"
        )
    elif is_inv:
        yield (
            "query and documents: the changed text is the query, and its own original must score higher than "
            "other labels' originals do; an encoder is asked the other way round"
        )
    if summary.n == 1:
        yield "one label: there is no other to compare it with"


def _tie_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield the share of a reranker's comparisons that are ties, where it is large, and why it may be."""
    share = tied_share(measurement)
    if share is None or share < MANY_TIES:
        return
    activation = measurement.subject.options.get("activation", "")
    why = (
        f"; the activation {activation} gives large numbers the same score, so that it may hide an order"
        if activation in SATURATING
        else ""
    )
    yield f"ties: {share:.0%} of the comparisons are of equal scores, which count one half{why}"
