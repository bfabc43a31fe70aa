"""Headlines as cards: one for each model on each probe, for readers who have ten seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.analysis.pairs.ablation import has_letters, letter_rows, real_words
from evenband.analysis.pairs.steadiness import is_unsteady
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import MISSING, count, counted, decimals, fixed, interval
from evenband.narrative.pairs.headlines import headline_of
from evenband.narrative.pairs.measures import measures_of
from evenband.narrative.reticence import name_of
from evenband.report.blocks.pairs.pair_views import Card, Strip
from evenband.types import Scores


def card(audit: PairsAudit, probes: Sequence[PairsAudit]) -> Card:
    """Return the headline of an audit as a card.

    Args:
        audit: to show.
        probes: audits of the same probe, which share the scale of the drawing.
    """
    summary = audit.summary
    says_nothing = summary.blind or is_unsteady(summary.noise_floor)
    if has_letters(audit) and not says_nothing and (words := real_words(audit)):
        return _letters_card(audit, probes, words)
    headline = headline_of(audit)
    order, distance = measures_of([audit.measurement])
    rate = (f"pass rate{order}", fixed(summary.pass_rate.value, 2), interval(summary.pass_rate, 2))
    type_ = audit.measurement.probe.type
    consistency = fixed(summary.consistency.value, 2), interval(summary.consistency, 3)
    facts = (
        *([] if type_ == "INV" else [rate]),
        *_baseline(audit),
        *([] if type_ == "ORDER" else [(f"consistency{distance}", *consistency)]),
        (f"median s{distance}", fixed(summary.median.value, 3), interval(summary.median, 4)),
        *([] if type_ == "ORDER" else [_outliers(audit)]),
        *_detectable(audit),
    )
    return Card(
        model=audit.measurement.subject.name,
        probe=audit.measurement.probe.name,
        headline=headline.title,
        sentence=headline.sentence,
        facts=facts,
        strip=_strip(audit, probes),
        tone=headline.tone,
    )


def _baseline(audit: PairsAudit) -> tuple[tuple[str, str, str], ...]:
    """Return what a bag of words gets, which a model has to beat on DIFF and ORDER."""
    words = audit.measurement.details.baselines.get("words")
    if words is None or audit.measurement.probe.type == "INV":
        return ()
    return (("a bag of words", fixed(words, 2), "passes without understanding"),)


def _detectable(audit: PairsAudit) -> tuple[tuple[str, str, str], ...]:
    """Return the smallest effect that would have been found."""
    power = None if audit.structure is None else audit.structure.power
    if power is None:
        return ()
    factor = MISSING if power.minimum is None else f"× {fixed(power.minimum, 1)}"
    return (("detectable from", factor, "times the distance, 4 in 5"),)


def _letters_card(audit: PairsAudit, probes: Sequence[PairsAudit], words: Sequence[int]) -> Card:
    """Return the headline of a letter ablation: how low the real words are, among what."""
    measurement = audit.measurement
    ablated, matched = letter_rows(audit)
    scores = measurement.scores[:, 0]
    others = [row for row in ablated if row not in words]
    control = matched or others
    what = "matched real words" if matched else "non-words"
    lowest = min(words, key=lambda row: scores[row])
    below = int((scores[control] < scores[lowest]).sum())
    parts = [
        f"The {counted(len(others), 'non-word')} have their median at {fixed(_median(scores, others), 3)}"
    ]
    if matched:
        parts.append(
            f"the {counted(len(matched), 'matched real word')} at {fixed(_median(scores, matched), 3)}"
        )
    facts = [
        (name_of(audit, row, 0), fixed(float(scores[row]), 3), f"{_below(scores, control, row)} are lower")
        for row in words[:3]
    ]
    return Card(
        model=measurement.subject.name,
        probe=measurement.probe.name,
        headline=f"{below} of {len(control)} {what} are lower than {name_of(audit, lowest, 0)}.",
        sentence=f"{', '.join(parts)}.",
        facts=tuple(facts),
        strip=_strip(audit, probes),
    )


def _median(scores: Scores, rows: Sequence[int]) -> float | None:
    return float(np.median(scores[list(rows)])) if rows else None


def _below(scores: Scores, control: Sequence[int], row: int) -> str:
    return f"{int((scores[list(control)] < scores[row]).sum())} of {len(control)}"


def _outliers(audit: PairsAudit) -> tuple[str, str, str]:
    """Return how many cells are claimed, and of how many that could be tested."""
    if audit.discoveries is None:
        return "outliers", MISSING, "not tested"
    tested = int(np.isfinite(audit.q).sum())
    return "outliers", count(audit.discoveries), f"of {count(tested)} at q ≤ {audit.level:g}"


def _strip(audit: PairsAudit, probes: Sequence[PairsAudit]) -> Strip | None:
    """Return a drawing of the band on the probe's common scale."""
    quantiles = audit.summary.quantiles
    if not {"q05", "q50", "q95"} <= set(quantiles):
        return None
    low = min(float(other.measurement.scores.min()) for other in probes)
    high = max(float(other.measurement.scores.max()) for other in probes)
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return round(1.0 + 98.0 * (value - low) / span, 2)

    scores = audit.measurement.scores
    digits = decimals(span)
    return Strip(
        minimum=place(float(scores.min())),
        low=place(quantiles["q05"]),
        median=place(quantiles["q50"]),
        high=place(quantiles["q95"]),
        maximum=place(float(scores.max())),
        names=(fixed(low, digits), fixed(high, digits)),
    )
