"""The figures equal the plain statistics, and their intervals hold the value."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from evenband.stats.dispersion import log_distance, phi, tail
from evenband.stats.figure_contrasts import contrast_figures
from evenband.stats.figures import estimate_figures

Float = NDArray[np.float64]


def scores(n: int, t: int, seed: int = 0, loading: float = 0.0) -> Float:
    """Return similarities of random nouns in random templates.

    Each template stretches the noun part of y by exp(N(0, loading)).
    """
    rng = np.random.default_rng(seed)
    stretch = np.exp(rng.normal(0, loading, (1, t)))
    y = (
        -3.5
        + rng.normal(0, 0.3, (1, t))
        + stretch * (rng.normal(0, 0.3, (n, 1)) + rng.normal(0, 0.25, (n, t)))
    )
    return np.asarray(1 - np.exp(y))


def test_values_are_the_plain_statistics() -> None:
    """Every figure equals its plain statistic."""
    s = scores(500, 4)
    swap = np.full(s.shape, 0.4)
    hit = (s > np.quantile(s, 0.1)).astype(float)
    figures = estimate_figures(s, np.random.default_rng(0), swap=swap, shares={"pass_rate": hit})
    estimates = figures.estimates
    y = log_distance(s, 1e-9)
    assert estimates["minimum"].value == s.min()
    assert estimates["median"].value == np.median(s)
    assert estimates["phi"].value == pytest.approx(phi(y))
    assert estimates["consistency"].value == pytest.approx(1 / (phi(y) or np.nan))
    assert estimates["t99"].value == pytest.approx(tail(y))
    assert estimates["r50"].value == pytest.approx(np.median((1 - s) / 0.4))
    assert estimates["pass_rate"].value == pytest.approx(hit.mean())
    assert estimates["uniformity"].value == pytest.approx(1 - 4 * 0.9 * 0.1)


@pytest.mark.parametrize("t", [1, 2, 8])
def test_every_interval_holds_its_value(t: int) -> None:
    """Every interval holds its value, for one template and for several."""
    s = scores(300, t)
    shares = {"pass_rate": (s > 0.97).astype(float), "r_at_1": np.ones(s.shape)}
    figures = estimate_figures(s, np.random.default_rng(1), swap=np.full(s.shape, 0.4), shares=shares)
    for name, estimate in figures.estimates.items():
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= estimate.value <= estimate.high, name


def test_templates_widen_the_interval_of_the_median() -> None:
    """Several templates widen the interval of the median more than threefold."""
    s = scores(1000, 8)
    both = estimate_figures(s, np.random.default_rng(2)).estimates["median"]
    slots = estimate_figures(s[:, :1], np.random.default_rng(2)).estimates["median"]
    assert (both.high or 0) - (both.low or 0) > 3 * ((slots.high or 0) - (slots.low or 0))


def test_equal_generators_give_equal_figures() -> None:
    """Equal generators give equal figures."""
    s = scores(200, 3)
    first, second = (estimate_figures(s, np.random.default_rng(3)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("constant", [1.0, 0.9765625])
def test_a_constant_score_gives_phi_one_and_no_error(constant: float) -> None:
    """Constant scores give Phi, C and T99 of 1."""
    estimates = estimate_figures(np.full((300, 2), constant), np.random.default_rng(4)).estimates
    for name in ("phi", "consistency", "t99"):
        assert (estimates[name].value, estimates[name].low, estimates[name].high) == pytest.approx((1, 1, 1))


def test_one_label_has_no_phi() -> None:
    """A single label has a median, but no Phi and no C."""
    estimates = estimate_figures([[0.9, 0.8]], np.random.default_rng(5)).estimates
    assert estimates["phi"].value is None
    assert estimates["consistency"].value is None
    assert estimates["median"].value == pytest.approx(0.85)


def test_contrast_of_a_model_with_itself_is_nothing() -> None:
    """A model compared with itself differs by 0, with a ratio of 1 and no width."""
    s = scores(300, 4)
    contrast = contrast_figures(s, s, np.random.default_rng(6))
    assert (contrast.median.value, contrast.median.low, contrast.median.high) == (0, 0, 0)
    assert (contrast.phi_ratio.value, contrast.phi_ratio.low, contrast.phi_ratio.high) == (1, 1, 1)


def test_pairing_sees_a_difference_that_two_intervals_would_hide() -> None:
    """The paired interval shows that a model is 5% wider on y, label by label."""
    left = scores(500, 8, loading=0.2)
    y = log_distance(left, 1e-9)
    right = 1 - np.exp(-3.5 + 1.05 * (y + 3.5))
    ratio = contrast_figures(left, right, np.random.default_rng(7)).phi_ratio
    assert ratio.low is not None
    assert 1 < ratio.low <= (phi(1.05 * y) or 0) / (phi(y) or 1) <= (ratio.high or 0)


def test_one_label_has_no_interval_and_no_contrast_of_spread() -> None:
    """A single label has no intervals and no ratios, since nothing can be resampled."""
    estimates = estimate_figures([[0.9, 0.8]], np.random.default_rng(5)).estimates
    assert estimates["t99"].value is None
    assert [(estimates[name].low, estimates[name].high) for name in ("minimum", "median")] == [
        (None, None)
    ] * 2
    share = [[float("nan")]] * 2
    between = contrast_figures([[0.9]], [[0.8]], np.random.default_rng(5), shares=(share[:1], share[1:]))
    assert between.median.value == pytest.approx(-0.1)
    assert [between.phi_ratio.value, between.t99_ratio.value, between.share.value] == [None] * 3


@pytest.mark.parametrize(("n", "t"), [(40, 3), (40, 1), (1, 2)])
def test_figures_without_intervals_are_those_with(n: int, t: int) -> None:
    """Without replicates every figure has the same value, and no interval."""
    s = scores(n, t)
    others: dict[str, Any] = {
        "swap": np.full(s.shape, 0.4),
        "shares": {"pass_rate": (s > 0.97).astype(float)},
    }
    whole = estimate_figures(s, np.random.default_rng(0), **others).estimates
    alone = estimate_figures(s, np.random.default_rng(0), **others, replicates=0).estimates
    known = {name: one.value for name, one in whole.items() if one.value is not None}
    assert {name: one.value for name, one in alone.items() if one.value is not None} == pytest.approx(known)
    assert all(one.low is None and one.high is None and one.n == n for one in alone.values())
