"""Student's t fitted to the body of a sample, so that the outliers do not shape their own null.

Its two halves have a scale of their own each, since log-distances lean to one side; both have the
same weight at the location, so that the density has no step (a split t, as Geweke 1989 uses it).
"""

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
    """Location and two scales at each of several degrees of freedom, weighted by their posterior.

    How heavy a tail is decides what lies far out in it, and a sample's body leaves that open:
    probabilities are averaged over what it allows, with a prior in inverse proportion to the
    degrees of freedom.

    Shape: every field (k,); the weights add up to 1. ``left`` and ``right`` are scales.
    """

    degrees: Float
    locations: Float
    left: Float
    right: Float
    weights: Float

    def sf(self, x: ArrayLike) -> Float:
        """Upper-tail probability.

        Shape: any -> the same, in (0, 1).
        """
        values = np.asarray(x, dtype=np.float64)
        p = np.zeros(values.shape)
        parts = zip(self.degrees, self.locations, self.left, self.right, self.weights, strict=True)
        for df, location, left, right, weight in parts:
            p += weight * _sf(values - location, df, left, right)
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
    losses, theta = profile.minimise()
    posterior = -inside.size * losses - np.log(DEGREES)
    weights = np.exp(posterior - posterior.max())
    kept = weights > 1e-6
    theta = theta[kept]
    return StudentFit(
        degrees=np.array(DEGREES)[kept],
        locations=centre + scale * theta[:, 0],
        left=scale * np.exp(theta[:, 1]),
        right=scale * np.exp(theta[:, 2]),
        weights=weights[kept] / weights[kept].sum(),
    )


def _sf(x: Float, df: float, left: float, right: float) -> Float:
    """Upper tail of the split t about 0: each half's share is its scale's."""
    from scipy.special import stdtr

    tail = stdtr(df, -np.abs(x) / np.where(x > 0, right, left))
    share = 2.0 / (left + right)
    return np.asarray(np.where(x > 0, share * right * tail, 1.0 - share * left * tail), dtype=np.float64)


class _Profile:
    """Mean negative log-likelihood of a sorted, standardised sample truncated to [low, high]."""

    def __init__(self, inside: Float, low: float, high: float) -> None:
        if inside.size > THINNED:
            inside = inside[((np.arange(THINNED) + 0.5) * (inside.size / THINNED)).astype(np.intp)]
        self.inside, self.ends = inside, np.array([low, high])

    def minimise(self) -> tuple[Float, Float]:
        """Loss (k,) and location, log left, log right (k, 3), each started from the last."""
        from scipy.optimize import minimize

        theta = np.zeros(3)
        losses, found = [], []
        for df in DEGREES:
            best = minimize(self.loss, theta, args=(df,), jac=True, method="L-BFGS-B", bounds=[(-2, 2)] * 3)
            theta = best.x
            losses.append(float(best.fun))
            found.append(theta)
        return np.array(losses), np.array(found)

    def loss(self, theta: Float, df: float) -> tuple[float, Float]:
        """Of location, log left scale and log right scale; with its gradient (3,)."""
        from scipy.special import gammaln

        left, right = math.exp(theta[1]), math.exp(theta[2])
        above = self.inside > theta[0]
        scale = np.where(above, right, left)
        z = (self.inside - theta[0]) / scale
        constant = float(gammaln((df + 1) / 2) - gammaln(df / 2)) - 0.5 * math.log(df * math.pi)
        mass, slopes = _mass(self.ends - theta[0], df, left, right, constant)
        value = math.log(mass) + math.log((left + right) / 2) - constant
        value += (df + 1) / 2 * float(np.mean(np.log1p(z * z / df)))
        pull = (df + 1) * z / (df + z * z) / z.size
        push = pull * z
        outer = float(push[above].sum())
        gradient = slopes / mass
        gradient -= [float((pull / scale).sum()), float(push.sum()) - outer, outer]
        gradient[1:] += np.array([left, right]) / (left + right)
        return value, gradient


def _mass(ends: Float, df: float, left: float, right: float, constant: float) -> tuple[float, Float]:
    """Probability between two ends, about 0, and its slopes in location, log left and log right scale.

    ``constant`` is the logarithm of the density of the t at 0.
    """
    from scipy.special import stdtr

    whole = left + right
    outside, slopes = 0.0, np.zeros(3)
    for end, side in zip(ends.tolist(), (-1.0, 1.0), strict=True):
        own, other, place = (right, left, 2) if end > 0 else (left, right, 1)
        u = abs(end) / own
        tail, density = float(stdtr(df, -u)), math.exp(constant - (df + 1) / 2 * math.log1p(u * u / df))
        beyond = 2 * own / whole * tail
        # The part beyond an end that lies on the other half of the t is the whole less what is on this side.
        sign = 1.0 if (end > 0) == (side > 0) else -1.0
        outside += beyond if sign > 0 else 1.0 - beyond
        slopes[0] -= side * 2 / whole * density
        slopes[place] -= sign * 2 * own / whole * (tail * other / whole + density * u)
        slopes[3 - place] += sign * beyond * other / whole
    return max(1.0 - outside, 1e-300), slopes
