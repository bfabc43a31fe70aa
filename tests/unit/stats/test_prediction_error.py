"""The share of a residual that is the error of its prediction, held against simulated errors."""

import numpy as np
import pytest

from evenband.stats.leave_one_out import predict
from evenband.stats.prediction_error import LARGEST_NORMAL_SHARE, normal_shares


def test_the_share_is_what_the_predictors_noise_makes_of_the_residual() -> None:
    """Known heights, noise of .2 in each of eight templates: the share is that of the known error."""
    rng = np.random.default_rng(0)
    heights = rng.normal(0, 0.4, (3000, 1))
    table = heights + 0.2 * rng.standard_normal((3000, 8))
    coefficients, expected = predict(table, np.empty((3000, 0)))
    residual = table - expected
    truth = (expected - heights).var(axis=0) / residual.var(axis=0)
    assert normal_shares(coefficients, residual) == pytest.approx(truth, abs=0.03)


def test_a_prediction_by_noise_alone_has_the_largest_share() -> None:
    """Coefficients of 10 on unit noise make an error wider than the residual: the share is cut off."""
    residual = np.random.default_rng(1).standard_normal((500, 4))
    assert (normal_shares(np.full((4, 4), 10.0), residual) == LARGEST_NORMAL_SHARE).all()
