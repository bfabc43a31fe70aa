"""Headlines: what one audit comes to, what could have been missed, what moved against the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.values import Contrast, PairsAudit
from evenband.analysis.pairs.verdict import untested
from evenband.narrative.formats import counted, decimals, factor, fixed, floor
from evenband.narrative.pairs.verdicts import SERIOUS, amount
from evenband.stats.power import Power


def noun_of(audit: PairsAudit) -> str:
    """What to call a slot value: a noun, a string, a value."""
    scheme = audit.measurement.probe.slot.partition(":")[0]
    return {"wordnet": "noun", "letters": "string"}.get(scheme, "value")


@dataclass(frozen=True)
class Headline:
    """What one audit comes to: a title and a sentence; the tone is ``plain``, ``warn`` or ``alarm``."""

    tone: str
    title: str
    sentence: str


def headline_of(audit: PairsAudit) -> Headline:
    """Return the audit in a title and a sentence."""
    return Headline(*_headline(audit))


def _headline(audit: PairsAudit) -> tuple[str, str, str]:
    """Return tone, title and sentence; what makes the figures meaningless comes first."""
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
    if summary.indifferent:
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


def missed(audit: PairsAudit, power: Power, *, named: bool = False) -> str:
    """In plain words, what an effect must be to be found."""
    start = f"{audit.measurement.subject.name}: " if named else ""
    if power.minimum is None:
        best = int(np.argmax(power.recall))
        by, found = fixed(float(power.factors[best]), 1), fixed(100 * float(power.recall[best]), 0)
        return (
            f"{start}No effect that was tried would have been found four times in five; one that multiplies "
            f"the distance by {by} was found {found} times in a hundred. Memorised cells may be there."
        )
    median = audit.summary.median.value
    example = ""
    if median is not None and (1 - median) * power.minimum < 1:
        example = (
            f" In a sentence with the median similarity, s would fall from {fixed(median, 3)} "
            f"to {fixed(1 - (1 - median) * power.minimum, 3)}."
        )
    return (
        f"{start}An effect that multiplies the distance by {fixed(power.minimum, 1)} or more would have been "
        f"found four times in five; smaller ones may be there.{example}"
    )


def moved(audit: PairsAudit, contrast: Contrast) -> str:
    """How many values and cells moved, in words."""
    noun, name = noun_of(audit), contrast.reference.subject.name
    middle = float(np.nanmedian(contrast.moved))
    start = (
        f"Against {name}, {audit.measurement.subject.name} moves the middle {noun} "
        f"{factor(middle).removeprefix('× ')} times as far. "
    )
    if not contrast.tested:
        return f"{start}Which {noun} or cell moved beyond that was {untested(len(contrast.suspects))}."
    labels = counted(int(contrast.labels.sum()), noun)
    how = " as a whole, in all sentences together" if len(contrast.moved) > 1 else " more than all do"
    whole = f"{labels} moved{how}" if contrast.labels.any() else ""
    cells = counted(int(contrast.cells.sum()), "cell")
    single = f"{cells} moved beyond the rest of its {noun}’s row" if contrast.cells.any() else ""
    if not whole and not single:
        return f"{start}Beyond that no {noun} and no single cell moved."
    return f"{start}Beyond that {' and '.join(part for part in (whole, single) if part)}."
