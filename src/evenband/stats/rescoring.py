"""Choice of the cells to score again exactly after a fast number format, and the error that it made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError
from evenband.types import Scores

Rows = NDArray[np.intp]

FAR_SHARE = 0.02
"""Share of the labels, the farthest ones, that are scored again."""

FEWEST_FAR = 50
"""Smallest number of farthest labels that are scored again."""

DRAWN_SHARE = 0.1
"""Share of the labels, random ones, that are scored again."""

FEWEST_DRAWN = 100
"""Smallest number of random labels that are scored again."""


@dataclass(frozen=True)
class Calibration:
    """Error of the fast score, that is, fast minus exact, over cells drawn at random.

    Attributes:
        n: number of cells.
        bias: mean error of s.
        sd: standard deviation of the error.
        rms: root mean square of the error.
        correlation: Spearman's rho of fast and exact scores, in [-1, 1]; ``None`` where one is constant.
        log_sd: standard deviation of the error of log d.
        share: variance of the error of log d over the variance of the exact log d within a template, 0
            or more; ``None`` where the latter is 0.
    """

    n: int
    bias: float
    sd: float
    rms: float
    correlation: float | None
    log_sd: float
    share: float | None


def choose_far(distances: Scores) -> Rows:
    """Return the rows of the farthest labels of one template, unordered.

    Shape: (n,) -> (k,).
    """
    n = len(distances)
    k = min(n, max(FEWEST_FAR, int(np.ceil(FAR_SHARE * n))))
    return np.argpartition(distances, n - k)[n - k :]


def draw(n: int, rng: np.random.Generator) -> Rows:
    """Draw the rows of a random tenth of n labels, whatever their scores.

    Shape: -> (k,).
    """
    return rng.choice(n, min(n, max(FEWEST_DRAWN, int(np.ceil(DRAWN_SHARE * n)))), replace=False)


def pays(n: int) -> bool:
    """Return whether a fast format is worth it: fewer than half of n labels would be scored twice."""
    return max(FEWEST_FAR, FAR_SHARE * n) + max(FEWEST_DRAWN, DRAWN_SHARE * n) < n / 2


def calibrate(fast: Scores, exact: Scores, templates: Rows, floor: float) -> Calibration:
    """Measure the error of the fast scores of cells that were drawn at random.

    Shape: (n,) each.

    Args:
        fast: similarities s in the fast format.
        exact: similarities s in the exact format.
        templates: template that each cell belongs to.
        floor: smallest distance that the measurement resolves; above 0.

    Raises:
        InputError: if there are fewer than two cells.
    """
    if len(fast) < 2:
        raise InputError(f"got {len(fast)} cells to calibrate a screen with, expected 2 or more")
    from scipy.stats import spearmanr

    error = fast - exact
    y, y_fast = (np.log(np.maximum(1.0 - scores, floor)) for scores in (exact, fast))
    codes = np.unique(templates, return_inverse=True)[1]
    centred = y - (np.bincount(codes, y) / np.bincount(codes))[codes]
    spread, log_sd = float(np.mean(centred**2)), float((y_fast - y).std())
    constant = fast.min() == fast.max() or exact.min() == exact.max()
    return Calibration(
        n=len(fast),
        bias=float(error.mean()),
        sd=float(error.std()),
        rms=float(np.sqrt(np.mean(error**2))),
        correlation=None if constant else float(spearmanr(fast, exact).statistic),
        log_sd=log_sd,
        share=log_sd**2 / spread if spread > 0 else None,
    )
