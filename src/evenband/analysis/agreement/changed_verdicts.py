"""Cells whose verdict differs between two models that should be identical."""

from __future__ import annotations

import numpy as np

from evenband.analysis.pairs.values import PairsAudit
from evenband.types import VerdictAgreement, VerdictChange

VERDICT_CHANGES_LISTED = 50
"""Cells with another verdict or claim that are kept, those whose cosine differs most."""

Cell = tuple[str, str]
"""Label and template."""


def compare_verdicts(left: PairsAudit, right: PairsAudit) -> VerdictAgreement | None:
    """Return where two audits of one probe, analysed alike, come to another verdict or claim.

    Verdicts are compared where both audits looked into a cell, claims in every cell.

    Returns:
        ``None`` if the two have no cell in common, as one side lacks the vectors.
    """
    claims = _claims(left), _claims(right)
    shared = [cell for cell in claims[0] if cell in claims[1]]
    if not shared:
        return None
    scores = _scores(left), _scores(right)
    verdicts = _verdicts(left), _verdicts(right)
    changes = [
        VerdictChange(
            label=cell[0],
            template=cell[1],
            scores=(scores[0][cell], scores[1][cell]),
            claimed=(claims[0][cell], claims[1][cell]),
            verdicts=(verdicts[0].get(cell), verdicts[1].get(cell)),
        )
        for cell in shared
        if claims[0][cell] != claims[1][cell]
        or (cell in verdicts[0] and cell in verdicts[1] and verdicts[0][cell] != verdicts[1][cell])
    ]
    changes.sort(key=lambda change: -abs(change.scores[0] - change.scores[1]))
    difference = np.abs([scores[0][cell] - scores[1][cell] for cell in shared])
    return VerdictAgreement(
        probe=left.measurement.probe.name,
        cells=len(shared),
        largest=float(difference.max()),
        median=float(np.median(difference)),
        blind=(left.summary.blind, right.summary.blind),
        claims=(_count(left, claims[0]), _count(right, claims[1])),
        changed=len(changes),
        changes=tuple(changes[:VERDICT_CHANGES_LISTED]),
    )


def _count(audit: PairsAudit, claims: dict[Cell, bool]) -> int | None:
    """Return the number of claimed cells; ``None`` where none could be tested."""
    return None if audit.discoveries is None else sum(claims.values())


def _claims(audit: PairsAudit) -> dict[Cell, bool]:
    """Return whether each cell is claimed as an outlier; one that could not be tested is not."""
    claimed = audit.claimed
    return {cell: bool(claimed[place]) for place, cell in np.ndenumerate(_cells(audit))}


def _scores(audit: PairsAudit) -> dict[Cell, float]:
    scores = audit.measurement.scores
    return {cell: float(scores[place]) for place, cell in np.ndenumerate(_cells(audit))}


def _verdicts(audit: PairsAudit) -> dict[Cell, str | None]:
    """Return the verdicts of the cells that the audit looked into."""
    return {(one.label, one.template): one.verdict for one in audit.outliers}


def _cells(audit: PairsAudit) -> np.ndarray[tuple[int, int], np.dtype[np.object_]]:
    """Return label and template of every cell. Shape: (n, t)."""
    measurement = audit.measurement
    cells = np.empty((len(measurement.items), len(measurement.conditions)), dtype=object)
    for i, label in enumerate(measurement.items):
        for j, template in enumerate(measurement.conditions):
            cells[i, j] = (label, template)
    return cells
