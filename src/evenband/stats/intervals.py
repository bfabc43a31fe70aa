"""Confidence intervals: Wilson's for a proportion, and one that combines slots and templates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]

INTERVAL_LEVEL = 0.90
"""Coverage of every interval, unless a caller asks for another one."""


def wilson(share: float, n: float, level: float = INTERVAL_LEVEL) -> tuple[float, float]:
    """Return Wilson's score interval (1927) for a proportion.

    It stays within [0, 1] and always has a width, also for a proportion of 0 or 1.

    Args:
        share: observed proportion, in [0, 1]; ties count one half.
        n: number of trials, or an effective number, above 0.
        level: confidence, in (0, 1).

    Raises:
        InputError: if the share is outside [0, 1] or n is not above 0.
    """
    if not (0 <= share <= 1 and n > 0):
        raise InputError(f"Wilson interval: got share {share} of {n}, expected 0 <= share <= 1 and n > 0")
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return low, high


@dataclass(frozen=True)
class Draws:
    """A figure's r bootstrap replicates and each of t templates' contribution.

    Attributes:
        value: the figure.
        slots: (r,) the figure on resampled slots, with the templates as they are.
        parts: (t,) jackknife pseudo-values ``t theta - (t - 1) theta_without_j``; their mean is
            the figure, their variance that of one template.
        part_slots: (r, t) the pseudo-values on the resampled slots.
    """

    value: float
    slots: Float
    parts: Float
    part_slots: Float

    def __sub__(self, other: Draws) -> Draws:
        """Subtract a figure that was resampled with the same slots and templates."""
        return Draws(
            self.value - other.value,
            self.slots - other.slots,
            self.parts - other.parts,
            self.part_slots - other.part_slots,
        )

    @property
    def template_variance(self) -> float:
        """Return the variance of the figure due to the choice of templates; 0 for one template.

        It is the pseudo-values' variance, less the part that resampled slots alone account for, over t.
        """
        t = self.parts.size
        if t < 2:
            return 0.0
        slot_variance = np.var(self.part_slots - self.parts, axis=1, ddof=1).mean()
        return max(0.0, float(np.var(self.parts, ddof=1) - slot_variance)) / t

    def interval(self, rng: np.random.Generator, level: float = INTERVAL_LEVEL) -> tuple[float, float]:
        """Return a percentile interval over slots, widened for the choice of templates.

        A bootstrap of eight templates gives too narrow an interval: it divides by t, not t - 1, and is
        normal, not t. The templates' part is drawn from a t distribution of t - 1 degrees of freedom instead.

        Args:
            rng: generator that pairs the draws over slots with those over templates.
            level: coverage, in (0, 1).
        """
        draws = self.slots
        spread = math.sqrt(self.template_variance)
        if spread > 0:
            from scipy.special import stdtrit

            ranks = (rng.permutation(draws.size) + 0.5) / draws.size
            draws = draws + spread * stdtrit(self.parts.size - 1, ranks)
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def share_interval(
        self, clusters: int, level: float = INTERVAL_LEVEL, least_variance: float = 0.0
    ) -> tuple[float, float]:
        """Return Wilson's interval for the effective number of trials that the variance implies.

        Where nothing varies, the number of clusters is the number of trials.

        Args:
            clusters: number of clusters of labels, above 0.
            level: coverage, in (0, 1).
            least_variance: smallest variance that the choice of labels is taken to have.
        """
        p = min(max(self.value, 0.0), 1.0)
        variance = max(float(np.var(self.slots)), least_variance)
        if self.template_variance > 0:
            from scipy.special import stdtrit

            ratio = float(stdtrit(self.parts.size - 1, (1 + level) / 2)) / NormalDist().inv_cdf(
                (1 + level) / 2
            )
            variance += self.template_variance * ratio**2
        trials = p * (1 - p) / variance if variance > 1e-18 and 0 < p < 1 else float(clusters)
        return wilson(p, max(trials, 1e-9), level)
