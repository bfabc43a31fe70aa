"""Wilson's interval agrees with statsmodels; slots and templates combine as defined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from evenband.errors import InputError
from evenband.stats.intervals import Draws, wilson


@given(st.integers(1, 5000), st.floats(0, 1), st.sampled_from([0.8, 0.9, 0.95]))
def test_wilson_is_statsmodels(n: int, share: float, level: float) -> None:
    """Wilson's interval equals that of statsmodels."""
    oracle = proportion_confint(share * n, n, alpha=1 - level, method="wilson")
    assert wilson(share, n, level) == pytest.approx(oracle, abs=1e-9)


def test_wilson_of_a_perfect_share_has_a_width() -> None:
    """A share of 1 has an interval with a width."""
    low, high = wilson(1.0, 200)
    assert high == 1
    assert low == pytest.approx(0.9866, abs=1e-4)


@pytest.mark.parametrize(("share", "n"), [(1.1, 10), (-0.1, 10), (0.5, 0)])
def test_wilson_refuses_what_is_no_proportion(share: float, n: float) -> None:
    """A share outside [0, 1] or no trials are refused."""
    with pytest.raises(InputError, match="expected 0 <= share <= 1 and n > 0"):
        wilson(share, n)


def draws(parts: list[float], noise: float = 0.0, r: int = 4000) -> Draws:
    """Return draws whose templates have these parts, with noise from the slots."""
    rng = np.random.default_rng(0)
    t = np.asarray(parts)
    jitter = rng.normal(0, noise, (r, t.size))
    return Draws(float(t.mean()), t.mean() + jitter.mean(axis=1), t, t + jitter)


def test_one_template_leaves_the_slots_alone() -> None:
    """With one template the interval is that of the slots."""
    one = draws([3.0], noise=1.0)
    assert one.template_variance == 0
    assert one.interval(np.random.default_rng(1)) == pytest.approx((3 - 1.645, 3 + 1.645), abs=0.08)


def test_template_part_is_a_t_interval() -> None:
    """Without slot noise the interval is the textbook's mean +- t(7) sd / sqrt(8)."""
    parts = [0.1, 0.5, 0.2, 0.9, 0.4, 0.3, 0.8, 0.6]
    half = 1.8946 * np.std(parts, ddof=1) / np.sqrt(8)
    mean = np.mean(parts)
    assert draws(parts).interval(np.random.default_rng(1)) == pytest.approx(
        (mean - half, mean + half), abs=0.01
    )


def test_noise_that_slots_explain_is_not_counted_twice() -> None:
    """Pseudo-values that slot noise explains leave no template variance."""
    parts = np.random.default_rng(3).normal(0, 1, 8)
    assert draws(list(parts), noise=float(np.std(parts, ddof=1)) * 1.1).template_variance == 0


def test_a_perfect_share_rests_on_its_clusters() -> None:
    """The interval of a share of 1 counts its clusters as trials."""
    assert draws([1.0] * 8).share_interval(200) == wilson(1.0, 200)
