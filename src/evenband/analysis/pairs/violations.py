"""Cells that do not behave as their probe's type demands: examples that a reader can check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.scale import SMALLEST_FLOOR, passes_of
from evenband.stats.ordering import margin
from evenband.types import PairsMeasurement, Scores

VIOLATIONS_LISTED = 5
"""Failing cells that are listed unless another number is asked for."""


@dataclass(frozen=True)
class Violation:
    """One cell that fails.

    Attributes:
        label: the slot's value.
        template: the template's name.
        texts: a, b, c ...
        scores: similarity of a to b, c ...
        margin: by how much the ordering fails, negative; of an INV probe how many times as far as another
            label the change moves the text, negative.
    """

    label: str
    template: str
    texts: tuple[str, ...]
    scores: tuple[float, ...]
    margin: float


def similarities_of(measurement: PairsMeasurement) -> list[Scores]:
    """Similarity of text a to texts b, c ..., (n, t) each."""
    return [measurement.scores, *measurement.details.similar]


def margins_of(measurement: PairsMeasurement) -> Scores:
    """By how much each cell's ordering holds, the mean over paraphrases; negative where it fails.

    Shape: (n, t). For INV: the distance of the pair over that of another label's text, negative.
    """
    swap = measurement.details.swap
    if measurement.probe.type == "INV" and swap is None:
        return np.full(measurement.scores.shape, np.nan)
    if measurement.probe.type == "INV" and swap is not None:
        return np.asarray((measurement.scores - 1.0) / np.maximum(swap, SMALLEST_FLOOR))
    return np.asarray(margin(measurement.probe.type, similarities_of(measurement)).mean(axis=0))


def violations_of(
    measurement: PairsMeasurement, most: int = VIOLATIONS_LISTED, *, varied: bool = False
) -> Iterator[Violation]:
    """The cells that fail by the widest margin, the widest first, one for each label at most.

    Args:
        measurement: with the other labels' or texts' similarities among its details.
        most: so many.
        varied: also one for each template at most.
    """
    margins, passes = margins_of(measurement), passes_of(measurement)
    if passes is None:
        return
    failed = passes < (0.5 if measurement.probe.type == "INV" else 1.0)
    order = np.argsort(np.where(np.isnan(margins), np.inf, margins), axis=None, kind="stable")
    seen: set[int] = set()
    templates: set[int] = set()
    for i, j in zip(*np.unravel_index(order, margins.shape), strict=True):
        if len(seen) == most:
            return
        if i in seen or (varied and j in templates) or not failed[i, j] or not margins[i, j] < 0:
            continue
        seen.add(int(i))
        templates.add(int(j))
        yield Violation(
            label=measurement.items[i],
            template=measurement.conditions[j],
            texts=tuple(str(table[i, j]) for table in measurement.details.texts),
            scores=tuple(float(table[i, j]) for table in similarities_of(measurement)),
            margin=float(margins[i, j]),
        )
