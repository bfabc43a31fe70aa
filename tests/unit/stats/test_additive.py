"""The additive model recovers planted curves, covers fresh draws and ignores what must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy import stats

from evenband.errors import InputError
from evenband.stats.additive import (
    FEWEST_LABELS_FOR_EXPECTATION,
    SMOOTHING_PENALTIES,
    Additive,
    Float,
    fit_additive,
)


def planted(seed: int, n: int = 2_000, noise: float = 0.3) -> tuple[Float, Float, Float]:
    """Return covariates, the true heights of their curves (the fourth has none), and y."""
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [rng.normal(size=n), rng.integers(2, 20, n), rng.integers(0, 2, n), rng.exponential(size=n)]
    )
    curves = np.column_stack([np.abs(x[:, 0]), 2 / x[:, 1], 0.5 * x[:, 2], 0 * x[:, 3]])
    curves -= curves.mean(axis=0)
    return x, curves, -3.5 + curves.sum(axis=1) + noise * rng.standard_normal(n)


def fit(y: ArrayLike, x: ArrayLike, seed: int = 0) -> Additive:
    """Fit the model and check that there is one."""
    model = fit_additive(y, x, np.random.default_rng(seed))
    assert model is not None
    return model


def r2(model: Additive, y: ArrayLike) -> float:
    """Return the share of the variance of y that the out-of-fold predictions explain."""
    return float(1 - ((np.asarray(y) - model.expected) ** 2).mean() / np.var(np.asarray(y, dtype=np.float64)))


def test_planted_curves_are_found() -> None:
    """Every covariate gets its own curve, and one without effect a flat one."""
    x, curves, y = planted(0)
    model = fit(y, x)
    for j in range(3):
        assert np.corrcoef(model.contributions[:, j], curves[:, j])[0, 1] > 0.98
        assert np.sqrt(((model.contributions[:, j] - curves[:, j]) ** 2).mean()) < 0.06
    assert np.abs(model.contributions[:, 3]).mean() < 0.03
    explainable = curves.sum(axis=1).var() / y.var()
    assert explainable - 0.03 < r2(model, y) < explainable + 0.03


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), n=st.integers(FEWEST_LABELS_FOR_EXPECTATION, 400), k=st.integers(0, 5))
def test_contributions_add_up(seed: int, n: int, k: int) -> None:
    """The base and the contributions add up to the prediction, and each contribution averages about 0."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.standard_cauchy((n, k)), 1)
    y = x.sum(axis=1) + rng.normal(size=n)
    model = fit(y, x)
    assert model.base == y.mean()
    assert model.contributions.shape == (n, k)
    assert model.base + model.contributions.sum(axis=1) == pytest.approx(model.expected, rel=1e-12)
    assert np.abs(model.contributions.mean(axis=0)).max(initial=0) < 0.25 * y.std()
    assert (model.low <= model.high).all()


def test_an_interval_covers_a_fresh_draw() -> None:
    """A 90% interval holds nine in ten fresh numbers, with one in twenty above it.

    The noise is skew and grows with the expectation; the coverage must hold for the largest expectations too.
    """
    rng = np.random.default_rng(1)
    inside, above, far = [], [], []
    for seed in range(20):
        x, curves, _ = planted(seed, 1_000)
        centre = curves.sum(axis=1)
        size = 0.2 + 0.3 * (centre - centre.min())

        def draw(centre: Float = centre, size: Float = size) -> Float:
            return centre + size * (rng.gamma(2.0, size=len(centre)) - 2)

        model, fresh = fit(draw(), x), draw()
        inside.append((fresh >= model.low) & (fresh <= model.high))
        above.append(fresh > model.high)
        far.append(inside[-1][np.argsort(model.expected)[-100:]])
    assert 0.885 < np.mean(inside) < 0.915
    assert 0.04 < np.mean(above) < 0.06
    assert 0.85 < np.mean(far) < 0.95


def test_a_label_is_predicted_without_itself() -> None:
    """An outlying label does not move its own prediction, except through the mean."""
    x, _, y = planted(3)
    plain = fit(y, x)
    moved = y.copy()
    moved[17] += 6
    model = fit(moved, x)
    assert model.expected[17] - 6 / len(y) == pytest.approx(plain.expected[17], abs=0.01)
    assert model.beyond[17] == 1 / len(y)
    assert moved[17] > model.high[17]


