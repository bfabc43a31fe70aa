"""Pass rates on two draws of one probe: does a model do better on the sentences that it may have seen?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError
from evenband.stats.intervals import LEVEL
from evenband.types import Estimate


@dataclass(frozen=True)
class Gap:
    """Pass rate on the standard draw less that on the fresh one.

    Attributes:
        difference: in [-1, 1], with its interval.
        p: probability of so large a gap, or a larger one, where there is none; one-sided.
    """

    difference: Estimate
    p: float


def compare_draws(standard: ArrayLike, fresh: ArrayLike, level: float = LEVEL) -> Gap:
    """Two draws of the same templates with other labels and other fillers.

    The variance is that of the labels, whose cells go together, plus that of the templates' own
    gaps: fillers change a template's difficulty, and there are few of them.

    Shape: (n, t), (m, t) cells in [0, 1], templates in the same order.

    Raises:
        InputError: if the draws have different numbers of templates.
    """
    left, right = np.asarray(standard, dtype=np.float64), np.asarray(fresh, dtype=np.float64)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[1]:
        raise InputError(f"gap: got tables {left.shape} and {right.shape}, expected (n, t) and (m, t)")
    by_template = left.mean(axis=0) - right.mean(axis=0)
    difference = float(by_template.mean())
    variance = sum(_label_variance(cells) for cells in (left, right))
    if len(by_template) > 1:
        variance += float(by_template.var(ddof=1)) / len(by_template)
    deviation = math.sqrt(variance)
    from scipy.special import ndtr, ndtri

    reach = float(ndtri((1 + level) / 2)) * deviation
    n = min(len(left), len(right))
    estimate = Estimate(difference, max(-1.0, difference - reach), min(1.0, difference + reach), n)
    if deviation == 0:
        return Gap(estimate, 1.0 if difference <= 0 else 0.0)
    return Gap(estimate, float(ndtr(-difference / deviation)))


def _label_variance(cells: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Of the mean, over labels."""
    n = len(cells)
    return 0.0 if n < 2 else float(cells.mean(axis=1).var(ddof=1)) / n
