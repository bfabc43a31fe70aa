"""Intervals: Wilson's for a proportion, and the combination of slot and template uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]

LEVEL = 0.90


def wilson(share: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval (1927) for a proportion; it stays in [0, 1] and never has no width.

    Args:
        share: observed proportion, in [0, 1]; ties count one half.
        n: number of trials, or an effective number, above 0.
        level: of confidence.

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
    """One figure under resampled slots, and what each template says about it by itself.

    r replicates, t templates.

    Attributes:
        value: the figure.
        slots: (r,) the figure on resampled slots, templates as they are.
        parts: (t,) jackknife pseudo-values ``t theta - (t - 1) theta_without_j``: their mean is
            the figure, their variance that of one template.
        part_slots: (r, t) the pseudo-values on the resampled slots.
    """

    value: float
    slots: Float
    parts: Float
    part_slots: Float

    def __sub__(self, other: Draws) -> Draws:
        """The difference of two figures resampled together: same slots, same templates."""
        return Draws(
            self.value - other.value,
            self.slots - other.slots,
            self.parts - other.parts,
            self.part_slots - other.part_slots,
        )

    @property
    def template_variance(self) -> float:
        """Variance of the figure that comes from which templates were written; 0 for one template.

        The pseudo-values' variance, less what resampled slots alone make of it, over t.
        """
        t = self.parts.size
        if t < 2:
            return 0.0
        noise = np.var(self.part_slots - self.parts, axis=1, ddof=1).mean()
        return max(0.0, float(np.var(self.parts, ddof=1) - noise)) / t

    def interval(self, rng: np.random.Generator, level: float = LEVEL) -> tuple[float, float]:
        """Percentile interval over slots, widened by a t with t - 1 degrees of freedom over templates.

        A bootstrap of eight templates draws too narrow an interval (it divides by t, not t - 1, and
        is normal, not t): the template part is drawn from its studentised distribution instead.
        """
        draws = self.slots
        spread = math.sqrt(self.template_variance)
        if spread > 0:
            from scipy.special import stdtrit

            ranks = (rng.permutation(draws.size) + 0.5) / draws.size
            draws = draws + spread * stdtrit(self.parts.size - 1, ranks)
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def share_interval(self, clusters: int, level: float = LEVEL) -> tuple[float, float]:
        """Wilson's interval with the effective number of trials that the resampled variance implies.

        Where nothing varies the number of clusters stands in for it.
        """
        p = min(max(self.value, 0.0), 1.0)
        variance = float(np.var(self.slots))
        if self.template_variance > 0:
            from scipy.special import stdtrit

            ratio = float(stdtrit(self.parts.size - 1, (1 + level) / 2)) / NormalDist().inv_cdf(
                (1 + level) / 2
            )
            variance += self.template_variance * ratio**2
        trials = p * (1 - p) / variance if variance > 1e-18 and 0 < p < 1 else float(clusters)
        return wilson(p, max(trials, 1e-9), level)
