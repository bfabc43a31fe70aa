"""Measurements under a budget: the random part as a sample of its own, and weights for the whole.

The random part is an ordinary sample, so whatever needs equal weights is computed on it alone: pass rates
among rivals, guards, r50, comparisons of two models. The figures of the distances are weighted over all that
was measured. Tests of single cells are left out: their null distribution is fitted to the body and the tail
of an ordinary sample, which a search for far labels has changed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenband.types import PairsMeasurement, Scores
from evenband.wording import counted

FOUND_WHERE_KNOWN = "with a fifth of the texts 79 of the 100 farthest of 10,153 nouns on MiniLM, 47 on mpnet"
"""What a search without a predictor found where the whole is known; see docs/log.md."""


def weights_of(measurement: PairsMeasurement) -> Scores | None:
    """Return how many labels each one stands for; ``None`` where all count alike. Shape: (n,)."""
    design = measurement.details.design
    return None if design is None else np.asarray(design.weight[:, 0])


def drawn_rows(measurement: PairsMeasurement) -> list[int]:
    """Return the rows of the random part; all rows of a measurement without a budget."""
    design = measurement.details.design
    if design is None:
        return list(range(len(measurement.items)))
    return np.flatnonzero(design.random[:, 0] > 0).tolist()


def random_part(measurement: PairsMeasurement) -> PairsMeasurement:
    """Return the random part as a measurement of its own; the measurement itself without a budget."""
    if measurement.details.design is None:
        return measurement
    part = measurement.take(drawn_rows(measurement))
    return replace(part, details=replace(part.details, design=None))


def budget_note(measurement: PairsMeasurement) -> list[str]:
    """Return what a reader must know of a measurement under a budget; nothing for any other."""
    design = measurement.details.design
    if design is None:
        return []
    drawn, n = len(drawn_rows(measurement)), len(measurement.items)
    helper = design.facts.get("predictor")
    by = f" with the help of {helper}" if helper else ""
    return [
        f"budget: {n:,} of {counted(int(design.facts.get('population') or n), 'label')} were measured, "
        f"{drawn:,} at random and {n - drawn:,} because they were predicted to be far{by}; median, "
        "quantiles, C, Phi and T99 are weighted to be those of all, pass rate, R@1, AUC and r50 those of the "
        "random part, and the charts show what was measured; the farthest label may not be among them "
        f"(where the whole is known, such a search found {FOUND_WHERE_KNOWN}); no outlier is claimed, "
        "followed up or held against a reference"
    ]
