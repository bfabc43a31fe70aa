"""Notes: what a reader must know before believing the figures of a measurement.

They are part of summary.json. C is the consistency 1 / Phi, Phi the factor between two random labels'
distances, T99 how far the farthest 1% go, r50 a pair's distance relative to that between two labels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenband.analysis.alignment import can_be_paired
from evenband.analysis.limits import LABELS_FOR_BAND, LABELS_FOR_TAIL, RULE, TEMPLATES_FOR_CELLS
from evenband.analysis.pairs.scale import Scale, is_coarse
from evenband.analysis.pairs.steadiness import is_unsteady, unsteady_notes
from evenband.analysis.pairs.values import Contrast, Structure, Summary
from evenband.types import Measurement, PairsMeasurement
from evenband.unshown_words import examples_of
from evenband.wording import counted, listed

FEWEST_ROUNDED = 8
"""Number of labels from which repeated scores are a sign of rounding."""

LOW_RECALL = 0.5
"""R@1 below which most of the changed texts are nearer to another label's text than to their own."""

MISSING_NAMED = 3
"""Number of labels without a vector that a note names."""


def contrast_notes(
    measurement: PairsMeasurement, reference: PairsMeasurement | None, contrast: Contrast | None
) -> list[str]:
    """Return what a reader must know of the reference.

    Args:
        measurement: the measurement that was analysed.
        reference: the same probe on the reference; the measurement itself where it is its own.
        contrast: the comparison of the two; ``None`` where there is none.
    """
    if reference is None:
        return []
    name = reference.subject.name
    if reference is measurement:
        return ["the reference is the model itself: nothing is held against it"]
    templates = len(set(measurement.conditions) - set(reference.conditions))
    missing = _missing_in(measurement, reference)
    if not can_be_paired(measurement, reference):
        return [f"the reference {name} did not measure these texts: nothing is held against it"]
    if contrast is None:
        return [f"the reference {name} does not see this change (blind): nothing is held against it"]
    unseen = int(np.isnan(contrast.moved).sum()) - templates
    factor = float(np.nanmedian(contrast.moved))
    notes = []
    if missing:
        notes.append(f"the reference {name} did not measure {missing}: these are not held against it")
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


def kin_notes(
    measurement: PairsMeasurement, structure: Structure | None, contrast: Contrast | None
) -> list[str]:
    """Return that side effects of another word are told by spelling alone, where cells were tested."""
    are_cells_tested = any(one is not None and one.cells_tested for one in (structure, contrast))
    if measurement.details.components is not None or not are_cells_tested:
        return []
    return [
        "measured by an older version, which did not keep what labels mean: words that went along with "
        "one of their kind count as discoveries; measure into a new folder to tell them"
    ]


def _missing_in(measurement: PairsMeasurement, reference: PairsMeasurement) -> str:
    """Return how many labels and templates the reference lacks, in words; nothing if it lacks none."""
    counts = {
        "labels": (measurement.items, reference.items),
        "templates": (measurement.conditions, reference.conditions),
    }
    lacking = {name: (len(set(here) - set(there)), len(here)) for name, (here, there) in counts.items()}
    return " and ".join(f"{some:,} of {total:,} {name}" for name, (some, total) in lacking.items() if some)


def notes_of(measurement: PairsMeasurement, summary: Summary, scale: Scale) -> list[str]:
    """Return what a reader must know before believing the figures, worst first.

    Args:
        measurement: n labels by t templates.
        summary: its figures.
        scale: its distances.
    """
    return [
        *unsteady_notes(summary.noise_floor),
        *_similarity_notes(measurement),
        *([] if is_unsteady(summary.noise_floor) else _blind_notes(measurement, summary, scale)),
        *_rounding_notes(measurement, summary, scale),
        *_indifference_notes(measurement, summary),
        *_size_notes(measurement, summary),
    ]


def _similarity_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield that the model's texts are ordered by another similarity than the cosine."""
    similarity = measurement.subject.similarity
    if similarity != "cosine":
        yield (
            f"similarity: this model is made for {similarity}, so pass rate, uniformity, R@1 and AUC are by "
            f"{similarity}; s, C, Phi, T99, r50, noise floor and outliers are by cosine, as they need a zero"
        )


def _blind_notes(measurement: PairsMeasurement, summary: Summary, scale: Scale) -> Iterator[str]:
    """Yield where the model does not see the change."""
    if summary.blind and measurement.probe.type == "ORDER":
        yield (
            "blind: the median difference between the two documents' similarities to the query is below "
            "three noise floors; the model scores both alike"
        )
    elif summary.blind:
        yield (
            "blind: the median distance is below three noise floors; "
            "the model does not see this change, so no spread is computed"
        )
    elif not scale.seeing.all():
        names = [name for name, sees in zip(measurement.conditions, scale.seeing, strict=True) if not sees]
        yield (
            f"blind in {len(names)} of {len(scale.seeing)} templates, left out of C, Phi, T99 and r50: "
            f"{'; '.join(names)}"
        )


def _rounding_notes(measurement: PairsMeasurement, summary: Summary, scale: Scale) -> Iterator[str]:
    """Yield that the scores are coarsely rounded."""
    is_rounded = summary.grid is not None or summary.mad == 0
    if is_rounded and not summary.blind and summary.n >= FEWEST_ROUNDED:
        where = f"lie on the {summary.grid} grid" if summary.grid else "repeat"
        width = "; a MAD is 0, so a band this tight may be rounding" if summary.mad == 0 else ""
        coarse = "; intervals are left out" if is_coarse(measurement, scale) else ""
        yield f"rounded: the scores {where}, with {summary.levels:,} distinct levels{width}{coarse}"


