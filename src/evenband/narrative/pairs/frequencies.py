"""What could have been missed in frequent words and in other labels, in words."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.pairs.values import FrequencyPower, PairsAudit
from evenband.narrative.formats import counted, fixed, percent
from evenband.narrative.pairs.headlines import noun_of


def missed_by_frequency(audit: PairsAudit, powers: Sequence[FrequencyPower]) -> str:
    """Say from which size effects would have been found in frequent words and in other labels; "" for none.

    Args:
        audit: whose cells got planted effects.
        powers: what was found of them, by how frequent the label is.
    """
    parts = []
    for one in powers:
        group = counted(one.labels, "frequent word" if one.frequent else f"other {noun_of(audit)}")
        minimum = one.power.minimum
        parts.append(
            f"in one of {group} from {fixed(minimum, 1)} times the distance"
            if minimum is not None
            else f"in one of {group} at no size that was tried "
            f"({percent(float(one.power.recall[-1]))} at {fixed(float(one.power.factors[-1]), 1)} times)"
        )
    return f"Four times in five, an effect would have been found {' and '.join(parts)}." if parts else ""
