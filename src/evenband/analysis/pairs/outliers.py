"""Outliers: the cells that lie far out, their order, and the labels worth following up.

A cell is one label in one template, z the log-MAD z of its log-distance, q its adjusted p-value.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.limits import LABELS_FOR_BAND, LEVEL
from evenband.analysis.pairs.scale import Scale, scale_of
from evenband.analysis.pairs.structure import contrast_of, structure_of
from evenband.analysis.pairs.suspect_cells import LARGEST_SUSPECT_Q
from evenband.analysis.pairs.values import Contrast, Outlier, Structure, claimed_cells
from evenband.analysis.pairs.verdict import Cell, Evidence, judge
from evenband.stats.dispersion import log_mad_z
from evenband.stats.multiple_testing import adjust
from evenband.stats.tails import FEWEST_LABELS_FOR_TAIL, centre_by, tail_p
from evenband.types import PairsMeasurement, Scores

OUTLIERS_LISTED = 50
"""Number of cells that an audit lists."""

FOLLOWED_UP = 12
"""Number of labels that get control perturbations."""


def suspects(
    measurement: PairsMeasurement, reference: PairsMeasurement | None = None
) -> tuple[list[str], list[str]]:
    """Return the labels to follow up with control perturbations, and the templates they stand out in.

    The most important ones come first: certified cells, labels that moved against the reference, far
    labels. Both lists are empty for a blind probe, below 200 labels, and under a budget.

    Args:
        measurement: n labels by t templates.
        reference: the same probe on the reference model.

    Raises:
        InputError: if the reference did not measure the same texts.
    """
    scale = scale_of(measurement)
    if measurement.details.design is not None:
        return [], []
    if measurement.probe.type == "ORDER" or scale.blind or len(measurement.items) < LABELS_FOR_BAND:
        return [], []
    structure = structure_of(measurement, scale, None)
    contrast = None if reference is None else contrast_of(measurement, scale, reference, LEVEL)
    z, q = log_mad_z(scale.y), adjusted_p(measurement, scale, structure)
    cells = _ordered_cells(z, q, structure, contrast)
    labels = list(dict.fromkeys(measurement.items[i] for i, _ in cells))[:FOLLOWED_UP]
    templates = (measurement.conditions[j] for i, j in cells if measurement.items[i] in labels)
    return labels, list(dict.fromkeys(templates))


def adjusted_p(measurement: PairsMeasurement, scale: Scale, structure: Structure | None) -> Scores:
    """Return the adjusted p-value of every cell.

    With a structure it is that of the detector of single cells, else that of a heavy tail fitted to the
    log-distances, less their median for the number of tokens.

    Shape: (n, t), NaN where nothing could be fitted, and for ORDER: it compares two distances and has no
    band of one.
    """
    if measurement.probe.type == "ORDER":
        return np.full(scale.y.shape, np.nan)
    if structure is not None:
        return structure.cells.q
    y = scale.y
    if scale.blind or measurement.details.design is not None:
        return np.full(y.shape, np.nan)
    tokens = measurement.details.tokens
    if tokens is not None and len(y) >= FEWEST_LABELS_FOR_TAIL:
        y = np.stack([centre_by(y[:, j], tokens[:, j]) for j in range(y.shape[1])], axis=1)
    return adjust(np.where(scale.seeing, tail_p(y), np.nan))


def judged(evidence: Evidence, z: Scores, q: Scores) -> Iterator[Outlier]:
    """Yield the cells that an audit lists with their verdicts, the most important first; of ORDER none.

    Shape: (n, t), (n, t).

    Args:
        evidence: evidence of the measurement.
        z: z of every cell within its template.
        q: adjusted p-value of every cell, NaN where there is none.
    """
    if evidence.measurement.probe.type == "ORDER":
        return
    for cell in _ordered_cells(z, q, evidence.structure, evidence.contrast):
        yield judged_at(cell, evidence, z, q)


def judged_at(cell: Cell, evidence: Evidence, z: Scores, q: Scores) -> Outlier:
    """Return one cell as an outlier, with its verdict. Arguments as for :func:`judged`."""
    i, j = cell
    measurement = evidence.measurement
    texts = measurement.details.texts
    outlier = Outlier(
        label=measurement.items[i],
        template=measurement.conditions[j],
        text_a=str(texts[0][cell]),
        text_b=str(texts[1][cell]),
        score=float(measurement.scores[cell]),
        z=float(z[cell]),
        q=None if np.isnan(q[cell]) else float(q[cell]),
    )
    return judge(outlier, cell, evidence)


def _ordered_cells(
    z: Scores, q: Scores, structure: Structure | None, contrast: Contrast | None
) -> list[Cell]:
    """Return the cells that an audit lists, each once, the most important first.

    Claimed cells come first, by the detector's rank. Those that moved against the reference follow: by
    themselves, with their label, behind a look-alike. Cells that are certified behind a look-alike are next,
    and suspects, which a test of single cells nearly certifies. The farthest cells are last.
    """
    claimed = claimed_cells(q, LEVEL, structure, contrast)
    groups = [_largest(claimed, z if structure is None else structure.cells.rank)]
    if contrast is not None:
        shifts = contrast.shifts
        if shifts.cells is not None:
            groups.append(_largest(contrast.cells, shifts.cells.rank))
        is_farthest_in_row = shifts.z == shifts.z.max(axis=1, keepdims=True)
        of_suspects = contrast.suspects[:, None] & is_farthest_in_row & ~contrast.spilled
        groups.append(_largest(of_suspects, np.broadcast_to(shifts.label_z[:, None], shifts.z.shape)))
        groups.append(_largest(contrast.cell_leaders >= 0, shifts.z))
    groups.append(_largest((q <= LEVEL) & ~claimed, z))
    if structure is not None:
        groups.append(_largest((q > LEVEL) & (q <= LARGEST_SUSPECT_Q), structure.cells.rank))
    groups.append(_largest(np.ones(z.shape, dtype=bool), z))
    return list(dict.fromkeys(cell for cells in groups for cell in cells))[:OUTLIERS_LISTED]


def _largest(mask: NDArray[np.bool_], key: Scores) -> list[Cell]:
    """Return the cells of a mask with the largest keys, largest first, as many as an audit lists."""
    count = min(OUTLIERS_LISTED, int(mask.sum()))
    order = np.argsort(np.where(mask, -key, np.inf), axis=None, kind="stable")[:count]
    rows, columns = np.unravel_index(order, key.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
