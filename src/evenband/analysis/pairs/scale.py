"""Scores as distances: the scale on which all statistics are computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.limits import BLIND_FLOORS
from evenband.stats import levels
from evenband.stats.dispersion import log_distance
from evenband.types import PairsMeasurement, Scores

Clusters = NDArray[np.intp]

SMALLEST_FLOOR = 2.0**-50
"""Rounding of a float64 cosine: no measurement resolves less."""

FEW_STEPS = 4
"""Steps of a coarse number format; a band narrower than that has no intervals."""


@dataclass(frozen=True)
class Scale:
    """The scores as distances.

    Attributes:
        d: (n, t) max(1 - s, floor).
        y: (n, t) log d.
        floor: the smallest distance that means anything: noise, or half a step of a coarse grid.
        grid: the coarse number format, if any.
        seeing: (t,) templates whose median d is at least three floors.
    """

    d: Scores
    y: Scores
    floor: float
    grid: levels.Grid | None
    seeing: NDArray[np.bool_]

    @property
    def blind(self) -> bool:
        """No template sees the change."""
        return not self.seeing.any()


def scale_of(measurement: PairsMeasurement) -> Scale:
    """Distances and log-distances, with the floor that noise and rounding set."""
    s = measurement.scores
    grid = levels.grid(s)
    rounding = 0.0 if grid is None else levels.step(float(np.median(s)), grid) / 2
    floor = max(measurement.noise_floor, rounding, SMALLEST_FLOOR)
    y = log_distance(s, floor)
    d = np.exp(y)
    return Scale(d, y, floor, grid, np.median(1.0 - s, axis=0) >= BLIND_FLOORS * floor)


def passes_of(measurement: PairsMeasurement) -> Scores | None:
    """Return how far each cell behaves as the probe's type demands, in [0, 1].

    Shape: (n, t); ``None`` where the subject gives nothing to compare a pair with.
    """
    details = measurement.details
    return details.hit if details.passes is None else details.passes


def is_coarse(measurement: PairsMeasurement, scale: Scale) -> bool:
    """The middle half of the scores spans fewer than four steps of the grid they lie on."""
    if scale.grid is None:
        return False
    low, middle, high = np.quantile(measurement.scores, [0.25, 0.5, 0.75])
    return bool(high - low < FEW_STEPS * levels.step(float(middle), scale.grid))


def clusters_of(measurement: PairsMeasurement) -> Clusters | None:
    """Labels that are not independent: the words of one synset."""
    synsets = measurement.columns.get("synset")
    if synsets is None:
        return None
    names = {name: code for code, name in enumerate(dict.fromkeys(synsets))}
    own = len(names) + np.arange(len(synsets))
    return np.array(
        [own[i] if name is None else names[name] for i, name in enumerate(synsets)], dtype=np.intp
    )
