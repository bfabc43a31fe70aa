"""Headlines: what an audit shows, what it could have missed, and what moved against the reference.

Terms: s is the cosine similarity of a pair and 1 - s its distance; the *band* holds the middle nine in
ten similarities. Phi is the factor by which the change moves one of two random labels farther than the
other. The *noise floor* is the largest distance of a text to itself, embedded again. A model is *blind*
to a change that moves a text by less than three noise floors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.comparison import PairsComparison
from evenband.analysis.pairs.notes import LOW_RECALL
from evenband.analysis.pairs.orderings import has_distances
from evenband.analysis.pairs.scale import scale_of
from evenband.analysis.pairs.steadiness import is_unsteady
from evenband.analysis.pairs.suspect_cells import strongest_suspect
from evenband.analysis.pairs.values import Contrast, PairsAudit
from evenband.analysis.pairs.verdict import untested
from evenband.narrative.formats import counted, decimals, factor, fixed, noise, percent
from evenband.narrative.pairs.verdicts import SERIOUS, amount, not_certified
from evenband.narrative.reticence import shown_outliers
from evenband.stats.power import Power

FIGURE_MEANINGS: Mapping[str, str] = {
    "similarity s": "cosine similarity of the two texts of a pair; 1 − s is their distance",
    "cell": "one label (what fills the gap) in one sentence",
    "band": "the range of s that holds the middle nine cells in ten, from the 5% to the 95% quantile",
    "consistency C": "1 / Φ; 1 if the change moves all labels equally far",
    "disparity Φ": "the factor by which the change moves one of two random labels farther than the other: "
    "exp of the mean difference in log(1 − s)",
    "tail T99": "the 99th percentile of the distance over its median: how much farther the worst 1% goes",
    "sensitivity r50": "the median distance over the distance to the same text with another label",
    "pass rate": "the share of cells that behave as the probe’s type demands",
    "z": "robust z-score of log(1 − s) within a sentence; positive: farther apart than usual",
    "q, claimed": "q is a p-value under a heavy tail fitted to the band, adjusted for the false discovery "
    "rate; where single cells are tested and word frequencies are known, a frequent word counts four times "
    "as much as another label. A cell is claimed as an outlier if its q is at most the level given and it "
    "is no side effect of a similar word (spill-over)",
    "detectable from": "the factor on the distance from which planted effects are found four times in five",
    "noise floor": "the largest distance of a text to itself, embedded again without the cache",
    "blind": "the median distance is below three noise floors: the model does not see the change",
}
"""What the figures of a report mean, in the order in which it shows them."""


BAND_TERMS = ("consistency C", "disparity Φ", "tail T99", "sensitivity r50", "q, claimed", "detectable from")
"""Figures of one band, which an ORDER probe does not have: it compares two similarities."""


def noun_of(audit: PairsAudit) -> str:
    """Return what to call a label of this probe: a noun, a string or just a label."""
    scheme = audit.measurement.probe.slot.partition(":")[0]
    return {"wordnet": "noun", "letters": "string"}.get(scheme, "label")


@dataclass(frozen=True)
class Headline:
    """The result of one audit in a title and a few sentences.

    Attributes:
        tone: ``plain``, ``warn`` or ``alarm``.
        title: the result in one line.
        sentence: what it is based on.
    """

    tone: str
    title: str
    sentence: str


def headline_of(audit: PairsAudit) -> Headline:
    """Return the headline of an audit."""
    return Headline(*_headline(audit))


def _headline(audit: PairsAudit) -> tuple[str, str, str]:
    """Return tone, title and sentence; whatever makes the figures meaningless comes first."""
    summary, noun = audit.summary, noun_of(audit)
    if is_unsteady(summary.noise_floor):
        return (
            "warn",
            "Unsteady: this model gives the same text two vectors.",
            f"A text embedded again is at {noise(summary.noise_floor)} from itself (1 − s). No figure here "
            "holds: a server gives vectors of other texts, or the model draws at random.",
        )
    if summary.blind and audit.measurement.probe.type == "ORDER":
        return (
            "warn",
            "Blind: this model scores both documents alike.",
            "Their similarities to the query differ by no more than three times what embedding the texts "
            "again changes. Nothing can be said of their order.",
        )
    if summary.blind:
        return (
            "warn",
            "Blind: this model does not see the change.",
            "The change moves a text by no more than three noise floors. The noise floor, "
            f"{noise(summary.noise_floor)}, is the largest distance of a text to itself, embedded again. "
            "Nothing can be said of its consistency.",
        )
    band = _band(audit)
    if summary.grid is not None:
        return (
            "warn",
            f"Rounded: {counted(summary.levels, 'distinct score')} on the {summary.grid} grid.",
            f"A narrow band may be rounding and not behaviour. {band}",
        )
    if audit.measurement.probe.type == "ORDER":
        return "plain", _order(audit), f"{band} This is the similarity of query and relevant text."
    if summary.indifferent:
        return (
            "warn",
            f"Indifferent: this model tells the {noun}s no better apart than chance.",
            f"Another {noun}’s text is as near as the pair’s own (AUC {fixed(summary.auc.value, 2)}). "
            "An encoder that sees nothing looks perfectly even: do not rely on the consistency.",
        )
    if summary.phi.value is None:
        return (
            "plain",
            f"Too few {noun}s for a band.",
            f"{band} Read the chart; there are too few labels for statistics.",
        )
    sentence = (
        f"{band} Two random {noun}s differ by a factor of {fixed(summary.phi.value, 2)} "
        f"in how far the change moves them{_guard(audit)}."
    )
    title, more = _verdicts(audit)
    is_alarm = audit.discoveries or any(outlier.verdict in SERIOUS for outlier in audit.outliers)
    return "alarm" if is_alarm else "plain", title, f"{more} {sentence}".strip()


def _order(audit: PairsAudit) -> str:
    """Return the pass rate of an ORDER probe as a sentence."""
    by = audit.measurement.subject.similarity
    how = "" if by == "cosine" else f" by {by}"
    rate = percent(audit.summary.pass_rate.value)
    return f"The relevant text is nearer{how} to the query in {rate} of the cells."


def _verdicts(audit: PairsAudit) -> tuple[str, str]:
    """Return the gravest verdict as a title, and sentences on the others."""
    sentences = amount(audit, noun_of(audit))
    if sentences:
        return sentences[0], " ".join(sentences[1:])
    return _tested(audit), ""


def _tested(audit: PairsAudit) -> str:
    """Return how many cells a test for outliers claims, beyond the tail fitted to the band."""
    noun = noun_of(audit)
    if audit.discoveries is None:
        return f"No test for outliers was possible on {counted(len(audit.measurement.items), noun)}."
    if audit.discoveries:
        what = "stands" if audit.discoveries == 1 else "stand"
        pairs = counted(audit.discoveries, noun if audit.z.shape[1] == 1 else "cell")
        return f"{pairs} {what} out beyond what the tail explains."
    suspect = strongest_suspect(shown_outliers(audit))
    if suspect is not None:
        return not_certified(audit, suspect, noun if audit.z.shape[1] == 1 else "cell")
    return f"A continuum: no {noun} stands out beyond what the tail explains."


def _band(audit: PairsAudit) -> str:
    """Return the 5% and the 95% quantile of s in a sentence; the minimum if there are too few labels."""
    summary = audit.summary
    low, high = summary.quantiles.get("q05"), summary.quantiles.get("q95")
    if low is None or high is None:
        return f"The lowest similarity is {fixed(summary.minimum.value, 3)}."
    digits = max(3, decimals(high - low))
    return f"Nine {noun_of(audit)}s in ten lie between {fixed(low, digits)} and {fixed(high, digits)}."


def _guard(audit: PairsAudit) -> str:
    """Return a reservation if the guard R@1 fails for most texts."""
    recall = audit.summary.r_at_1.value
    if recall is None or recall >= LOW_RECALL:
        return ""
    return (
        f"; but only {percent(recall)} of the changed texts are nearest to their own original, "
        "so the model may look even because it tells little apart"
    )


def missed(audit: PairsAudit, power: Power, *, named: bool = False) -> str:
    """Say how large a planted effect must be to be found four times in five.

    Args:
        audit: whose cells got planted effects.
        power: what was found of them.
        named: whether the sentence starts with the subject's name.
    """
    start = f"{audit.measurement.subject.name}: " if named else ""
    if power.minimum is None:
        best = int(np.argmax(power.recall))
        largest, recall = fixed(float(power.factors[best]), 1), percent(float(power.recall[best]))
        return (
            f"{start}No effect that was tried would have been found four times in five. One that multiplies "
            f"the distance by {largest} was found in {recall} of the trials. There may be memorised cells."
        )
    median = audit.summary.median.value
    example = ""
    if median is not None and (1 - median) * power.minimum < 1:
        example = (
            f" In a pair with the median similarity, s would fall from {fixed(median, 3)} "
            f"to {fixed(1 - (1 - median) * power.minimum, 3)}."
        )
    return (
        f"{start}An effect that multiplies the distance by {fixed(power.minimum, 1)} or more would have been "
        f"found four times in five. There may be smaller ones.{example}"
    )


def moved(audit: PairsAudit, contrast: Contrast) -> str:
    """Say how far the audit's labels moved against the reference, and how many moved farther than that."""
    noun, name = noun_of(audit), contrast.reference.subject.name
    median = float(np.nanmedian(contrast.moved))
    start = (
        f"Against {name}, {audit.measurement.subject.name} moves the middle {noun} "
        f"{factor(median).removeprefix('× ')} times as far. "
    )
    if not contrast.tested:
        return f"{start}Whether a {noun} or cell moved beyond that was {untested(len(contrast.suspects))}."
    labels = counted(int(contrast.labels.sum()), noun)
    how = " as a whole, in all sentences together" if len(contrast.moved) > 1 else " more than all do"
    whole = f"{labels} moved{how}" if contrast.labels.any() else ""
    cells = int(contrast.cells.sum())
    row = f"its {noun}’s row" if cells == 1 else f"their {noun}s’ rows"
    single = f"{counted(cells, 'cell')} moved beyond the rest of {row}" if cells else ""
    if not whole and not single:
        return f"{start}Beyond that no {noun} and no single cell moved."
    return f"{start}Beyond that {' and '.join(part for part in (whole, single) if part)}."


def no_changes(comparison: PairsComparison) -> str:
    """Say why a comparison lists no label that moved."""
    if not all(has_distances(side) for side in (comparison.left, comparison.right)):
        return "A reranker has no distance between texts: only pass rates compare."
    if any(scale_of(side).blind for side in (comparison.left, comparison.right)):
        return "One of the two is blind to the change: there are no labels to compare."
    return "Nothing moved."
