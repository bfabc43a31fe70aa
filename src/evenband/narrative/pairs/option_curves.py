"""What happens over the variants of a model, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from evenband.analysis.pairs.option_curves import OptionCurve
from evenband.analysis.pairs.values import PairsAudit
from evenband.narrative.formats import fixed, percent

MOST_PROBES_TOLD = 5
"""Probes that sentences are about."""

HOW_TO_READ = (
    "Each point is one variant on the same texts; the vertical line is its 90% interval.",
    "C is 1 if the change moves all labels equally far. The pass rate is the share of cells that behave as "
    "the probe demands. R@1 and AUC are guards: how often a changed text is still nearest, or nearer than "
    "another label’s text, to its own original. Consistency is worth nothing where they fall.",
)


def title_of(curve: OptionCurve) -> str:
    """Return the heading of a curve: ``Variants of minilm by dim``."""
    return f"Variants of {curve.base} by {curve.option}"


def told(curve: OptionCurve) -> Iterator[str]:
    """Yield a sentence for each probe, from the first variant to the last; what fell most comes first."""
    rows = sorted(curve.audits, key=_change)
    for audits in rows[:MOST_PROBES_TOLD]:
        yield _sentence(curve, audits)
    if len(rows) > MOST_PROBES_TOLD:
        yield f"The table has all {len(rows)} probes; these are the {MOST_PROBES_TOLD} that lost most."


def _sentence(curve: OptionCurve, audits: tuple[PairsAudit, ...]) -> str:
    first, last = audits[0].summary, audits[-1].summary
    parts = [f"C {fixed(first.consistency.value)} to {fixed(last.consistency.value)}"]
    if first.pass_rate.value is not None:
        parts.append(f"pass rate {percent(first.pass_rate.value, 1)} to {percent(last.pass_rate.value, 1)}")
    if first.r_at_1.value is not None:
        parts.append(f"R@1 {fixed(first.r_at_1.value)} to {fixed(last.r_at_1.value)}")
    name = audits[0].measurement.probe.name
    return f"{name}, {curve.option} {curve.values[0]} to {curve.values[-1]}: {', '.join(parts)}."


def _change(audits: tuple[PairsAudit, ...]) -> float:
    """Return how much the pass rate rose from the first variant to the last."""
    first, last = audits[0].summary.pass_rate.value, audits[-1].summary.pass_rate.value
    return 0.0 if first is None or last is None else last - first
