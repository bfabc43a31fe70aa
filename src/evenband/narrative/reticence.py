"""What is shown of outliers and explanations: all but words that may be no examples.

The words are those of :mod:`evenband.unshown_words`; a cell that is certified as an outlier is always shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.analysis import Explanation, Outlier, PairsAudit
from evenband.analysis.limits import LEVEL
from evenband.types import PairsMeasurement
from evenband.unshown_words import NOT_SHOWN, may_be_shown


def is_shown(measurement: PairsMeasurement, label: str) -> bool:
    """Return whether a label may be an example; every label of the user's own lists may."""
    return may_be_shown(measurement.probe.slot, label)


def name_of(audit: PairsAudit, row: int, column: int | None = None) -> str:
    """Return a label as a table or chart that needs its figure shows it: itself, or that it is not shown.

    Args:
        audit: of the label.
        row: its row.
        column: of the cell, which shows it if it is claimed; ``None``: any claimed cell of its row does.
    """
    label = audit.measurement.items[row]
    claimed = audit.claimed[row] if column is None else audit.claimed[row, column]
    return label if np.any(claimed) or is_shown(audit.measurement, label) else NOT_SHOWN


def shown_outliers(audit: PairsAudit) -> list[Outlier]:
    """Return an audit's outliers in their order, without those that may be no examples.

    A cell that is claimed, by its own q or by its move against the reference, is always shown.
    """
    return [
        outlier
        for outlier in audit.outliers
        if is_shown(audit.measurement, outlier.label) or _is_claimed(outlier, audit.level)
    ]


def shown_explanations(explanations: Sequence[Explanation]) -> list[Explanation]:
    """Return the explanations of labels that may be examples, and of those that somebody asked for."""
    return [
        one
        for one in explanations
        if one.insight is not None or is_shown(one.measurement, one.label) or _is_claimed(one.outlier, LEVEL)
    ]


def _is_claimed(outlier: Outlier, level: float) -> bool:
    """Return whether a cell is certified, and no side effect of another."""
    if outlier.verdict == "spill-over":
        return False
    return any(q is not None and q <= level for q in (outlier.q, outlier.shift_q))
