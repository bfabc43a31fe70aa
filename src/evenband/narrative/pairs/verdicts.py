"""What the words of a verdict mean, and what all verdicts of an audit amount to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evenband.analysis.pairs.values import Outlier, PairsAudit, Verdict
from evenband.analysis.pairs.verdict import untested

MEANINGS: Mapping[Verdict, str] = {
    "rule": "the change moves every label far in this sentence: the model has learned something general",
    "fragile word": "it moves as far under changes that mean nothing, such as a full stop",
    "odd word": "it is far in every sentence: the word is unusual, this sentence is not",
    "semantic or memorised cell": "far in one sentence only; whether by meaning or by memory is open",
    "memorisation-like": "far in one sentence only, and nothing else that was tried explains it",
    "leaky suspect": "against the reference it moved in all sentences, as memory does that leaks",
    "spill-over": "it moved with a word that is spelled alike and moved farther: a side effect",
    "numeric": "the distance is below three noise floors: nothing to explain",
    "unexplained": "far out, and nothing that was looked at says why",
}
"""What each verdict means."""

SERIOUS: tuple[Verdict, ...] = ("memorisation-like", "leaky suspect", "semantic or memorised cell")
"""Verdicts that claim something of the model rather than of a word."""

NAMES = 3
"""Values that a sentence names."""


def names(labels: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b, c and 4 more``."""
    unique = list(dict.fromkeys(labels))
    rest = len(unique) - NAMES
    shown = [*unique[:NAMES], f"{rest} more"] if rest > 0 else unique
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def by_verdict(audit: PairsAudit) -> dict[Verdict, list[Outlier]]:
    """The outliers of each verdict, the most important first."""
    found: dict[Verdict, list[Outlier]] = {}
    for outlier in audit.outliers:
        if outlier.verdict is not None:
            found.setdefault(outlier.verdict, []).append(outlier)
    return found


def amount(audit: PairsAudit, noun: str) -> tuple[str, ...]:
    """What the verdicts amount to, a sentence each, the gravest first; empty where none was reached.

    Args:
        audit: with judged outliers.
        noun: what its values are called.
    """
    found = by_verdict(audit)
    full = sum(len(found.get(verdict, ())) for verdict in SERIOUS) == len(audit.outliers)
    least = "At least " if full else ""
    claims = [f"{least}{_claim(verdict, found[verdict], noun)}" for verdict in SERIOUS if verdict in found]
    if claims:
        return tuple(claims)
    far = [word for word in ("odd word", "fragile word") if word in found]
    if audit.structure is not None:
        start = f"No cell stands out beyond what its {noun} explains"
        if np.isnan(audit.q).all():
            reason = untested(len(audit.measurement.items))
            start = f"{reason[0].upper()}{reason[1:]}"
        return (f"{start}{_farthest(audit)}.",) if far or "unexplained" in found else (f"{start}.",)
    return ()


def _claim(verdict: Verdict, outliers: Sequence[Outlier], noun: str) -> str:
    labels = [outlier.label for outlier in outliers]
    cells = len(outliers)
    if verdict == "memorisation-like":
        return f"{cells} {'cell looks' if cells == 1 else 'cells look'} memorised: {names(labels)}."
    if verdict == "leaky suspect":
        unique = len(set(labels))
        what = f"{noun} has" if unique == 1 else f"{noun}s have"
        return f"{unique} {what} moved in every sentence, as memory does that leaks: {names(labels)}."
    what = "cell stands" if cells == 1 else "cells stand"
    return f"{cells} {what} alone, by meaning or by memory: {names(labels)}."


def _farthest(audit: PairsAudit) -> str:
    """The outliers that share the farthest one's verdict, and what it says of them."""
    judged = [outlier for outlier in audit.outliers if outlier.verdict is not None]
    verdict = judged[0].verdict
    alike = list(dict.fromkeys(outlier.label for outlier in judged if outlier.verdict == verdict))
    one = len(alike) == 1
    shown = names(alike[:NAMES])
    be = "is" if one or len(alike[:NAMES]) == 1 else "are"
    if verdict == "odd word":
        what = f"{be} {'an odd word' if be == 'is' else 'odd words'}: far in every sentence"
    elif verdict == "fragile word":
        what = f"{be} {'a fragile word' if be == 'is' else 'fragile words'}: far under any change"
    elif verdict == "numeric":
        what = f"{be} below the noise floor"
    else:
        what = f"{'stays' if be == 'is' else 'stay'} unexplained"
    return f"; the farthest, {shown}, {what}"
