"""Suspects: cells that come first by far, and that no test certifies.

The smallest adjusted p-value of a table is itself the probability that chance alone gives so clear a first
cell (Simes 1986). A table whose smallest one is .31 proves nothing; to say that nothing stands out would be
wrong all the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from evenband.analysis.limits import LEVEL
from evenband.analysis.pairs.values import Outlier, Verdict

LARGEST_SUSPECT_Q = 0.35
"""Adjusted p-value up to which a cell that is not certified is a suspect.

Where nothing is memorised and noise is as the test assumes it, about one table in three has one.
"""


SETTLED_VERDICTS: tuple[Verdict, ...] = ("rule", "fragile word", "spill-over", "numeric")
"""Verdicts that say why a cell is far, so that it is no suspect."""


def is_suspect(q: float | None) -> bool:
    """Return whether a cell with this adjusted p-value is not certified, and yet worth naming."""
    return q is not None and LEVEL < q <= LARGEST_SUSPECT_Q


def strongest_suspect(outliers: Iterable[Outlier]) -> Outlier | None:
    """Return the suspect with the smallest q, the first of equal ones; ``None`` if a cell is certified.

    Cells whose verdict explains them are passed over.

    Args:
        outliers: of an audit, the most important first.
    """
    tested = [(outlier.q, outlier) for outlier in outliers if outlier.q is not None]
    if any(q <= LEVEL for q, _ in tested):
        return None
    suspects = [(q, one) for q, one in tested if is_suspect(q) and one.verdict not in SETTLED_VERDICTS]
    return min(suspects, key=lambda suspect: suspect[0])[1] if suspects else None
