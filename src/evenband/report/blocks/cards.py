"""The verdict in plain words, for people who have ten seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.analysis.pairs.ablation import has_letters, letter_rows, real_words
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import count, counted, decimals, fixed, floor, interval
from evenband.narrative.verdicts import SERIOUS, amount
from evenband.report.views import Card, Strip
from evenband.types import Scores


def noun_of(audit: PairsAudit) -> str:
    """What to call a slot value: a noun, a string, a value."""
    scheme = audit.measurement.probe.slot.partition(":")[0]
    return {"wordnet": "noun", "letters": "string"}.get(scheme, "value")


def card(audit: PairsAudit, probes: Sequence[PairsAudit]) -> Card:
    """The verdict of one audit; ``probes`` are the audits that share its scale."""
    summary = audit.summary
    if has_letters(audit) and (words := real_words(audit)):
        return _letters_card(audit, probes, words)
    tone, headline, sentence = _verdict(audit)
    rate = ("pass rate", fixed(summary.pass_rate.value, 2), interval(summary.pass_rate, 2))
    facts = (
        *([] if audit.measurement.probe.type == "INV" else [rate]),
        ("consistency", fixed(summary.consistency.value, 2), interval(summary.consistency, 3)),
        ("median s", fixed(summary.median.value, 3), interval(summary.median, 4)),
        ("outliers", _discoveries(audit), f"of {count(audit.z.size)} at q ≤ {audit.level:g}"),
        *_detectable(audit),
    )
    return Card(
        model=audit.measurement.subject.name,
        probe=audit.measurement.probe.name,
        headline=headline,
        sentence=sentence,
        facts=facts,
        strip=_strip(audit, probes),
        tone=tone,
    )


def _detectable(audit: PairsAudit) -> tuple[tuple[str, str, str], ...]:
    """The smallest effect that would have been found."""
    power = None if audit.structure is None else audit.structure.power
    if power is None:
        return ()
    return (
        (
            "detectable from",
            "–" if power.minimum is None else f"× {fixed(power.minimum, 1)}",
            "times the distance, 4 in 5",
        ),
    )


def _letters_card(audit: PairsAudit, probes: Sequence[PairsAudit], words: Sequence[int]) -> Card:
    """The ablation's verdict: where the real words lie, and against what."""
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
        (measurement.items[row], fixed(float(scores[row]), 3), f"{_below(scores, control, row)} lie lower")
        for row in words[:3]
    ]
    return Card(
        model=measurement.subject.name,
        probe=measurement.probe.name,
        headline=f"{below} of {len(control)} {what} lie lower than {measurement.items[lowest]}.",
        sentence=f"{', '.join(parts)}.",
        facts=tuple(facts),
        strip=_strip(audit, probes),
    )


def _median(scores: Scores, rows: Sequence[int]) -> float | None:
    return float(np.median(scores[list(rows)])) if rows else None


def _below(scores: Scores, control: Sequence[int], row: int) -> str:
    return f"{int((scores[list(control)] < scores[row]).sum())} of {len(control)}"


def _discoveries(audit: PairsAudit) -> str:
    return fixed(None) if not (audit.q == audit.q).any() else count(audit.discoveries)


def _verdict(audit: PairsAudit) -> tuple[str, str, str]:
    """Tone, headline, sentence."""
    summary, noun = audit.summary, noun_of(audit)
    if summary.blind:
        return (
            "warn",
            "Blind: this model does not see the change.",
            "The change moves a text no farther than embedding the same text twice does; the noise floor is "
            f"{floor(summary.noise_floor)}. Nothing can be said of its consistency.",
        )
    band = _band(audit)
    if summary.grid is not None:
        return (
            "warn",
            f"Rounded: {counted(summary.levels, 'distinct score')} on the {summary.grid} grid.",
            f"A tight band may be rounding and not behaviour. {band}",
        )
    if audit.measurement.probe.type == "ORDER":
        return "plain", _order(audit), f"{band} That is the similarity of query and relevant text."
    if any(note.startswith("indifferent") for note in audit.notes):
        return (
            "warn",
            f"Indifferent: this model tells the {noun}s no better apart than chance.",
            f"Another {noun}’s text is as near as the pair’s own (AUC {fixed(summary.auc.value, 2)}), "
            "and an encoder that sees nothing looks perfectly even. Read nothing into its consistency.",
        )
    if summary.phi.value is None:
        return "plain", f"Too few {noun}s for a band.", f"{band} Read the picture, not a statistic."
    sentence = (
        f"{band} Two random {noun}s differ by a factor of {fixed(summary.phi.value, 2)} "
        f"in how far the change moves them{_guard(audit)}."
    )
    headline, more = _standing(audit)
    alarm = audit.discoveries or any(outlier.verdict in SERIOUS for outlier in audit.outliers)
    return "alarm" if alarm else "plain", headline, f"{more} {sentence}".strip()


def _order(audit: PairsAudit) -> str:
    """How often the relevant text is the nearer one."""
    rate = audit.summary.pass_rate.value
    share = fixed(None) if rate is None else f"{fixed(100 * rate, 0)} %"
    return f"The relevant text is nearer to the query in {share} of the cells."


def _standing(audit: PairsAudit) -> tuple[str, str]:
    """Headline, and the sentences on verdicts that it leaves."""
    said = amount(audit, noun_of(audit))
    if said:
        return said[0], " ".join(said[1:])
    return _tested(audit), ""


def _tested(audit: PairsAudit) -> str:
    noun = noun_of(audit)
    if not (audit.q == audit.q).any():
        return f"No test for outliers was possible on {counted(len(audit.measurement.items), noun)}."
    if audit.discoveries:
        what = "stands" if audit.discoveries == 1 else "stand"
        pairs = counted(audit.discoveries, noun if audit.z.shape[1] == 1 else "cell")
        return f"{pairs} {what} out beyond what the tail explains."
    return f"A continuum: no {noun} stands out beyond what the tail explains."


def _band(audit: PairsAudit) -> str:
    summary = audit.summary
    low, high = summary.quantiles.get("q05"), summary.quantiles.get("q95")
    if low is None or high is None:
        return f"The lowest similarity is {fixed(summary.minimum.value, 3)}."
    digits = max(3, decimals(high - low))
    return f"Nine {noun_of(audit)}s in ten lie between {fixed(low, digits)} and {fixed(high, digits)}."


def _guard(audit: PairsAudit) -> str:
    recall = audit.summary.r_at_1.value
    if recall is None or recall >= 0.5:
        return ""
    return (
        f"; but only {fixed(100 * recall, 0)} % of the changed texts are nearest to their own original, "
        "so the evenness may be that of a model that tells little apart"
    )


def _strip(audit: PairsAudit, probes: Sequence[PairsAudit]) -> Strip | None:
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
