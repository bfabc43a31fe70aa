"""What a scorecard cannot say: families without a grade, and rates that do not compare with others."""

from __future__ import annotations

from evenband.analysis.limits import LABELS_FOR_GRADE
from evenband.analysis.pairs.scorecard import Scorecard, Ungraded
from evenband.narrative.pairs.findings import MOST_LISTED, span_of
from evenband.stats.ranks import OPPONENTS
from evenband.wording import listed

UNGRADED_MEANING: dict[Ungraded, str] = {
    "one label": "there is one label, and no other to compare it with",
    "no rivals": "no label has another to compare it with",
    "few labels": f"a grade takes {LABELS_FOR_GRADE} labels or more, since none could be certain with fewer",
}
"""Why a family has no grade."""


def unmeasured(card: Scorecard) -> str:
    """Name the families without a grade, and say why they have none; empty if all have one."""
    parts = []
    for why, meaning in UNGRADED_MEANING.items():
        lines = [line for line in card.ungraded if line.ungraded == why]
        if lines:
            sizes = [f"{line.probe}: {line.n}" if why == "few labels" else line.probe for line in lines]
            start = "Too few labels for a grade" if why == "few labels" else "Not measured"
            parts.append(f"{start} ({listed(sizes, MOST_LISTED)}): {meaning}.")
    return " ".join(parts)


def rivalry(card: Scorecard) -> str:
    """Say that pass rates are among few rivals; empty where they are among as many as a full probe has."""
    numbers = {line.rivals for line in card.lines if line.rivals is not None and line.measured}
    if not numbers or min(numbers) >= OPPONENTS:
        return ""
    return (
        f"INV: a cell passes among {span_of(numbers, 'rival')} here, {OPPONENTS} in a probe of "
        f"{OPPONENTS + 1} labels or more. Among few it is easier, so these rates do not compare with "
        "those of larger probes."
    )
