"""Verdicts of an audit of training data, a sentence for each question."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.train.data_findings import Coverage, DataAudit, Shortcut
from evenband.wording import counted, listed

FAR_ENOUGH, MOSTLY_FAR = 0.2, 0.5
"""Shares of far documents up to which a corpus is covered, and from which it hardly is."""

COVERED_SHARE, HARDLY_COVERED_SHARE = 0.9, 0.5
"""Shares of the vocabulary from which a corpus is covered, and below which it hardly is."""


def verdicts_of(audit: DataAudit) -> dict[str, str]:
    """Return a sentence for each question that was asked, by the question's name."""
    verdicts = {
        "shortcuts": verdict_on_shortcuts(audit.shortcuts),
        "duplicates": verdict_on_duplicates(audit),
        "leakage": verdict_on_leaks(audit),
    }
    if audit.coverage is not None:
        verdicts["coverage"] = verdict_on_coverage(audit.coverage)
    return {**verdicts, "famous pairs": verdict_on_famous(audit)}


def verdict_on_shortcuts(shortcuts: Sequence[Shortcut]) -> str:
    """Return one sentence on whether a model could do without meaning."""
    measured = {one.name: one.auc.value for one in shortcuts if one.auc is not None and one.auc.value}
    if not measured:
        return "too few rows to tell"
    flagged = sorted((one.name for one in shortcuts if one.is_flagged), key=lambda name: -measured[name])
    if not flagged:
        names = listed([one.name for one in shortcuts], most=4)
        return f"none found; looked for: {names}"
    most, *others = flagged
    also = f"; so do {listed([f'{name} ({measured[name]:.2f})' for name in others])}" if others else ""
    return f"{most} alone tells right from wrong (AUC {measured[most]:.2f}){also}"


def verdict_on_duplicates(audit: DataAudit) -> str:
    """Return one sentence on repeated and contradicting rows."""
    faults = [tally for tally in audit.duplicates if tally.count]
    if not faults:
        return "every row says something of its own"
    most = max(faults, key=lambda tally: tally.count)
    return f"{most.count:,} of {counted(most.of, 'row')} ({most.count / most.of:.1%}) {most.name}"


def verdict_on_leaks(audit: DataAudit) -> str:
    """Return one sentence on texts of probes and data sets."""
    if not audit.leaks:
        return "no text of the probes or data sets given is among them"
    sources = dict.fromkeys(tally.name.rpartition(",")[0] for tally in audit.leaks)
    most = max(audit.leaks, key=lambda tally: tally.count / tally.of)
    return (
        f"texts of {listed(sources)} are among the rows; the largest share is {most.count:,} of {most.of:,} "
        f"({most.name})"
    )


def verdict_on_coverage(coverage: Coverage) -> str:
    """Return one sentence on how well the data covers the corpus."""
    is_covered = coverage.vocabulary >= COVERED_SHARE and coverage.far <= FAR_ENOUGH
    how = "covers" if is_covered else "covers only in part"
    if coverage.far > MOSTLY_FAR or coverage.vocabulary < HARDLY_COVERED_SHARE:
        how = "hardly covers"
    return f"the data {how} {coverage.corpus.name}"


def verdict_on_famous(audit: DataAudit) -> str:
    """Return one sentence on well-known minimal pairs."""
    if not audit.famous:
        return "none is among the rows"
    names = listed([tally.name for tally in audit.famous])
    return f"seen in training, {names} will show nothing about other words"
