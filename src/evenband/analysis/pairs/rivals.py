"""Among how many rivals a cell of an INV probe passes, and the same cells among fewer.

A cell passes if no other label's text is nearer. Among few other labels that is easier, so that pass rates of
different numbers of rivals do not compare. The counts of nearer labels give the rate among any smaller
number exactly: as if so many had been drawn.
"""

from __future__ import annotations

import numpy as np

from evenband.analysis.pairs.scale import passes_of
from evenband.stats.ranks import OPPONENTS, undefeated
from evenband.types import PairsMeasurement, Scores

COMMON_RIVALS = 31
"""Number of rivals of a quick probe (32 labels), among which probes of any size from there on compare."""


def rivals_of(measurement: PairsMeasurement) -> int | None:
    """Return the smallest number of rivals among which a cell passes, at most ``OPPONENTS``.

    ``None`` for DIFF and ORDER, which compare a text with no other label, and where there is no rival.
    """
    if measurement.probe.type != "INV" or measurement.details.passes is None:
        return None
    table = measurement.details.rivals
    smallest = len(measurement.items) - 1 if table is None else int(np.nanmin(table))
    return min(smallest, OPPONENTS) or None


def passes_among(measurement: PairsMeasurement, opponents: int | None) -> Scores | None:
    """Return how far each cell passes among so many rivals, in [0, 1].

    Shape: (n, t); ``None`` where there are not as many, or a file of an older version does not tell.

    Args:
        measurement: n labels by t templates.
        opponents: number of rivals; ``None`` for a type of probe that has none.
    """
    smallest, details = rivals_of(measurement), measurement.details
    if opponents is None or smallest is None:
        return passes_of(measurement)
    if details.nearer is None or details.tied is None or details.rivals is None:
        return passes_of(measurement) if smallest == opponents else None
    if smallest < opponents:
        return None
    return undefeated(details.nearer, details.tied, details.rivals, opponents)


def common_rivals(*measurements: PairsMeasurement) -> int | None:
    """Return the number of rivals that several measurements have in common: the smallest of them."""
    return min((few for one in measurements if (few := rivals_of(one)) is not None), default=None)
