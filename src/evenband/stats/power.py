"""What the detector could have missed: effects of known size planted into the user's own table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.stats.detection import ENOUGH, REMARKABLE, Detection, detect, detect_again, standardise

Float = NDArray[np.float64]

FACTORS = (2.0, 2.7, 3.5, 4.5, 5.8, 8.2)
"""How many times the distance of a planted cell is multiplied by."""

CELLS = 12
REPEATS = 8
WANTED = 0.8
"""Recall at which an effect counts as detectable."""

FARTHEST = math.log(2.0)
"""Log-distance of opposite vectors: nothing can be planted beyond it."""


@dataclass(frozen=True)
class Power:
    """Recall and false-discovery proportion by effect size.

    Attributes:
        factors: (k,) of the distance, rising.
        recall: (k,) share of planted cells that were certified, in [0, 1].
        fdp: (k,) mean share of discoveries that were not planted, in [0, 1].
        minimum: smallest factor with recall 0.8, interpolated on its logarithm; ``None`` where no
            factor reached it.
        planted: cells planted per factor, over all repeats.
    """

    factors: Float
    recall: Float
    fdp: Float
    minimum: float | None
    planted: int


def estimate_power(
    y: ArrayLike,
    rng: np.random.Generator,
    covariates: ArrayLike | None = None,
    detection: Detection | None = None,
    level: float = 0.05,
    factors: tuple[float, ...] = FACTORS,
) -> Power | None:
    """Multiply the distance of 12 random, unremarkable cells, detect, count; 8 times for each factor.

    Cells that the table itself has certified count neither as planted nor as false. The same cells
    are planted for every factor.

    Shape: (n, t), (n, c) -> ``None`` where nothing can be certified or fewer than 12 cells planted.

    Args:
        y: log-distances.
        rng: chooses the cells.
        covariates: as the detection's.
        detection: of y with these covariates; computed if not given.
        level: of the false discovery rate.
        factors: rising, above 1.
    """
    table = np.asarray(y, dtype=np.float64)
    if len(table) < ENOUGH:
        return None
    found = detect(table, covariates) if detection is None else detection
    plain = np.flatnonzero((np.abs(found.z) < REMARKABLE) & ~np.isnan(found.q))
    if plain.size < CELLS:
        return None
    extra = standardise(table, covariates)
    known = found.q.ravel() <= level
    counts = np.zeros((len(factors), REPEATS, 2))
    for repeat in range(REPEATS):
        cells = rng.choice(plain, CELLS, replace=False)
        for row, factor in enumerate(factors):
            planted = _plant(table, cells, factor)
            hits = detect_again(planted, extra, found, level).ravel()
            counts[row, repeat] = hits[cells].sum(), (hits & ~known).sum()
    return _sum_up(np.array(factors), counts)


def _plant(table: Float, cells: NDArray[np.intp], factor: float) -> Float:
    planted = table.copy()
    flat = planted.reshape(-1)
    flat[cells] = np.minimum(flat[cells] + math.log(factor), max(FARTHEST, float(table.max())))
    return planted


def _sum_up(factors: Float, counts: Float) -> Power:
    """From planted hits and all new discoveries, (k, r, 2)."""
    hits, discoveries = counts[:, :, 0], counts[:, :, 1]
    false = (discoveries - hits) / np.maximum(discoveries, 1)
    recall = hits.mean(axis=1) / CELLS
    return Power(factors, recall, false.mean(axis=1), _minimum(factors, recall), CELLS * REPEATS)


def _minimum(factors: Float, recall: Float) -> float | None:
    """Where recall, made to rise, first reaches 0.8; the smallest factor if it starts there."""
    rising = np.maximum.accumulate(recall)
    if rising[-1] < WANTED:
        return None
    k = int(np.argmax(rising >= WANTED))
    if k == 0:
        return float(factors[0])
    weight = (WANTED - rising[k - 1]) / (rising[k] - rising[k - 1])
    ends = np.log(factors[k - 1 : k + 1])
    return float(np.exp(ends[0] + weight * (ends[1] - ends[0])))
