"""What of a residual is the error of its prediction: the predictors' own noise.

A residual is a cell's own noise less the error of its prediction. That error adds up many small parts, none
of which is far out: it is nearly normal, whatever the tail of a cell's own noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.stats.dispersion import robust_scale
from evenband.stats.leave_one_out import pull_in

Float = NDArray[np.float64]

LARGEST_NORMAL_SHARE = 0.6
"""Largest share of a residual's squared width that counts as its prediction's error."""

UNCOUNTED_SHARE = 0.15
"""Share that is added for the prediction of a change from the values before it.

Their noise, as far as the coefficients leave it, makes .03 to .06 in models trained from MiniLM. Three times
as much brings the error rate down where noise is heavy-tailed.
"""


def normal_shares(coefficients: Float, residual: Float) -> Float:
    """Return the shares of the residuals' squared widths that the noise of their predictors causes.

    The prediction of a cell adds up its predictors' own noise, each times its coefficient.

    Shape: (t, k), (n, t) -> (t,), in [0, LARGEST_NORMAL_SHARE].
    """
    t = residual.shape[1]
    variance = pull_in(residual).var(axis=0)
    errors = [weights[1:t] ** 2 @ np.delete(variance, j) for j, weights in enumerate(coefficients)]
    return np.minimum(np.array(errors) / robust_scale(residual) ** 2, LARGEST_NORMAL_SHARE)
