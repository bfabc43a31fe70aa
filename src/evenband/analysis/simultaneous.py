"""Intervals of a paired change of pass rates that hold for several families at once."""

from __future__ import annotations

import numpy as np

from evenband.analysis.alignment import aligned
from evenband.analysis.pairs.comparison import passes_of_both
from evenband.analysis.pairs.scale import clusters_of
from evenband.analysis.pairs.values import PairsAudit
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.stats.share_changes import share_change
from evenband.types import Estimate

DRAWS_OF_ONE = 1000
"""Bootstrap replicates for each of the families that an interval holds for at once."""

MOST_DRAWS = 8000
"""Bootstrap replicates at most."""


def change_at_once(
    left: PairsAudit, right: PairsAudit, families: int, rng: np.random.Generator
) -> Estimate | None:
    """Return right's pass rate minus left's with Bonferroni's interval over so many families.

    Args:
        left: audit to compare with.
        right: audit compared, of the same texts.
        families: number of families that the intervals hold for at once, with 90% together.
        rng: generator of the resampling.

    Returns:
        ``None`` for one family or none, whose usual interval decides, and where no cell has a pass in both.

    Raises:
        InputError: if the two audits share no label or sentence.
    """
    if families < 2:
        return None
    first, second = aligned(left.measurement, right.measurement)
    shares = passes_of_both(first, second)
    if shares is None:
        return None
    return share_change(
        *shares,
        rng,
        clusters_of(first, second),
        replicates=min(DRAWS_OF_ONE * families, MOST_DRAWS),
        level=1 - (1 - INTERVAL_LEVEL) / families,
    )
