"""Student's t fitted to the body of a sample, so that outliers do not shape their own null distribution.

The two halves of the t have their own scales, since log-distances are skew. Both have the same density
at the location, so that there is no step (a split t, as Geweke 1989 uses it). A known share of the sample's
width may be normal: the t is then what is left (see :mod:`evenband.stats.blurred_student`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.stats.blurred_student import BlurredStudent

Float = NDArray[np.float64]

SAMPLE_BODY = (0.02, 0.99)
"""Quantiles between which the values enter the likelihood; outliers lie in the last per cent."""

DEGREES_TRIED = (2.0, 2.5, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 13.0, 17.0, 24.0, 40.0, 100.0)
"""Degrees of freedom to fit; a t with 100 is normal for any p-value worth reporting."""

MOST_POINTS = 256
"""Number of values that enter the likelihood one by one; a larger sample is counted in that many bins."""


@dataclass(frozen=True)
class StudentFit:
    """Split t at several degrees of freedom, weighted by their posterior.

    The probability of a far value depends on how heavy the tail is, which a sample's body leaves open.
    So probabilities are averaged over the degrees of freedom, with a prior that favours few of them.

    Attributes:
        degrees: (k,) degrees of freedom.
        locations: (k,) where the two halves meet.
        left: (k,) scales below the location.
        right: (k,) scales above it.
        weights: (k,) posterior probabilities; they add up to 1.
        normal_share: of the squared width that is a normal error's, in [0, 1).
    """

    degrees: Float
    locations: Float
    left: Float
    right: Float
    weights: Float
    normal_share: float = 0.0

    def sf(self, x: ArrayLike) -> Float:
        """Return the probability of a value above x (the survival function).

        Shape: any -> the same, in (0, 1).
        """
        values = np.asarray(x, dtype=np.float64)
        p = np.zeros(values.shape)
        parts = zip(self.degrees, self.locations, self.left, self.right, self.weights, strict=True)
        for df, location, left, right, weight in parts:
            shape = BlurredStudent(df, self.normal_share)
            p += weight * _sf(values - location, shape, left, right)
        return p


def fit_student(
    x: ArrayLike, body: tuple[float, float] = SAMPLE_BODY, normal_share: float = 0.0, prior: float = 1.0
) -> StudentFit | None:
    """Fit a split t to the body of a sample by truncated maximum likelihood.

    The likelihood is ``sum log f(x_i) - n log(F(b) - F(a))`` over the x_i in [a, b], two quantiles of the
    sample.

    Shape: any -> a fit; ``None`` for fewer than three values or a middle half without width.

    Args:
        x: sample.
        body: the two quantiles, rising, in [0, 1].
        normal_share: of the sample's squared width that is known to be a normal error's, in [0, 1).
        prior: the degrees of freedom have a prior in inverse proportion to this power of them.
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
    inside = (values[(values >= low) & (values <= high)] - centre) / scale
    ends = float(low - centre) / scale, float(high - centre) / scale
    losses, theta = _Profile(*_gather(inside, *ends), *ends, normal_share).minimise()
    posterior = -inside.size * losses - prior * np.log(DEGREES_TRIED)
    weights = np.exp(posterior - posterior.max())
    kept = weights > 1e-6
    theta = theta[kept]
    return StudentFit(
        degrees=np.array(DEGREES_TRIED)[kept],
        locations=centre + scale * theta[:, 0],
        left=scale * np.exp(theta[:, 1]),
        right=scale * np.exp(theta[:, 2]),
        weights=weights[kept] / weights[kept].sum(),
        normal_share=normal_share,
    )


def _gather(inside: Float, low: float, high: float) -> tuple[Float, Float]:
    """Gather a sample in bins, which are narrow in its middle, and return the bins' means and shares.

    Shape: (n,) -> (m,), (m,).

    Args:
        inside: sample in [low, high], about its median and over its scale.
        low: smallest value.
        high: largest value.
    """
    if inside.size <= MOST_POINTS:
        return inside, np.full(inside.size, 1.0 / inside.size)
    edges = np.sinh(np.linspace(math.asinh(low), math.asinh(high), MOST_POINTS + 1))
    bins = np.searchsorted(edges[1:-1], inside)
    counts = np.bincount(bins, minlength=MOST_POINTS)
    sums = np.bincount(bins, weights=inside, minlength=MOST_POINTS)
    filled = counts > 0
    return sums[filled] / counts[filled], counts[filled] / inside.size


