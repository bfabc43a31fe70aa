"""What each verdict means, and a summary of all the verdicts of an audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from evenband.analysis.limits import TEMPLATES_FOR_CELLS
from evenband.analysis.pairs.suspect_cells import strongest_suspect
from evenband.analysis.pairs.values import Outlier, PairsAudit, Verdict
from evenband.analysis.pairs.verdict import untested
from evenband.narrative.reticence import shown_outliers
from evenband.wording import NAMES_LISTED, listed

MEANINGS: Mapping[Verdict, str] = {
    "rule": "the change moves every label far in this sentence: the model has learned something general",
    "fragile word": "it moves as far under changes that mean nothing, such as a full stop",
    "odd word": "it is far in every sentence: the word is unusual, this sentence is not",
    "semantic or memorised cell": "it is far in one sentence only; by meaning or by memory, that is open",
    "memorisation-like": "it is far in one sentence only, and nothing else that was tried explains it",
    "leaky suspect": "against the reference it moved in all sentences, as a memorised pair does that leaks",
    "spill-over": "it went along with a similar word that went more than twice as far: a side effect",
    "numeric": "its distance is below three noise floors: there is nothing to explain",
    "unexplained": "it is far, and nothing that was tried explains it",
}
"""What each verdict means."""

SERIOUS: tuple[Verdict, ...] = ("memorisation-like", "leaky suspect", "semantic or memorised cell")
"""Verdicts about the model rather than about a word."""


def by_verdict(audit: PairsAudit) -> dict[Verdict, list[Outlier]]:
    """Return the outliers of each verdict, farthest first."""
    outliers: dict[Verdict, list[Outlier]] = {}
    for outlier in audit.outliers:
        if outlier.verdict is not None:
            outliers.setdefault(outlier.verdict, []).append(outlier)
    return outliers


def amount(audit: PairsAudit, noun: str) -> tuple[str, ...]:
    """Sum up the verdicts in a sentence each, gravest first; empty if there are none.

    Args:
        audit: with judged outliers.
        noun: what its labels are called.
    """
    outliers = by_verdict(audit)
    named = {outlier.label for outlier in shown_outliers(audit)}
    are_all_serious = sum(len(outliers.get(verdict, ())) for verdict in SERIOUS) == len(audit.outliers)
    least = "At least " if are_all_serious else ""  # only the farthest cells get a verdict
    claims = [
        f"{least}{_claim(verdict, outliers[verdict], noun, named)}"
        for verdict in SERIOUS
        if verdict in outliers
    ]
    if claims:
        return tuple(claims)
    has_far_word = any(verdict in outliers for verdict in ("odd word", "fragile word", "unexplained"))
    if audit.structure is not None:
        suspect = strongest_suspect(shown_outliers(audit))
        if suspect is not None:
            return (not_certified(audit, suspect, "cell"),)
        start = f"No cell stands out beyond what its {noun} explains"
        if np.isnan(audit.q).all():
            reason = untested(len(audit.measurement.items))
            start = f"{reason[0].upper()}{reason[1:]}"
        return (f"{start}{_farthest(audit)}.",) if has_far_word else (f"{start}.",)
    return ()


def not_certified(audit: PairsAudit, suspect: Outlier, what: str) -> str:
    """Name the strongest suspect where nothing is certified, with its q and what would settle it.

    Args:
        audit: in which no cell is certified.
        suspect: its strongest suspect.
        what: what is tested: a cell, or a noun where there is one sentence.
    """
    needed = "more sentences would" if audit.contrast is not None else "a reference model would"
    if audit.structure is None:
        needed = f"{TEMPLATES_FOR_CELLS} sentences or more would"
    where = f" in “{suspect.template}”" if len(audit.measurement.conditions) > 1 else ""
    return (
        f"No {what} is certified; the strongest suspect is {suspect.label}{where} (q {suspect.q:.2f}): "
        f"{needed} settle it."
    )


def _claim(verdict: Verdict, outliers: Sequence[Outlier], noun: str, named: Collection[str]) -> str:
    """Count the outliers of a verdict, and name those that may be examples."""
    labels = [outlier.label for outlier in outliers if outlier.label in named]
    unique = len({outlier.label for outlier in outliers})
    cells = len(outliers)
    if verdict == "memorisation-like":
        return f"{cells} {'cell looks' if cells == 1 else 'cells look'} memorised{_named(labels)}."
    if verdict == "leaky suspect":
        what = f"{noun} has" if unique == 1 else f"{noun}s have"
        return (
            f"{unique} {what} moved in every sentence, as a memorised pair does that leaks{_named(labels)}."
        )
    what = "cell stands" if cells == 1 else "cells stand"
    return f"{cells} {what} out alone, by meaning or by memory{_named(labels)}."


def _named(labels: Sequence[str]) -> str:
    return f": {listed(labels)}" if labels else ""


def _farthest(audit: PairsAudit) -> str:
    """Name the outliers that share the farthest one's verdict, and say what the verdict is."""
    judged = [outlier for outlier in shown_outliers(audit) if outlier.verdict is not None]
    if not judged:
        return ""
    verdict = judged[0].verdict
    alike = list(dict.fromkeys(outlier.label for outlier in judged if outlier.verdict == verdict))
    is_single = len(alike) == 1
    be = "is" if is_single else "are"
    if verdict == "odd word":
        what = f"{be} {'an odd word' if is_single else 'odd words'}: far in every sentence"
    elif verdict == "fragile word":
        what = f"{be} {'a fragile word' if is_single else 'fragile words'}: far under any change"
    elif verdict == "numeric":
        what = f"{be} below three noise floors"
    else:
        what = f"{'stays' if is_single else 'stay'} unexplained"
    return f"; the farthest, {listed(alike[:NAMES_LISTED])}, {what}"
