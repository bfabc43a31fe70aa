"""Student's t fitted to the body of a sample, so that outliers do not shape their own null distribution.

The two halves of the t have their own scales, since log-distances are skew. Both have the same density
at the location, so that there is no step (a split t, as Geweke 1989 uses it).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

SAMPLE_BODY = (0.02, 0.99)
"""Quantiles between which the values enter the likelihood; outliers lie in the last per cent."""

DEGREES_TRIED = (2.0, 2.5, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 13.0, 17.0, 24.0, 40.0, 100.0)
"""Degrees of freedom to fit; a t with 100 is normal for any p-value worth reporting."""

MOST_ORDER_STATISTICS = 3000
"""Number of order statistics, evenly spaced in rank, that stand for a larger sample."""


@dataclass(frozen=True)
class StudentFit:
    """Split t at several degrees of freedom, weighted by their posterior.

    The probability of a far value depends on how heavy the tail is, which a sample's body leaves open.
    So probabilities are averaged over the degrees of freedom, with a prior in inverse proportion to them.

    Attributes:
        degrees: (k,) degrees of freedom.
        locations: (k,) where the two halves meet.
        left: (k,) scales below the location.
        right: (k,) scales above it.
        weights: (k,) posterior probabilities; they add up to 1.
    """

    degrees: Float
    locations: Float
    left: Float
    right: Float
    weights: Float

    def sf(self, x: ArrayLike) -> Float:
        """Return the probability of a value above x (the survival function).

        Shape: any -> the same, in (0, 1).
        """
        values = np.asarray(x, dtype=np.float64)
        p = np.zeros(values.shape)
        parts = zip(self.degrees, self.locations, self.left, self.right, self.weights, strict=True)
        for df, location, left, right, weight in parts:
            p += weight * _sf(values - location, df, left, right)
        return p


def fit_student(x: ArrayLike, body: tuple[float, float] = SAMPLE_BODY) -> StudentFit | None:
    """Fit a split t to the body of a sample by truncated maximum likelihood.

    The likelihood is ``sum log f(x_i) - n log(F(b) - F(a))`` over the x_i in [a, b], two quantiles of the
    sample.

    Shape: any -> a fit; ``None`` for fewer than three values or a middle half without width.

    Args:
        x: sample.
        body: the two quantiles, rising, in [0, 1].
    """
    values = np.ravel(np.asarray(x, dtype=np.float64))
    if values.size < 3:
        return None
    low, lower_quartile, centre, upper_quartile, high = np.quantile(
        values, [body[0], 0.25, 0.5, 0.75, body[1]]
    )
    # The interquartile range of a normal distribution is 1.349 standard deviations.
    scale = float(upper_quartile - lower_quartile) / 1.349
    if not scale > 0:
        return None
    inside = np.sort((values[(values >= low) & (values <= high)] - centre) / scale)
    profile = _Profile(inside, float(low - centre) / scale, float(high - centre) / scale)
    losses, theta = profile.minimise()
    posterior = -inside.size * losses - np.log(DEGREES_TRIED)
    weights = np.exp(posterior - posterior.max())
    kept = weights > 1e-6
    theta = theta[kept]
    return StudentFit(
        degrees=np.array(DEGREES_TRIED)[kept],
        locations=centre + scale * theta[:, 0],
        left=scale * np.exp(theta[:, 1]),
        right=scale * np.exp(theta[:, 2]),
        weights=weights[kept] / weights[kept].sum(),
    )


def _sf(x: Float, df: float, left: float, right: float) -> Float:
    """Return the upper-tail probability of the split t about 0, whose halves weigh as their scales."""
    from scipy.special import stdtr

    tail = stdtr(df, -np.abs(x) / np.where(x > 0, right, left))
    share = 2.0 / (left + right)
    return np.asarray(np.where(x > 0, share * right * tail, 1.0 - share * left * tail), dtype=np.float64)


class _Profile:
    """Mean negative log-likelihood of a sorted, standardised sample that is truncated to [low, high]."""

    def __init__(self, inside: Float, low: float, high: float) -> None:
        if inside.size > MOST_ORDER_STATISTICS:
            ranks = (np.arange(MOST_ORDER_STATISTICS) + 0.5) * (inside.size / MOST_ORDER_STATISTICS)
            inside = inside[ranks.astype(np.intp)]
        self.inside, self.ends = inside, np.array([low, high])

    def minimise(self) -> tuple[Float, Float]:
        """Minimise the loss for each degrees of freedom, each time starting from the last solution.

        Shape: -> losses (k,); location, log left and log right scale (k, 3).
        """
        from scipy.optimize import minimize

        theta = np.zeros(3)
        losses, solutions = [], []
        for df in DEGREES_TRIED:
            best = minimize(self.loss, theta, args=(df,), jac=True, method="L-BFGS-B", bounds=[(-2, 2)] * 3)
            theta = best.x
            losses.append(float(best.fun))
            solutions.append(theta)
        return np.array(losses), np.array(solutions)

    def loss(self, theta: Float, df: float) -> tuple[float, Float]:
        """Return the loss and its gradient at a location, log left scale and log right scale.

        Shape: (3,) -> a number, (3,).
        """
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
    """Return the probability between two ends about 0, and its gradient.

    Shape: (2,) -> a number, (3,) slopes in location, log left scale and log right scale.

    Args:
        ends: relative to the location, rising.
        df: degrees of freedom.
        left: scale below the location.
        right: scale above it.
        constant: logarithm of the density of the t at 0.
    """
    from scipy.special import stdtr

    whole = left + right
    outside, slopes = 0.0, np.zeros(3)
    for end, side in zip(ends.tolist(), (-1.0, 1.0), strict=True):
        own, other, place = (right, left, 2) if end > 0 else (left, right, 1)
        u = abs(end) / own
        tail, density = float(stdtr(df, -u)), math.exp(constant - (df + 1) / 2 * math.log1p(u * u / df))
        beyond = 2 * own / whole * tail
        # ``beyond`` is the mass farther out than the end on its own half of the t. For an upper end below 0,
        # or a lower end above 0, the mass outside is therefore all the rest.
        sign = 1.0 if (end > 0) == (side > 0) else -1.0
        outside += beyond if sign > 0 else 1.0 - beyond
        slopes[0] -= side * 2 / whole * density
        slopes[place] -= sign * 2 * own / whole * (tail * other / whole + density * u)
        slopes[3 - place] += sign * beyond * other / whole
    return max(1.0 - outside, 1e-300), slopes
