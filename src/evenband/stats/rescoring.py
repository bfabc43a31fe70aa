"""How well scores in a fast number format stand for the exact ones. Pure: arrays in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError
from evenband.types import Scores

Rows = NDArray[np.intp]

TAIL, FEWEST_FAR = 0.02, 50
"""Share of the farthest labels that are computed again, and how many at the least."""

TENTH, FEWEST_DRAWN = 0.1, 100
"""Share of random labels that are computed again, and how many at the least."""


@dataclass(frozen=True)
class Calibration:
    """The fast score minus the exact one, over cells drawn at random.

    Attributes:
        n: cells drawn.
        bias: mean error of s.
        sd: standard deviation of the error.
        rms: root of its mean square.
        correlation: Spearman's rho of fast and exact scores, in [-1, 1]; ``None`` where one is constant.
        log_sd: standard deviation of the error of log d.
        share: variance of that error over the variance of the exact log d within a template, 0 or
            more; ``None`` where the latter is 0.
    """

    n: int
    bias: float
    sd: float
    rms: float
    correlation: float | None
    log_sd: float
    share: float | None


def choose_far(distances: Scores) -> Rows:
    """Rows of the farthest labels of one template, unordered. Shape: (n,) -> (k,)."""
    n = len(distances)
    k = min(n, max(FEWEST_FAR, int(np.ceil(TAIL * n))))
    return np.argpartition(distances, n - k)[n - k :]


def draw(n: int, rng: np.random.Generator) -> Rows:
    """Rows of a random tenth of n labels, whatever their scores. Shape: -> (k,)."""
    return rng.choice(n, min(n, max(FEWEST_DRAWN, int(np.ceil(TENTH * n)))), replace=False)


def pays(n: int) -> bool:
    """Whether fewer than half of n labels would be computed twice."""
    return max(FEWEST_FAR, TAIL * n) + max(FEWEST_DRAWN, TENTH * n) < n / 2


def calibrate(fast: Scores, exact: Scores, templates: Rows, floor: float) -> Calibration:
    """Compare the two scores of cells that were drawn at random.

    Shape: (n,) each.

    Args:
        fast: scores in the fast format.
        exact: scores in the exact one.
        templates: to which template each cell belongs.
        floor: the smallest distance that means anything.

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