def _sf(x: Float, shape: BlurredStudent, left: float, right: float) -> Float:
    """Return the upper-tail probability of the split t about 0, whose halves weigh as their scales."""
    tail = shape.sf(np.abs(x) / np.where(x > 0, right, left))
    share = 2.0 / (left + right)
    return np.asarray(np.where(x > 0, share * right * tail, 1.0 - share * left * tail), dtype=np.float64)


class _Profile:
    """Mean negative log-likelihood of a standardised sample that is truncated to [low, high]."""

    def __init__(
        self, points: Float, shares: Float, low: float, high: float, normal_share: float = 0.0
    ) -> None:
        self.points, self.shares, self.ends = points, shares, (low, high)
        self.normal_share = normal_share

    def minimise(self) -> tuple[Float, Float]:
        """Minimise the loss for each degrees of freedom, each time starting from the last solution.

        Shape: -> losses (k,); location, log left and log right scale (k, 3).
        """
        from scipy.optimize import minimize

        theta = np.zeros(3)
        losses, solutions = [], []
        for df in DEGREES_TRIED:
            shape = BlurredStudent(df, self.normal_share)
            best = minimize(
                self.loss, theta, args=(shape,), jac=True, method="L-BFGS-B", bounds=[(-2, 2)] * 3
            )
            theta = best.x
            losses.append(float(best.fun))
            solutions.append(theta)
        return np.array(losses), np.array(solutions)

    def loss(self, theta: Float, shape: BlurredStudent) -> tuple[float, Float]:
        """Return the loss and its gradient at a location, log left scale and log right scale.

        Shape: (3,) -> a number, (3,).
        """
        left, right = math.exp(theta[1]), math.exp(theta[2])
        above = self.points > theta[0]
        scale = np.where(above, right, left)
        z = (self.points - theta[0]) / scale
        log_density, slope = shape.log_density(z)
        ends = self.ends[0] - theta[0], self.ends[1] - theta[0]
        mass, slopes = _mass(ends, shape, left, right)
        value = math.log(mass) + math.log((left + right) / 2) - float(self.shares @ log_density)
        pull = self.shares * slope
        push = pull * z
        outer = float(push[above].sum())
        gradient = slopes / mass
        gradient -= [float((pull / scale).sum()), float(push.sum()) - outer, outer]
        gradient[1:] += np.array([left, right]) / (left + right)
        return value, gradient


def _mass(ends: tuple[float, float], shape: BlurredStudent, left: float, right: float) -> tuple[float, Float]:
    """Return the probability between two ends about 0, and its gradient.

    Shape: -> a number, (3,) slopes in location, log left scale and log right scale.

    Args:
        ends: relative to the location, rising.
        shape: of both halves at scale 1.
        left: scale below the location.
        right: scale above it.
    """
    whole = left + right
    outside, slopes = 0.0, np.zeros(3)
    for end, side in zip(ends, (-1.0, 1.0), strict=True):
        own, other, place = (right, left, 2) if end > 0 else (left, right, 1)
        u = np.array([abs(end) / own])
        tail, density = float(shape.sf(u)[0]), math.exp(shape.log_density(u)[0][0])
        beyond = 2 * own / whole * tail
        # ``beyond`` is the mass farther out than the end on its own half of the t. For an upper end below 0,
        # or a lower end above 0, the mass outside is therefore all the rest.
        sign = 1.0 if (end > 0) == (side > 0) else -1.0
        outside += beyond if sign > 0 else 1.0 - beyond
        slopes[0] -= side * 2 / whole * density
        slopes[place] -= sign * 2 * own / whole * (tail * other / whole + density * float(u[0]))
        slopes[3 - place] += sign * beyond * other / whole
    return max(1.0 - outside, 1e-300), slopes
