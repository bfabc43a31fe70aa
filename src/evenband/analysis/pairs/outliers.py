"""Measurement to Audit: the figures, the outliers, and what must be said beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.pairs.scale import Scale, is_coarse, scale_of, sum_up
from evenband.analysis.pairs.screening import screening_note, screening_of
from evenband.analysis.pairs.structure import contrast_of, structure_of
from evenband.analysis.pairs.values import Audit, Contrast, Outlier, Structure, Summary
from evenband.analysis.pairs.verdict import RULE, Evidence, control_z, judge
from evenband.stats.dispersion import log_mad_z
from evenband.stats.tails import FEWEST_LABELS_FOR_TAIL, adjust, centre_by, tail_p
from evenband.stats.threads import single_threaded
from evenband.types import Measurement, Scores

LEVEL = 0.05
LISTED = 50
FOLLOWED_UP = 12
"""Labels that get control perturbations."""

BAND, TAIL, TEMPLATES, FEWEST = 200, 1_000, 4, 8
"""Labels for a band and for a tail; templates for an interval that covers the choice of sentence; scores that
can be called rounded."""

NEAR_CONSTANT = 0.6
"""AUC below which another label's text is about as near as the cell's own."""


@single_threaded
def audit(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    controls: Measurement | None = None,
    reference: Measurement | None = None,
    power: bool = True,
) -> Audit:
    """Sum a measurement up, order its cells by how far they lie out, and judge the farthest.

    Statistics are on y = log d. With four templates or more a cell is claimed if it survives
    Benjamini-Hochberg as a single cell (leave-one-template-out detector); with fewer, under a heavy
    tail fitted to the cells of the same number of tokens.

    Args:
        measurement: n labels by t templates.
        rng: for the bootstrap and the planted effects.
        controls: the control perturbations of its outliers.
        reference: the same probe on a model to compare with; the measurement itself where a run has
            no other model than its reference, which is noted.
        power: plant effects to find the smallest that would be seen; the dearest part of an audit.

    Raises:
        InputError: if the reference did not measure the same texts.
    """
    first, second = rng.spawn(2)
    scale = scale_of(measurement)
    summary = sum_up(measurement, scale, first)
    ordered = measurement.probe.type == "ORDER"
    structure = None if ordered else structure_of(measurement, scale, second if power else None)
    contrast = None
    if reference is not None and reference is not measurement:
        contrast = contrast_of(measurement, scale, reference, LEVEL)
    screening = screening_of(measurement)
    screened = () if screening is None else (screening_note(screening),)
    z, q = log_mad_z(scale.y), _adjusted(measurement, scale, structure)
    evidence = Evidence(measurement, scale, LEVEL, structure, contrast, control_z(controls))
    return Audit(
        measurement=measurement,
        summary=summary,
        outliers=tuple(_judged(evidence, z, q)),
        discoveries=int((q <= LEVEL).sum()),
        level=LEVEL,
        z=z,
        q=q,
        notes=(
            *_notes(measurement, summary, scale),
            *_contrast_notes(measurement, reference, contrast),
            *screened,
        ),
        structure=structure,
        contrast=contrast,
        controls=controls,
        screening=screening,
    )


@single_threaded
def suspects(measurement: Measurement, reference: Measurement | None = None) -> tuple[list[str], list[str]]:
    """Labels worth following up with control perturbations, and the templates they stand out in.

    Most important first: cells that survive, labels that moved against the reference, far labels.
    """
    scale = scale_of(measurement)
    if scale.blind or len(measurement.labels) < BAND:
        return [], []
    structure = structure_of(measurement, scale, None)
    contrast = None if reference is None else contrast_of(measurement, scale, reference, LEVEL)
    z, q = log_mad_z(scale.y), _adjusted(measurement, scale, structure)
    order = _order(z, q, structure, contrast)
    labels = list(dict.fromkeys(measurement.labels[i] for i, _ in order))[:FOLLOWED_UP]
    names = (measurement.templates[j] for i, j in order if measurement.labels[i] in labels)
    return labels, list(dict.fromkeys(names))


def _adjusted(measurement: Measurement, scale: Scale, structure: Structure | None) -> Scores:
    """Adjusted p of every cell; NaN where nothing could be fitted."""
    if structure is not None:
        return structure.cells.q
    y = scale.y
    if scale.blind:
        return np.full(y.shape, np.nan)
    if "tokens" in measurement.details and len(y) >= FEWEST_LABELS_FOR_TAIL:
        tokens = measurement.details["tokens"]
        y = np.stack([centre_by(y[:, j], tokens[:, j]) for j in range(y.shape[1])], axis=1)
    return adjust(np.where(scale.seeing, tail_p(y), np.nan))


def _order(
    z: Scores, q: Scores, structure: Structure | None, contrast: Contrast | None
) -> list[tuple[int, int]]:
    """Certified cells by rank; those that moved against the reference, followers last; the farthest."""
    chosen = [_cells(q <= LEVEL, z if structure is None else structure.cells.rank)]
    if contrast is not None:
        shifts = contrast.shifts
        if shifts.cells is not None:
            chosen.append(_cells(contrast.cells, shifts.cells.rank))
        whole = contrast.suspects[:, None] & (shifts.z == shifts.z.max(axis=1, keepdims=True))
        chosen.append(_cells(whole & ~contrast.spilled, shifts.label_z[:, None] + 0 * shifts.z))
        chosen.append(_cells(contrast.cell_leaders >= 0, shifts.z))
    chosen.append(_cells(np.ones(z.shape, dtype=bool), z))
    return list(dict.fromkeys(cell for cells in chosen for cell in cells))[:LISTED]


def _cells(mask: NDArray[np.bool_], key: Scores) -> list[tuple[int, int]]:
    """At most LISTED cells of the mask, largest key first."""
    order = np.argsort(np.where(mask, -key, np.inf), axis=None, kind="stable")[: min(LISTED, int(mask.sum()))]
    rows, columns = np.unravel_index(order, key.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _judged(evidence: Evidence, z: Scores, q: Scores) -> Iterator[Outlier]:
    measurement = evidence.measurement
    texts = list(measurement.texts.values())
    for i, j in _order(z, q, evidence.structure, evidence.contrast):
        outlier = Outlier(
            label=measurement.labels[i],
            template=measurement.templates[j],
            text_a=str(texts[0][i, j]),
            text_b=str(texts[1][i, j]),
            score=float(measurement.scores[i, j]),
            z=float(z[i, j]),
            q=None if np.isnan(q[i, j]) else float(q[i, j]),
        )
        yield judge(outlier, (i, j), evidence)


def _contrast_notes(
    measurement: Measurement, reference: Measurement | None, contrast: Contrast | None
) -> list[str]:
    """What a reader must know of the reference."""
    if reference is None:
        return []
    name = reference.model.name
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


def _notes(measurement: Measurement, summary: Summary, scale: Scale) -> list[str]:
    """What a reader must know before believing the figures, worst first."""
    notes = []
    if summary.blind:
        notes.append(
            "blind: the median distance is below three noise floors; "
            "the model does not see this change, so no spread is computed"
        )
    elif not scale.seeing.all():
        names = [name for name, sees in zip(measurement.templates, scale.seeing, strict=True) if not sees]
        notes.append(
            f"blind in {len(names)} of {len(scale.seeing)} templates, left out of C, Phi, T99 and r50: "
            f"{'; '.join(names)}"
        )
    if not summary.blind and summary.n >= FEWEST and (summary.grid is not None or summary.mad == 0):
        where = f"lie on the {summary.grid} grid" if summary.grid else "repeat"
        width = "; a MAD is 0, so a band this tight may be rounding" if summary.mad == 0 else ""
        coarse = "; intervals are left out" if is_coarse(measurement, scale) else ""
        notes.append(f"rounded: the scores {where}, with {summary.levels:,} distinct levels{width}{coarse}")
    auc = summary.auc.value
    if auc is not None and auc < NEAR_CONSTANT and not summary.blind:
        notes.append(
            f"indifferent: another label's text is as near as the pair's own (AUC {auc:.2f}); "
            "a constant or random encoder looks as consistent, so read nothing into C"
        )
    if summary.n < BAND and "letter" not in measurement.columns:
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
