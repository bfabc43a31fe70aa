"""Student's t fitted to the middle of a sample, so that the outliers do not shape their own null."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

CENTRAL = 0.96
"""Share of the sample, in the middle, that the truncated likelihood looks at."""

LOG_DF = (math.log(1.0), math.log(200.0))
"""Range of log degrees of freedom; 200 is normal for any p-value worth reporting."""


@dataclass(frozen=True)
class StudentFit:
    """t distribution with ``df`` degrees of freedom, location and scale."""

    df: float
    location: float
    scale: float

    def sf(self, x: ArrayLike) -> Float:
        """Upper-tail probability.

        Shape: any -> the same, in (0, 1).
        """
        from scipy.special import stdtr

        z = (np.asarray(x, dtype=np.float64) - self.location) / self.scale
        return np.asarray(stdtr(self.df, -z), dtype=np.float64)

    def quantile(self, p: float) -> float:
        """The value below which a share ``p`` lies."""
        from scipy.special import stdtrit

        return self.location + self.scale * float(stdtrit(self.df, p))


def fit_student(x: ArrayLike, central: float = CENTRAL) -> StudentFit | None:
    """Truncated maximum likelihood: only the central share is looked at, and known to be truncated.

    ``sum log f(x_i) - n log(F(b) - F(a))`` over the x_i in [a, b], the central quantiles.

    Shape: any -> a fit, ``None`` where the middle of the sample has no width.
    """
    values = np.ravel(np.asarray(x, dtype=np.float64))
    if values.size < 3:
        return None
    low, high = np.quantile(values, [(1 - central) / 2, (1 + central) / 2])
    spread = np.subtract(*np.quantile(values, [0.75, 0.25]))
    if not spread > 0 or not high > low:
        return None
    centre = float(np.median(values))
    scale = float(spread) / 1.349
    middle = (values[(values >= low) & (values <= high)] - centre) / scale
    df, location, width = _maximise(middle, float(low - centre) / scale, float(high - centre) / scale)
    return StudentFit(df, centre + scale * location, scale * width)


def _maximise(x: Float, low: float, high: float) -> tuple[float, float, float]:
    """Degrees of freedom, location and scale of a standardised sample truncated to [low, high]."""
    from scipy.optimize import minimize
    from scipy.special import gammaln, stdtr

    def loss(theta: Float) -> float:
        location, log_scale, log_df = theta
        scale, df = math.exp(log_scale), math.exp(log_df)
        square = ((x - location) / scale) ** 2
        density = (
            float(gammaln((df + 1) / 2) - gammaln(df / 2)) - 0.5 * math.log(df * math.pi) - log_scale
        ) - (df + 1) / 2 * float(np.mean(np.log1p(square / df)))
        mass = float(stdtr(df, (high - location) / scale) - stdtr(df, (low - location) / scale))
        return math.log(max(mass, 1e-300)) - float(density)

    bounds = [(-3.0, 3.0), (math.log(0.05), math.log(20.0)), LOG_DF]
    starts = (np.array([0.0, -0.1, math.log(6.0)]), np.array([0.0, 0.0, math.log(40.0)]))
    fits = [minimize(loss, start, method="L-BFGS-B", bounds=bounds) for start in starts]
    location, log_scale, log_df = min(fits, key=lambda fit: float(fit.fun)).x
    return math.exp(log_df), float(location), math.exp(log_scale)
