"""Which families changed for sure from the first step of a training to the last."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evenband.analysis.pairs.comparison import passes_of_both
from evenband.analysis.watched_trainings.training_values import FamilyCurve
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.stats.multiple_testing import holm
from evenband.types import Estimate, PairsMeasurement, Scores

Ends = Mapping[str, tuple[PairsMeasurement, PairsMeasurement]]
"""Measurements at the first and the last step by probe."""


def with_changes(families: Sequence[FamilyCurve], ends: Ends) -> tuple[FamilyCurve, ...]:
    """Return the curves with the change of each family's pass rate and its p-value over all of them (Holm).

    Args:
        families: curves of the probes.
        ends: measurements at the first and the last step; others have no change.
    """
    changed = [change_of(*ends[one.probe]) if one.probe in ends else _NO_CHANGE for one in families]
    adjusted = holm([p for _, p in changed])
    return tuple(
        replace(one, change=change, p=float(p))
        for one, (change, _), p in zip(families, changed, adjusted, strict=True)
    )


_NO_CHANGE = Estimate(None), math.nan


def change_of(first: PairsMeasurement, last: PairsMeasurement) -> tuple[Estimate, float]:
    """Return the change of the pass rate with its 90% interval over labels, and its two-sided p-value.

    Labels are paired. Interval and p-value are Student's with one more label that did not change: without it,
    a few labels that all changed alike would have no spread, and be more than sure.
    """
    if (first.items, first.conditions) != (last.items, last.conditions):
        return _NO_CHANGE
    passes = passes_of_both(first, last)
    if passes is None:
        return _NO_CHANGE
    by_label = _by_label(passes[1] - passes[0])
    change, n = float(by_label.mean()), len(by_label)
    if n < 2:
        return Estimate(change, n=n), math.nan
    padded = np.append(by_label, 0.0)
    error = float(padded.std(ddof=1)) / math.sqrt(n + 1)
    return _student(change, float(padded.mean()), error, n)


def _by_label(change: Scores) -> Scores:
    """Return the mean change of each label that has one. Shape: (n, t) -> (m,)."""
    known = change[~np.isnan(change).all(axis=1)]
    return np.asarray(np.nanmean(known, axis=1))


def _student(change: float, center: float, error: float, n: int) -> tuple[Estimate, float]:
    """Return the change of n labels with interval and p-value, from the padded labels' mean and its error."""
    from scipy.stats import t

    if error == 0:
        return Estimate(change, change, change, n), 1.0
    half = float(t.ppf(0.5 + INTERVAL_LEVEL / 2, n)) * error
    low, high = min(center - half, change), max(center + half, change)
    return Estimate(change, max(-1.0, low), min(1.0, high), n), float(2 * t.sf(abs(center) / error, n))