def test_as_good_as_gradient_boosting_where_effects_add() -> None:
    """Gradient boosting, which knows interactions, predicts additive effects no better."""
    ensemble = pytest.importorskip("sklearn.ensemble")
    selection = pytest.importorskip("sklearn.model_selection")
    x, _, y = planted(4)
    folds = selection.KFold(5, shuffle=True, random_state=0)
    peer = selection.cross_val_predict(
        ensemble.HistGradientBoostingRegressor(max_iter=100, learning_rate=0.1, random_state=0),
        x,
        y,
        cv=folds,
    )
    assert r2(fit(y, x), y) > 1 - ((y - peer) ** 2).mean() / y.var()


def test_noise_is_not_explained() -> None:
    """Covariates unrelated to y explain nothing, and the interval is that of y itself."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(1_000, 8)), rng.normal(size=1_000)
    model = fit(y, x)
    assert -0.02 < r2(model, y) < 0.01
    assert model.penalty > SMOOTHING_PENALTIES[len(SMOOTHING_PENALTIES) // 2]
    assert model.expected.std() < 0.15
    assert model.high.mean() - model.low.mean() == pytest.approx(2 * stats.norm.ppf(0.95), abs=0.25)


def test_units_do_not_matter() -> None:
    """Other units of y or of a covariate change the prediction by just that unit."""
    x, _, y = planted(6)
    plain, other = fit(y, x), fit(10 * y + 7, x * np.array([1, 1_000, -1, 0.01]) + np.array([5.0, 0, 1, -2]))
    assert other.expected == pytest.approx(10 * plain.expected + 7, abs=1e-6)
    assert other.high == pytest.approx(10 * plain.high + 7, abs=1e-6)
    assert other.beyond == pytest.approx(plain.beyond)


def test_a_constant_covariate_contributes_nothing() -> None:
    """A constant covariate contributes 0 and leaves the prediction as it was."""
    x, _, y = planted(7)
    plain, wider = fit(y, x), fit(y, np.column_stack([x[:, :2], np.full(len(x), 3.0), x[:, 2:]]))
    assert (wider.contributions[:, 2] == 0).all()
    assert wider.expected == pytest.approx(plain.expected)


def test_a_covariate_given_twice_counts_once() -> None:
    """A repeated covariate shares its effect between both copies and changes no prediction."""
    x, _, y = planted(8)
    once, twice = fit(y, x), fit(y, np.hstack([x, x]))
    assert r2(twice, y) == pytest.approx(r2(once, y), abs=0.005)
    assert np.abs(twice.expected - once.expected).mean() < 0.01
    assert twice.contributions[:, :4] == pytest.approx(twice.contributions[:, 4:])


def test_equal_seeds_give_equal_results() -> None:
    """Equal seeds give equal predictions."""
    x, _, y = planted(9)
    assert (fit(y, x, 3).expected == fit(y, x, 3).expected).all()


def test_an_exact_relation_leaves_no_residual_to_divide_by() -> None:
    """A covariate that decides y gives finite numbers and a narrow interval."""
    flag = np.arange(200) % 2.0
    model = fit(flag, flag[:, None])
    assert r2(model, flag) > 0.99
    assert np.isfinite(model.excess).all()
    assert (model.high - model.low < 0.1).all()


@pytest.mark.parametrize(
    "y", [np.arange(FEWEST_LABELS_FOR_EXPECTATION - 1.0), np.full(500, -3.2), np.empty(0)]
)
def test_few_labels_or_a_constant_have_no_expectation(y: Float) -> None:
    """Too few labels or a constant y give no model."""
    assert fit_additive(y, np.arange(2.0 * len(y)).reshape(-1, 2), np.random.default_rng(0)) is None


def test_what_does_not_fit_is_refused() -> None:
    """Shapes that do not match and missing values are refused."""
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=r"got y \(5,\) and x \(4, 2\)"):
        fit_additive(np.zeros(5), np.zeros((4, 2)), rng)
    with pytest.raises(InputError, match="missing values filled in"):
        fit_additive(np.zeros(4), np.full((4, 2), np.nan), rng)


def test_the_expectation_tells_the_upper_tail_from_the_rest() -> None:
    """A label among the farthest 1% mostly has a higher expectation than another label (an AUC)."""
    x, _, y = planted(10)
    fit = fit_additive(y, x, np.random.default_rng(10))
    assert fit is not None
    far = y > np.quantile(y, 0.99)
    auc = stats.mannwhitneyu(fit.expected[far], fit.expected[~far]).statistic / (far.sum() * (~far).sum())
    assert auc > 0.95
