"""Student's t fitted to the body of a sample, so that the outliers do not shape their own null."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

BODY = (0.02, 0.99)
"""Quantiles between which the truncated likelihood looks: the last per cent is where outliers are."""

DEGREES = (2.0, 2.5, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 13.0, 17.0, 24.0, 40.0, 100.0)
"""Degrees of freedom that are tried; 100 is normal for any p-value worth reporting."""

THINNED = 3000
"""Order statistics that stand for a larger sample, evenly spaced in rank."""


@dataclass(frozen=True)
class StudentFit:
    """Location and scale at each of several degrees of freedom, weighted by their likelihood.

    How heavy a tail is decides what lies far out in it, and a sample's body leaves that open:
    probabilities are averaged over what it allows.

    Shape: every field (k,); the weights add up to 1.
    """

    degrees: Float
    locations: Float
    scales: Float
    weights: Float

    @property
    def df(self) -> float:
        """The likeliest degrees of freedom."""
        return float(self.degrees[np.argmax(self.weights)])

    @property
    def location(self) -> float:
        """Mean location."""
        return float(self.weights @ self.locations)

    @property
    def scale(self) -> float:
        """Mean scale."""
        return float(self.weights @ self.scales)

    def sf(self, x: ArrayLike) -> Float:
        """Upper-tail probability.

        Shape: any -> the same, in (0, 1).
        """
        from scipy.special import stdtr

        values = np.asarray(x, dtype=np.float64)
        p = np.zeros(values.shape)
        for df, location, scale, weight in zip(
            self.degrees, self.locations, self.scales, self.weights, strict=True
        ):
            p += weight * stdtr(df, -(values - location) / scale)
        return p


def fit_student(x: ArrayLike, body: tuple[float, float] = BODY) -> StudentFit | None:
    """Truncated maximum likelihood: only the body is looked at, and known to be truncated.

    ``sum log f(x_i) - n log(F(b) - F(a))`` over the x_i in [a, b], two quantiles of the sample.

    Shape: any -> a fit, ``None`` where the sample's middle half has no width.
    """
    values = np.ravel(np.asarray(x, dtype=np.float64))
    if values.size < 3:
        return None
    low, quarter, centre, three, high = np.quantile(values, [body[0], 0.25, 0.5, 0.75, body[1]])
    scale = float(three - quarter) / 1.349
    if not scale > 0:
        return None
    inside = np.sort((values[(values >= low) & (values <= high)] - centre) / scale)
    profile = _Profile(inside, float(low - centre) / scale, float(high - centre) / scale)
    losses, locations, scales = profile.minimise()
    weights = np.exp(inside.size * (losses.min() - losses))
    kept = weights > 1e-6
    weights = weights[kept] / weights[kept].sum()
    return StudentFit(
        np.array(DEGREES)[kept], centre + scale * locations[kept], scale * scales[kept], weights
    )


class _Profile:
    """Mean negative log-likelihood of a sorted, standardised sample truncated to [low, high]."""

    def __init__(self, inside: Float, low: float, high: float) -> None:
        if inside.size > THINNED:
            inside = inside[((np.arange(THINNED) + 0.5) * (inside.size / THINNED)).astype(np.intp)]
        self.inside, self.low, self.high = inside, low, high

    def minimise(self) -> tuple[Float, Float, Float]:
        """Loss, location and scale at each of the degrees of freedom, each started from the last."""
        from scipy.optimize import minimize

        start = np.zeros(2)
        found = []
        for df in DEGREES:
            best = minimize(
                self.loss, start, args=(df,), jac=True, method="L-BFGS-B", bounds=[(-3, 3), (-3, 3)]
            )
            start = best.x
            found.append((float(best.fun), float(start[0]), math.exp(start[1])))
        losses, locations, scales = np.array(found).T
        return losses, locations, scales

    def loss(self, theta: Float, df: float) -> tuple[float, Float]:
        """Value and gradient in location and log scale."""
        from scipy.special import gammaln, stdtr

        location, scale = float(theta[0]), math.exp(theta[1])
        z = (self.inside - location) / scale
        weight = (df + 1) / (df + z * z)
        constant = float(gammaln((df + 1) / 2) - gammaln(df / 2)) - 0.5 * math.log(df * math.pi)
        ends = np.array([self.low - location, self.high - location]) / scale
        below, above = stdtr(df, ends)
        mass = max(float(above - below), 1e-300)
        density = np.exp(constant - (df + 1) / 2 * np.log1p(ends**2 / df))
        value = theta[1] - constant + (df + 1) / 2 * float(np.mean(np.log1p(z * z / df))) + math.log(mass)
        pull, stretch = float(np.mean(weight * z)), float(np.mean(weight * z * z))
        by_location = -pull / scale - float(density[1] - density[0]) / (mass * scale)
        by_log_scale = 1.0 - stretch - float(density[1] * ends[1] - density[0] * ends[0]) / mass
        return float(value), np.array([by_location, by_log_scale])
