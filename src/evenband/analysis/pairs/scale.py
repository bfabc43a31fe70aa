"""The scale on which the statistics of minimal pairs are computed: distances and log-distances.

Distances below the noise floor say nothing. The noise floor is the largest 1 - s between two embeddings of
one text, with s the cosine similarity: how exact the model's distances are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.analysis.limits import BLIND_FLOORS
from evenband.analysis.pairs.weighting import drawn_rows
from evenband.stats import levels
from evenband.stats.dispersion import log_distance, log_mad_z
from evenband.stats.groups import join
from evenband.types import PairsMeasurement, Scores

Clusters = NDArray[np.intp]
"""Code of each label's cluster. Shape: (n,)."""

SMALLEST_FLOOR = 2.0**-50
"""Rounding error of a float64 cosine, the smallest distance that any measurement resolves."""

FEW_STEPS = 4
"""Width of a band, in steps of a coarse number format, below which its figures have no intervals."""


@dataclass(frozen=True)
class Scale:
    """Scores of n labels and t templates as distances.

    Attributes:
        d: (n, t) distances max(1 - s, floor), above 0.
        y: (n, t) log-distances log d.
        floor: smallest distance that means anything, above 0: the noise floor, or half a step of a coarse
            number format.
        grid: coarse number format on whose grid all scores lie, if any.
        seeing: (t,) whether the median d of a template is at least three floors.
    """

    d: Scores
    y: Scores
    floor: float
    grid: levels.Grid | None
    seeing: NDArray[np.bool_]

    @property
    def blind(self) -> bool:
        """Whether the model sees the change in no template."""
        return not self.seeing.any()


def scale_of(measurement: PairsMeasurement) -> Scale:
    """Return the distances and log-distances of a measurement, with the floor set by noise and rounding."""
    s = measurement.scores
    grid = levels.grid(s)
    rounding = 0.0 if grid is None else levels.step(float(np.median(s)), grid) / 2
    floor = max(measurement.noise_floor, rounding, SMALLEST_FLOOR)
    y = log_distance(s, floor)
    usual = np.median(1.0 - s[drawn_rows(measurement)], axis=0)
    return Scale(np.exp(y), y, floor, grid, seeing=~is_noise(usual, floor))


def z_of(measurement: PairsMeasurement, scale: Scale) -> Scores:
    """Return the log-MAD z of every cell within its template, as the random part of a budget knows it.

    Shape: (n, t).
    """
    return log_mad_z(scale.y, usual=drawn_rows(measurement))


def is_noise(distances: ArrayLike, floor: float) -> NDArray[np.bool_]:
    """Return whether distances are below three floors, too small to tell from noise.

    Shape: any -> the same.
    """
    return np.asarray(np.asarray(distances) < BLIND_FLOORS * floor)


def passes_of(measurement: PairsMeasurement) -> Scores | None:
    """Return how far each cell behaves as the probe's type demands, in [0, 1]; a tie is 1/2.

    A cell of an INV probe without another text to compare with has no value: NaN.

    Shape: (n, t); ``None`` where the subject gives no other texts to compare a pair with.
    """
    details = measurement.details
    return details.hit if details.passes is None else details.passes


def is_coarse(measurement: PairsMeasurement, scale: Scale) -> bool:
    """Return whether the middle half of the scores spans fewer than four steps of their coarse grid."""
    if scale.grid is None:
        return False
    low, middle, high = np.quantile(measurement.scores, [0.25, 0.5, 0.75])
    return bool(high - low < FEW_STEPS * levels.step(float(middle), scale.grid))


def clusters_of(*measurements: PairsMeasurement) -> Clusters | None:
    """Return a cluster code for each label: labels of one cluster are not independent.

    Labels of one WordNet synset are a cluster, and so are labels that share a text a or b in some template
    (or have texts that a model cannot tell apart), as the rows of a query with several answers do.

    Shape: (n,); ``None`` where each label is a cluster of its own.

    Args:
        measurements: one or more of the same n labels.
    """
    partitions: list[Clusters] = []
    for measurement in measurements:
        synsets, shared = measurement.known("synset"), sharing_of(measurement)
        if synsets is not None:
            codes = {name: code for code, name in enumerate(dict.fromkeys(synsets))}
            own = enumerate(synsets, start=len(codes))
            partitions.append(np.array([code if name is None else codes[name] for code, name in own]))
        if shared is not None:
            partitions.append(shared)
    joined = join(len(measurements[0].items), partitions)
    return None if joined.are_single else joined.of


def sharing_of(measurement: PairsMeasurement) -> Clusters | None:
    """Return a code for each label; labels that share a text a or b in some template have the same one.

    Shape: (n,); ``None`` where no label shares one, or the measurement is older than this distinction.
    """
    together = measurement.details.drawn_with
    return None if together is None else join(len(together), list(together.T.astype(np.intp))).of
