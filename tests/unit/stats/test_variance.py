"""The two-way decomposition: planted variances, statsmodels' table, Tukey's test."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from evenband.errors import InputError
from evenband.stats.variance import Float, decompose


def table(n: int, t: int, sds: tuple[float, float, float], seed: int = 0) -> Float:
    rng = np.random.default_rng(seed)
    parts = [rng.normal(0, sd, shape) for sd, shape in zip(sds, ((1, t), (n, 1), (n, t)), strict=True)]
    return np.asarray(sum(parts))


def test_planted_variances_are_recovered() -> None:
    found = decompose(table(3000, 300, (0.5, 0.6, 0.4)))
    assert found.shares == pytest.approx((0.25 / 0.77, 0.36 / 0.77, 0.16 / 0.77), abs=0.03)
    assert found.generalizability(8) == pytest.approx(0.36 / (0.36 + 0.02), abs=0.01)
    assert (found.nonadditivity or 0) < 1e-4
    assert found.nonadditivity_p is not None


def test_mean_squares_are_statsmodels() -> None:
    y = table(12, 5, (1.0, 2.0, 0.5))
    rows, columns = np.indices(y.shape)
    frame = pd.DataFrame({"y": y.ravel(), "row": rows.ravel(), "column": columns.ravel()})
    squares = anova_lm(ols("y ~ C(row) + C(column)", frame).fit())["mean_sq"]
    found = decompose(y)
    assert found.interaction_variance == pytest.approx(squares["Residual"])
    assert found.label_variance == pytest.approx((squares["C(row)"] - squares["Residual"]) / 5)
    assert found.template_variance == pytest.approx((squares["C(column)"] - squares["Residual"]) / 12)


def test_tukeys_test_is_the_regression_on_the_product_of_effects() -> None:
    y = table(30, 6, (1.0, 1.0, 0.3))
    y = y + 0.1 * y.mean(axis=0) * y.mean(axis=1, keepdims=True)
    found = decompose(y)
    product = np.outer(found.labels, found.templates)
    rest = y - found.mean - found.labels[:, None] - found.templates
    frame = pd.DataFrame({"rest": rest.ravel(), "product": product.ravel()})
    fit = ols("rest ~ product - 1", frame).fit()
    freedom = 29 * 5 - 1
    f = fit.ess / (fit.ssr / freedom)
    assert found.nonadditivity == pytest.approx(fit.ess / (rest**2).sum())
    assert found.nonadditivity_p == pytest.approx(1 - _f_cdf(f, freedom), abs=1e-9)


def _f_cdf(f: float, freedom: int) -> float:
    from scipy import stats

    return float(stats.f.cdf(f, 1, freedom))


def test_a_multiplicative_table_is_found_out_and_its_logarithm_is_not() -> None:
    """Effects that multiply on d add on log d: the reason for that scale."""
    y = table(400, 8, (0.5, 0.6, 0.1), seed=3)
    raw, logged = decompose(np.exp(y)), decompose(y)
    assert (raw.nonadditivity or 0) > 0.3
    assert (logged.nonadditivity or 0) < 0.01


def test_no_variance_no_shares() -> None:
    flat = decompose(np.full((5, 3), -2.0))
    assert flat.shares is None
    assert flat.generalizability() is None
    assert flat.nonadditivity is None


def test_too_small_a_table_is_refused() -> None:
    with pytest.raises(InputError, match=r"got a table of shape \(5, 1\), expected at least \(2, 2\)"):
        decompose(np.ones((5, 1)))
