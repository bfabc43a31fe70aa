"""Student's t plus an independent normal error: noise of a cell's own and the error of its prediction."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

NORMAL_NODES = 21
"""Number of Gauss-Hermite nodes that integrate over the normal error."""

SMALLEST_NODE_WEIGHT = 1e-13
"""Weight below which a node is left out."""

NORMAL_UPPER_QUARTILE = 0.6744897501960817
"""Upper quartile of the standard normal distribution."""


class BlurredStudent:
    """Distribution of T + c N about 0, where T is a t and N a standard normal variable.

    The factor c gives the normal part a share of the squared width, both widths measured by quartiles:
    a t has no variance below two degrees of freedom.
    """

    def __init__(self, df: float, share: float = 0.0) -> None:
        """Prepare the integration.

        Args:
            df: degrees of freedom of the t.
            share: of the normal part in the squared width, in [0, 1); 0 is the t itself.
        """
        from scipy.special import gammaln, stdtrit

        self.df = df
        self._constant = float(gammaln((df + 1) / 2) - gammaln(df / 2)) - 0.5 * math.log(df * math.pi)
        width = float(stdtrit(df, 0.75)) / NORMAL_UPPER_QUARTILE
        nodes, weights = _normal_rule() if share > 0 else (np.zeros(1), np.ones(1))
        self._shifts, self._weights = nodes * width * math.sqrt(share / (1.0 - share)), weights

    def log_density(self, x: Float) -> tuple[Float, Float]:
        """Return the logarithm of the density, and its slope with the sign turned.

        Shape: (n,) -> (n,), (n,).
        """
        apart = x[:, None] - self._shifts
        inverse = 1.0 / (1.0 + apart * apart / self.df)
        density = self._weights * inverse ** ((self.df + 1) / 2)
        total = density.sum(axis=1)
        slope = (density * apart * inverse).sum(axis=1) * ((self.df + 1) / self.df)
        return self._constant + np.log(total), slope / total

    def sf(self, x: Float) -> Float:
        """Return the upper-tail probability. Shape: any -> the same."""
        from scipy.special import stdtr

        apart = np.asarray(x)[..., None] - self._shifts
        return np.asarray(stdtr(self.df, -apart) @ self._weights, dtype=np.float64)


@cache
def _normal_rule() -> tuple[Float, Float]:
    """Return nodes and weights of an expectation over the standard normal distribution."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NORMAL_NODES)
    weights = weights / weights.sum()
    kept = weights > SMALLEST_NODE_WEIGHT
    return nodes[kept], weights[kept]
