"""Cells that do not behave as their probe's type demands: examples that a reader can check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.scale import SMALLEST_FLOOR, passes_of
from evenband.stats.ordering import margin
from evenband.types import Measurement, Scores

LISTED = 5


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


def similarities_of(measurement: Measurement) -> list[Scores]:
    """Similarity of text a to texts b, c ..., (n, t) each."""
    names = sorted(name for name in measurement.details if name.startswith("score_"))
    return [measurement.scores, *(measurement.details[name] for name in names)]


def margins_of(measurement: Measurement) -> Scores:
    """By how much each cell's ordering holds, the mean over paraphrases; negative where it fails.

    Shape: (n, t). For INV: the distance of the pair over that of another label's text, negative.
    """
    if measurement.probe.type == "INV":
        return np.asarray(
            (measurement.scores - 1.0) / np.maximum(measurement.details["swap"], SMALLEST_FLOOR)
        )
    return np.asarray(margin(measurement.probe.type, similarities_of(measurement)).mean(axis=0))


def violations_of(
    measurement: Measurement, most: int = LISTED, *, varied: bool = False
) -> Iterator[Violation]:
    """The cells that fail by the widest margin, the widest first, one for each label at most.

    Args:
        measurement: with the other labels' or texts' similarities among its details.
        most: so many.
        varied: also one for each template at most.
    """
    margins = margins_of(measurement)
    failed = passes_of(measurement) < (0.5 if measurement.probe.type == "INV" else 1.0)
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
            label=measurement.labels[i],
            template=measurement.templates[j],
            texts=tuple(str(table[i, j]) for table in measurement.texts.values()),
            scores=tuple(float(table[i, j]) for table in similarities_of(measurement)),
            margin=float(margins[i, j]),
        )
