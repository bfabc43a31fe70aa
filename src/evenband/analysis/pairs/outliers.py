"""Outliers: which cells lie far out, in which order, and which labels are worth following up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.limits import BAND, LEVEL
from evenband.analysis.pairs.scale import Scale, scale_of
from evenband.analysis.pairs.structure import contrast_of, structure_of
from evenband.analysis.pairs.values import Contrast, Outlier, Structure
from evenband.analysis.pairs.verdict import Evidence, judge
from evenband.stats.dispersion import log_mad_z
from evenband.stats.tails import FEWEST_LABELS_FOR_TAIL, adjust, centre_by, tail_p
from evenband.types import PairsMeasurement, Scores

OUTLIERS_LISTED = 50
"""Cells that an audit lists as its farthest."""

FOLLOWED_UP = 12
"""Labels that get control perturbations."""


def suspects(
    measurement: PairsMeasurement, reference: PairsMeasurement | None = None
) -> tuple[list[str], list[str]]:
    """Labels worth following up with control perturbations, and the templates they stand out in.

    Most important first: cells that survive, labels that moved against the reference, far labels.
    """
    scale = scale_of(measurement)
    if scale.blind or len(measurement.items) < BAND:
        return [], []
    structure = structure_of(measurement, scale, None)
    contrast = None if reference is None else contrast_of(measurement, scale, reference, LEVEL)
    z, q = log_mad_z(scale.y), adjusted_p(measurement, scale, structure)
    order = _order(z, q, structure, contrast)
    labels = list(dict.fromkeys(measurement.items[i] for i, _ in order))[:FOLLOWED_UP]
    names = (measurement.conditions[j] for i, j in order if measurement.items[i] in labels)
    return labels, list(dict.fromkeys(names))


def adjusted_p(measurement: PairsMeasurement, scale: Scale, structure: Structure | None) -> Scores:
    """Adjusted p of every cell; NaN where nothing could be fitted."""
    if structure is not None:
        return structure.cells.q
    y = scale.y
    if scale.blind:
        return np.full(y.shape, np.nan)
    tokens = measurement.details.tokens
    if tokens is not None and len(y) >= FEWEST_LABELS_FOR_TAIL:
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
    return list(dict.fromkeys(cell for cells in chosen for cell in cells))[:OUTLIERS_LISTED]


def _cells(mask: NDArray[np.bool_], key: Scores) -> list[tuple[int, int]]:
    """At most so many cells as are listed of the mask, largest key first."""
    order = np.argsort(np.where(mask, -key, np.inf), axis=None, kind="stable")[
        : min(OUTLIERS_LISTED, int(mask.sum()))
    ]
    rows, columns = np.unravel_index(order, key.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def judged(evidence: Evidence, z: Scores, q: Scores) -> Iterator[Outlier]:
    """Yield the farthest cells with their verdicts, the most important first."""
    measurement = evidence.measurement
    texts = measurement.details.texts
    for i, j in _order(z, q, evidence.structure, evidence.contrast):
        outlier = Outlier(
            label=measurement.items[i],
            template=measurement.conditions[j],
            text_a=str(texts[0][i, j]),
            text_b=str(texts[1][i, j]),
            score=float(measurement.scores[i, j]),
            z=float(z[i, j]),
            q=None if np.isnan(q[i, j]) else float(q[i, j]),
        )
        yield judge(outlier, (i, j), evidence)
