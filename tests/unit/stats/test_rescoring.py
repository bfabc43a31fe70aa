"""The error of a fast number format is measured right, and the promised cells are chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evenband.errors import InputError
from evenband.stats.rescoring import calibrate, choose_far, draw, pays


def test_planted_errors_come_back() -> None:
    """Planted bias, spread and share of log d's variance are recovered."""
    rng = np.random.default_rng(0)
    y = rng.normal(-3.5, 0.4, 20_000)
    templates = rng.integers(0, 3, 20_000)
    exact = 1 - np.exp(y + templates)  # the templates' own distances are no spread of the labels
    fast = 1 - np.exp(y + templates + rng.normal(0, 0.04, 20_000))
    calibration = calibrate(fast, exact, templates, 1e-9)
    assert calibration.log_sd == pytest.approx(0.04, rel=0.02)
    assert calibration.share == pytest.approx(0.01, rel=0.05)
    assert calibration.rms**2 == pytest.approx(calibration.bias**2 + calibration.sd**2)
    assert calibration.correlation == pytest.approx(stats.spearmanr(fast, exact).statistic)
    shifted = calibrate(exact + 1e-3, exact, templates, 1e-9)
    assert shifted.bias == pytest.approx(1e-3)
    assert shifted.sd == pytest.approx(0, abs=1e-15)


def test_scores_without_spread_have_no_correlation_and_no_share() -> None:
    """Constant scores have no correlation and no share."""
    calibration = calibrate(np.full(5, 0.9), np.full(5, 0.9), np.zeros(5, dtype=np.intp), 1e-9)
    assert calibration.correlation is None
    assert calibration.share is None


def test_a_single_cell_calibrates_nothing() -> None:
    """A single cell is refused."""
    with pytest.raises(InputError, match="got 1 cells"):
        calibrate(np.ones(1), np.ones(1), np.zeros(1, dtype=np.intp), 1e-9)


@given(st.integers(1, 3000), st.integers(0, 99))
def test_the_far_rows_are_the_farthest_two_percent_and_fifty_at_least(n: int, seed: int) -> None:
    """The farthest 2%, at least 50, are chosen, and a tenth, at least 100, is drawn."""
    distances = np.random.default_rng(seed).random(n)
    far = choose_far(distances)
    assert len(set(far)) == min(n, max(50, int(np.ceil(0.02 * n))))
    rest = np.delete(distances, far)
    assert not len(rest) or rest.max() <= distances[far].min()
    drawn = draw(n, np.random.default_rng(seed))
    assert len(set(drawn)) == min(n, max(100, int(np.ceil(0.1 * n))))


def test_the_tenth_is_drawn_evenly() -> None:
    """Every row is drawn equally often over 2,000 draws."""
    rng = np.random.default_rng(1)
    counts = np.bincount(np.concatenate([draw(1000, rng) for _ in range(2000)]), minlength=1000)
    # Without replacement the counts vary less than multinomial ones, by the share that is left out.
    assert stats.kstest(stats.zscore(counts), "norm").pvalue > 0.001
    assert counts.std() == pytest.approx(np.sqrt(2000 * 0.1 * 0.9), rel=0.1)


def test_few_labels_are_not_worth_a_screen() -> None:
    """At 300 labels, where half would be scored twice, a fast format does not pay."""
    assert not pays(300)
    assert pays(301)
    assert pays(10_153)
