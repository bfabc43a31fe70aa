"""Power of the detector on the user's own table: the effects that it could have missed.

Effects of known size are planted into random cells, and the detector's recall is counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.stats.detection import (
    FEWEST_LABELS_TO_CERTIFY,
    Detection,
    detect,
    detect_again,
    standardise,
)

Float = NDArray[np.float64]

PLANTED_FACTORS = (2.0, 2.7, 3.5, 4.5, 5.8, 8.2)
"""Factors by which the distance of a planted cell is multiplied, rising."""

PLANTED_CELLS = 12
"""Number of cells that are planted at a time."""

SMALLEST_REMARKABLE_Z = 2.0
"""Studentised residual from which a cell is remarkable, and nothing is planted in it."""

PLANTING_REPEATS = 8
"""Number of times that other random cells are planted for each factor."""

DETECTABLE_RECALL = 0.8
"""Recall from which an effect counts as detectable."""

OPPOSITE_LOG_DISTANCE = math.log(2.0)
"""Log-distance of opposite vectors: nothing can be planted beyond it."""


@dataclass(frozen=True)
class Power:
    """Recall and false-discovery proportion of the detector by effect size.

    Attributes:
        factors: (k,) multiples of the distance, rising.
        recall: (k,) share of planted cells that were certified, in [0, 1].
        fdp: (k,) mean share of discoveries that were not planted, in [0, 1].
        minimum: smallest factor with recall 0.8, interpolated on its logarithm; ``None`` where no
            factor reached it.
        planted: number of cells planted per factor, over all repeats.
    """

    factors: Float
    recall: Float
    fdp: Float
    minimum: float | None
    planted: int


def estimate_power(
    y: ArrayLike,
    rng: np.random.Generator,
    level: float,
    covariates: ArrayLike | None = None,
    detection: Detection | None = None,
    factors: tuple[float, ...] = PLANTED_FACTORS,
    among: ArrayLike | None = None,
    repeats: int = PLANTING_REPEATS,
) -> Power | None:
    """Estimate the detector's recall by planting effects into the table itself.

    The distances of 12 random, unremarkable cells are multiplied and the detector is run again, several
    times for each factor. The same cells are planted for every factor. Cells that are certified without any
    planting count neither as planted nor as false.

    Shape: (n, t), (n, c) or none.

    Args:
        y: log-distances.
        rng: generator that chooses the cells.
        level: false discovery rate, in (0, 1).
        covariates: as for :func:`evenband.stats.detection.detect`.
        detection: of y with these covariates; computed if not given.
        factors: multiples of the distance to plant, rising, above 1.
        among: (n,) flags of the labels to plant in; all if not given.
        repeats: number of times that other random cells are planted for each factor.

    Returns:
        The power, or ``None`` where no cell can be certified or there are fewer than 12 cells to plant.

    Raises:
        InputError: if there are fewer than three templates, or not n rows of finite covariates.
    """
    table = np.asarray(y, dtype=np.float64)
    if len(table) < FEWEST_LABELS_TO_CERTIFY:
        return None
    baseline = detect(table, covariates) if detection is None else detection
    is_plain = (np.abs(baseline.z) < SMALLEST_REMARKABLE_Z) & ~np.isnan(baseline.q)
    if among is not None:
        is_plain &= np.asarray(among, dtype=bool)[:, None]
    unremarkable = np.flatnonzero(is_plain)
    if unremarkable.size < PLANTED_CELLS:
        return None
    extra = standardise(table, covariates)
    is_old = baseline.q.ravel() <= level
    counts = np.zeros((len(factors), repeats, 2))
    for repeat in range(repeats):
        cells = rng.choice(unremarkable, PLANTED_CELLS, replace=False)
        for row, factor in enumerate(factors):
            planted = _plant(table, cells, factor)
            discovered = detect_again(planted, extra, baseline, level).ravel()
            counts[row, repeat] = discovered[cells].sum(), (discovered & ~is_old).sum()
    return _summarise(np.array(factors), counts)


def _plant(table: Float, cells: NDArray[np.intp], factor: float) -> Float:
    """Scale up some cells' distances, capped at the largest possible or observed.

    Shape: (n, t), (m,) indices into the flat table -> (n, t).
    """
    planted = table.copy()
    flat = planted.reshape(-1)
    flat[cells] = np.minimum(flat[cells] + math.log(factor), max(OPPOSITE_LOG_DISTANCE, float(table.max())))
    return planted


def _summarise(factors: Float, counts: Float) -> Power:
    """Turn counts of planted and of all new discoveries into recall and false-discovery proportion.

    Shape: (k,), (k, r, 2).
    """
    hits, discoveries = counts[:, :, 0], counts[:, :, 1]
    false = (discoveries - hits) / np.maximum(discoveries, 1)
    recall = hits.mean(axis=1) / PLANTED_CELLS
    minimum = _minimum(factors, recall)
    return Power(factors, recall, false.mean(axis=1), minimum, PLANTED_CELLS * hits.shape[1])


def _minimum(factors: Float, recall: Float) -> float | None:
    """Return the factor at which recall, made to rise, first reaches 0.8; the smallest if it starts there."""
    rising = np.maximum.accumulate(recall)
    if rising[-1] < DETECTABLE_RECALL:
        return None
    k = int(np.argmax(rising >= DETECTABLE_RECALL))
    if k == 0:
        return float(factors[0])
    weight = (DETECTABLE_RECALL - rising[k - 1]) / (rising[k] - rising[k - 1])
    ends = np.log(factors[k - 1 : k + 1])
    return float(np.exp(ends[0] + weight * (ends[1] - ends[0])))
