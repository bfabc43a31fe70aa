"""Notes: what a reader must know before believing the figures of a measurement."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenband.analysis.limits import BAND, RULE, TAIL, TEMPLATES
from evenband.analysis.pairs.scale import Scale, is_coarse
from evenband.analysis.pairs.values import Contrast, Summary
from evenband.types import PairsMeasurement

FEWEST_ROUNDED = 8
"""Scores from which one can say that they are rounded."""

MISSING_NAMED = 3
"""Labels without a vector that a note names."""


def contrast_notes(
    measurement: PairsMeasurement, reference: PairsMeasurement | None, contrast: Contrast | None
) -> list[str]:
    """What a reader must know of the reference."""
    if reference is None:
        return []
    name = reference.subject.name
    if reference is measurement:
        return ["the reference is the model itself: nothing is held against it"]
    if contrast is None:
        return [f"the reference {name} does not see this change (blind): nothing is held against it"]
    unseen, factor = int(np.isnan(contrast.moved).sum()), float(np.nanmedian(contrast.moved))
    notes = []
    if unseen:
        notes.append(
            f"the reference {name} does not see this change in {unseen} of {len(contrast.moved)} templates "
            "(blind): these are not held against it"
        )
    if factor < RULE:
        return notes
    return [
        *notes,
        f"rule: the change moves all labels {factor:.1f} times as far as in {name}; "
        "compare C, not the width of the band",
    ]


def notes_of(measurement: PairsMeasurement, summary: Summary, scale: Scale) -> list[str]:
    """What a reader must know before believing the figures, worst first."""
    notes = []
    if summary.blind:
        notes.append(
            "blind: the median distance is below three noise floors; "
            "the model does not see this change, so no spread is computed"
        )
    elif not scale.seeing.all():
        names = [name for name, sees in zip(measurement.conditions, scale.seeing, strict=True) if not sees]
        notes.append(
            f"blind in {len(names)} of {len(scale.seeing)} templates, left out of C, Phi, T99 and r50: "
            f"{'; '.join(names)}"
        )
    if not summary.blind and summary.n >= FEWEST_ROUNDED and (summary.grid is not None or summary.mad == 0):
        where = f"lie on the {summary.grid} grid" if summary.grid else "repeat"
        width = "; a MAD is 0, so a band this tight may be rounding" if summary.mad == 0 else ""
        coarse = "; intervals are left out" if is_coarse(measurement, scale) else ""
        notes.append(f"rounded: the scores {where}, with {summary.levels:,} distinct levels{width}{coarse}")
    if summary.indifferent:
        notes.append(
            f"indifferent: another label's text is as near as the pair's own (AUC {summary.auc.value:.2f}); "
            "a constant or random encoder looks as consistent, so read nothing into C"
        )
    if summary.n < BAND and not measurement.probe.letters:
        notes.append(f"few labels: {summary.n} of the {BAND} that a band needs; no outlier can be claimed")
    elif BAND <= summary.n < TAIL:
        notes.append(
            f"short tail: T99 and outliers rest on {summary.n} labels; {TAIL:,} are needed to trust them"
        )
    if summary.templates < TEMPLATES and summary.n >= BAND:
        count = "one template" if summary.templates == 1 else f"{summary.templates} templates"
        notes.append(
            f"{count}: intervals cover the choice of labels, not of the sentence; "
            f"four templates or more also tell an odd word from an odd cell"
        )
    return notes


def unknown_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield what the subject could not give, and which labels and templates have no row or column."""
    measured = set(measurement.items)
    missing = list(dict.fromkeys(label for label, _ in measurement.details.missing if label not in measured))
    if missing:
        named = ", ".join(missing[:MISSING_NAMED]) + (" ..." if len(missing) > MISSING_NAMED else "")
        total = measurement.probe.items
        yield (
            f"missing: {len(missing):,} of {total:,} labels have a text without a vector ({named}); "
            f"the figures are those of the other {len(measurement.items):,}"
        )
    total = measurement.probe.conditions
    left_out = total - len(measurement.conditions)
    if measurement.details.missing and left_out > 0:
        yield (
            f"missing: {left_out} of {total} templates have no vector for most labels; "
            f"the figures are those of the other {total - left_out}"
        )
