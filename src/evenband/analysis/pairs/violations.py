"""Violations: cells that do not behave as their probe's type demands, as examples for a reader to check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.pairs.scale import SMALLEST_FLOOR, Scale, is_noise, passes_of
from evenband.stats.ordering import margin
from evenband.types import PairsMeasurement, ProbeType, Scores
from evenband.unshown_words import may_be_shown

VIOLATIONS_LISTED = 5
"""Number of violations that are listed by default."""

PASS_AT: Mapping[ProbeType, float] = {"INV": 0.5, "DIFF": 1.0, "ORDER": 1.0}
"""Smallest value of a cell's passes with which it does not fail, by type.

A tie of an INV probe passes; an ordering has to hold for all of a cell's paraphrases.
"""


@dataclass(frozen=True)
class Violation:
    """Cell that fails.

    Attributes:
        label: value of the slot.
        template: name of the template.
        texts: texts a, b, c ...
        scores: similarities of text a to b, c ..., by the subject's own measure.
        margin: margin by which the cell fails, below 0, as in :func:`margins_of`.
    """

    label: str
    template: str
    texts: tuple[str, ...]
    scores: tuple[float, ...]
    margin: float


def similarities_of(measurement: PairsMeasurement) -> list[Scores]:
    """Return the similarities of text a to texts b, c ... that order them, by the subject's own measure.

    Shape: (n, t) each.
    """
    details = measurement.details
    return list(details.own) or [measurement.scores, *details.similar]


def margins_of(measurement: PairsMeasurement) -> Scores:
    """Return the margin by which each cell behaves as demanded; negative where it fails.

    For DIFF and ORDER it is the difference of two similarities, the mean over paraphrases. For INV it
    is minus the cosine distance of the pair over the median distance to the other labels' texts, and so never
    above 0: the smallest margin is the worst cell. For INV on a reranker, which has no distances, it is minus
    the share of rivals that score higher than the cell's own text.

    Shape: (n, t), NaN for an INV probe without distances to other labels.
    """
    details, type_ = measurement.details, measurement.probe.type
    swap = details.swap
    if type_ != "INV":
        return np.asarray(margin(type_, similarities_of(measurement)).mean(axis=0))
    if swap is None and details.nearer is not None and details.rivals is not None:
        return -np.asarray(details.nearer / np.maximum(details.rivals, 1.0))
    if swap is None:
        return np.full(measurement.scores.shape, np.nan)
    return np.asarray((measurement.scores - 1.0) / np.maximum(swap, SMALLEST_FLOOR))


def is_blind(measurement: PairsMeasurement, scale: Scale) -> bool:
    """Return whether the change is below the noise; for ORDER, whether the two documents score alike.

    Args:
        measurement: n labels by t templates.
        scale: its distances.
    """
    if measurement.probe.type != "ORDER":
        return scale.blind
    floor = max(measurement.score_noise, scale.floor)
    if measurement.details.own:
        largest = max(float(np.abs(table).max()) for table in measurement.details.own)
        floor = max(SMALLEST_FLOOR * largest, (measurement.noise and measurement.noise.own) or 0.0)
    return bool(is_noise(np.median(np.abs(margins_of(measurement))), floor))


def violations_of(
    measurement: PairsMeasurement, most: int = VIOLATIONS_LISTED, *, varied: bool = False
) -> Iterator[Violation]:
    """Yield the cells that fail by the widest margin, the widest first, at most one for each label.

    Labels that may be no examples are passed over; :func:`count_failing` counts them like all.

    Args:
        measurement: n labels by t templates.
        most: largest number of cells to yield.
        varied: whether to yield at most one for each template too.
    """
    margins, failed = margins_of(measurement), _failing(measurement)
    order = np.argsort(np.where(np.isnan(margins), np.inf, margins), axis=None, kind="stable")
    rows: set[int] = set()
    columns: set[int] = set()
    for i, j in zip(*np.unravel_index(order, margins.shape), strict=True):
        if len(rows) == most:
            return
        if i in rows or (varied and j in columns) or not failed[i, j]:
            continue
        if not may_be_shown(measurement.probe.slot, measurement.items[i]):
            continue
        rows.add(int(i))
        columns.add(int(j))
        yield Violation(
            label=measurement.items[i],
            template=measurement.conditions[j],
            texts=tuple(str(table[i, j]) for table in measurement.details.texts),
            scores=tuple(float(table[i, j]) for table in similarities_of(measurement)),
            margin=float(margins[i, j]),
        )


def count_failing(measurement: PairsMeasurement) -> int:
    """Return the number of cells that fail by a margin, whether or not they may be examples."""
    return int(_failing(measurement).sum())


def _failing(measurement: PairsMeasurement) -> NDArray[np.bool_]:
    """Return which cells fail, and by a margin that is known.

    Shape: (n, t).
    """
    passes = passes_of(measurement)
    if passes is None:
        return np.zeros(measurement.scores.shape, dtype=bool)
    return np.asarray((passes < PASS_AT[measurement.probe.type]) & (margins_of(measurement) < 0))