def _indifference_notes(measurement: PairsMeasurement, summary: Summary) -> Iterator[str]:
    """Yield that the model hardly tells the labels apart, by the guard AUC or else by the stricter R@1."""
    recall = summary.r_at_1.value
    if summary.indifferent:
        yield (
            f"indifferent: another label's text is as near as the pair's own (AUC {summary.auc.value:.2f}); "
            "a constant or random encoder looks as consistent, so read nothing into C"
        )
    elif recall is not None and recall < LOW_RECALL and not summary.blind:
        which = "relevant texts are" if measurement.probe.type == "ORDER" else "changed texts are"
        yield (
            f"guard: only {recall:.0%} of the {which} nearest to their own label's text a (R@1); a model "
            "that tells labels little apart looks even without understanding the change"
        )


def _size_notes(measurement: PairsMeasurement, summary: Summary) -> Iterator[str]:
    """Yield what too few labels or templates leave uncertain."""
    is_order = measurement.probe.type == "ORDER"
    if summary.n == 1:
        rate = "pass rate, " if summary.pass_rate.value is None else ""
        yield f"one label: there is no other to compare it with; {rate}R@1, AUC, r50 and spread not measured"
    elif is_order:
        pass  # no band, no tail and no outliers
    elif summary.n < LABELS_FOR_BAND and not measurement.probe.letters:
        yield (
            f"few labels: {summary.n} of the {LABELS_FOR_BAND} that a band needs; no outlier can be claimed"
        )
    elif LABELS_FOR_BAND <= summary.n < LABELS_FOR_TAIL:
        yield (
            f"short tail: T99 and outliers rest on {summary.n} labels; "
            f"{LABELS_FOR_TAIL:,} are needed to trust them"
        )
    if summary.templates < TEMPLATES_FOR_CELLS and summary.n >= LABELS_FOR_BAND and not is_order:
        count = "one template" if summary.templates == 1 else f"{summary.templates} templates"
        yield (
            f"{count}: intervals cover the choice of labels, not of the sentence; "
            "four templates or more also tell an odd word from an odd cell"
        )


def unknown_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield which labels and templates have no vector, and which figures are therefore not known."""
    yield from left_out_notes(measurement)
    if measurement.noise is None:
        yield (
            "noise floor not known: the vectors are only looked up, so that embedding a text again shows "
            "nothing; small distances may be noise"
        )
    if measurement.details.pictures:
        yield (
            "pictures: a caption's similarity to a picture is on a scale of its own, lower than that of two "
            "texts; no baseline reads pictures"
        )
    elif not measurement.details.calibration:
        yield (
            "scale not known: the model's own unrelated and paraphrase pairs could not be embedded, "
            "so nothing says which similarity is high for this model"
        )
    if _lacks_exchanged_texts(measurement):
        yield "r50 not known: the texts with another value in one slot have no vector"


def left_out_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield what is left out of the user's file and of the texts, and how the file was read."""
    yield from _skipped_notes(measurement)
    yield from _missing_notes(measurement)
    yield from measurement.details.remarks


def reranker_reference_notes(reference: Measurement | None) -> Iterator[str]:
    """Yield that the reference is a reranker, so that no distance can be held against it."""
    if reference is not None and reference.metric.kind == "relevance":
        yield f"the reference {reference.subject.name} is a reranker: nothing is held against its scores"


def _skipped_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield how many rows of the user's file are left out because nothing in them can be measured."""
    skipped = measurement.details.skipped
    if skipped:
        named = "; ".join(skipped[:MISSING_NAMED]) + ("; ..." if len(skipped) > MISSING_NAMED else "")
        rows = "1 row" if len(skipped) == 1 else f"{len(skipped):,} rows"
        yield f"missing: {rows} left out of the file ({named})"


def _missing_notes(measurement: PairsMeasurement) -> Iterator[str]:
    """Yield how many labels and templates are left out because a text has no vector."""
    measured = set(measurement.items)
    missing = list(dict.fromkeys(label for label, _ in measurement.details.missing if label not in measured))
    if missing:
        named = listed(examples_of(measurement.probe.slot, missing), MISSING_NAMED, len(missing))
        total = measurement.probe.items
        is_scored = measurement.metric.kind == "relevance"
        lack = "a pair that the reranker cannot score" if is_scored else "a text without a vector"
        yield (
            f"missing: {len(missing):,} of {counted(total, 'label')} "
            f"{'has' if len(missing) == 1 else 'have'} {lack} ({named}); "
            f"the figures are those of the other {len(measurement.items):,}"
        )
    total = measurement.probe.conditions
    left_out = total - len(measurement.conditions)
    truncation = measurement.details.truncation
    if truncation is not None:
        left_out -= len({name for _, name in truncation.undecidable} - set(measurement.conditions))
    if measurement.details.missing and left_out > 0:
        what = "score" if measurement.metric.kind == "relevance" else "vector"
        yield (
            f"missing: {left_out} of {total} templates have no {what} for most labels; "
            f"the figures are those of the other {total - left_out}"
        )


def _lacks_exchanged_texts(measurement: PairsMeasurement) -> bool:
    """Return whether a template lacks r50 although its slots have other values to exchange.

    A slot without another value has no r50 in any model, and that is no gap in what the model gives.
    """
    swap, exchange = measurement.details.swap, measurement.details.exchange
    if swap is None or not exchange or measurement.probe.type == "ORDER":
        return False
    if np.isfinite(swap).all() or measurement.details.unseen:
        return False
    # Only some labels are exchanged, so that a slot counts if every label has another value for it.
    # An older version put a prefix before a slot's column whose name it used itself.
    values = [measurement.known(slot) or measurement.known(f"slot_{slot}") or () for slot in exchange]
    if not all(values):
        return False
    rows = [set(row) for row in zip(*values, strict=True)]
    return any(all(set(column) - row for row in rows) for column in values)
