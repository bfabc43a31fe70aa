"""Planted effects: recall rises with their size, and the minimum detectable effect lies where it should."""

import numpy as np
import pytest

from evenband.stats import power
from evenband.stats.detection import Float, detect
from evenband.stats.power import estimate_power

LEVEL = 0.05
"""False discovery rate."""


def table(n: int = 500, noise: float = 0.15, seed: int = 0) -> Float:
    """Return log-distances with effects of labels."""
    rng = np.random.default_rng(seed)
    return np.asarray(-3.5 + rng.normal(0, 0.35, (n, 1)) + noise * rng.standard_normal((n, 6)))


def test_recall_rises_with_the_effect() -> None:
    """Recall rises with the effect, and the minimum detectable effect lies within the factors."""
    result = estimate_power(table(), np.random.default_rng(0), LEVEL)
    assert result is not None
    assert (np.diff(result.recall) >= -0.02).all()
    assert result.recall[0] < 0.5 < 0.95 < result.recall[-1]
    assert (result.fdp <= 0.1).all()
    assert result.minimum is not None
    assert result.factors[0] < result.minimum < result.factors[-1]
    assert result.planted == 96


def test_more_noise_hides_larger_effects() -> None:
    """More noise makes the minimum detectable effect larger."""
    quiet, loud = (
        estimate_power(table(noise=noise), np.random.default_rng(1), LEVEL) for noise in (0.1, 0.3)
    )
    assert quiet is not None
    assert loud is not None
    assert quiet.minimum is not None
    assert loud.minimum is None or loud.minimum > 1.5 * quiet.minimum


def test_effects_in_noisy_labels_are_found_from_a_larger_size() -> None:
    """Planted among noisy labels only, effects must be larger than among quiet ones."""
    y = table(n=600, noise=0.1)
    noisy = np.arange(600) < 300
    y[noisy] += np.random.default_rng(1).normal(0, 0.25, (300, 6))
    loud, quiet = (
        estimate_power(y, np.random.default_rng(2), LEVEL, among=among, repeats=3)
        for among in (noisy, ~noisy)
    )
    assert loud is not None
    assert quiet is not None
    assert quiet.planted == 36
    assert quiet.minimum is not None
    assert loud.recall.mean() < quiet.recall.mean() - 0.1
    none = np.zeros(600, dtype=bool)
    assert estimate_power(y, np.random.default_rng(2), LEVEL, among=none) is None


def test_cells_that_were_certified_already_are_not_false() -> None:
    """Cells that are certified without planting do not count as false discoveries."""
    y = table(seed=2)
    y[[1, 2, 3], [0, 1, 2]] += np.log(20)
    base = detect(y)
    assert (base.q <= 0.05).sum() == 3
    result = estimate_power(y, np.random.default_rng(3), LEVEL, detection=base)
    assert result is not None
    assert (result.fdp <= 0.05).all()


def test_nothing_is_planted_beyond_opposite_vectors() -> None:
    """No planted distance is beyond that of opposite vectors."""
    planted = power._plant(np.full((3, 3), -0.1), np.array([4]), 8.2)
    assert planted.max() == pytest.approx(np.log(2))


def test_minimum_is_interpolated_on_the_logarithm() -> None:
    """The minimum is interpolated on the logarithm of the factor."""
    factors = np.array([2.0, 8.0])
    assert power._minimum(factors, np.array([0.6, 1.0])) == pytest.approx(4.0)
    assert power._minimum(factors, np.array([0.0, 0.7])) is None
    assert power._minimum(factors, np.array([0.9, 0.8])) == 2.0


@pytest.mark.parametrize("y", [table(n=150), np.full((300, 5), -2.0)])
def test_no_power_where_nothing_can_be_certified(y: Float) -> None:
    """Too few labels or no spread give no power."""
    assert estimate_power(y, np.random.default_rng(4), LEVEL) is None
