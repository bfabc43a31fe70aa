"""The two-way decomposition agrees with planted variances, statsmodels' table and Tukey's test."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from evenband.errors import InputError
from evenband.stats.variance import Float, decompose


def table(n: int, t: int, sds: tuple[float, float, float], seed: int = 0) -> Float:
    """Return a table with these standard deviations of templates, labels and interaction."""
    rng = np.random.default_rng(seed)
    parts = [rng.normal(0, sd, shape) for sd, shape in zip(sds, ((1, t), (n, 1), (n, t)), strict=True)]
    return np.asarray(sum(parts))


def test_planted_variances_are_recovered() -> None:
    """Planted variances come back as shares and as the G-coefficient."""
    decomposition = decompose(table(3000, 300, (0.5, 0.6, 0.4)))
    assert decomposition.shares == pytest.approx((0.25 / 0.77, 0.36 / 0.77, 0.16 / 0.77), abs=0.03)
    assert decomposition.generalizability(8) == pytest.approx(0.36 / (0.36 + 0.02), abs=0.01)
    assert (decomposition.nonadditivity or 0) < 1e-4


def test_mean_squares_are_statsmodels() -> None:
    """The variances follow from statsmodels' mean squares."""
    y = table(12, 5, (1.0, 2.0, 0.5))
    rows, columns = np.indices(y.shape)
    frame = pd.DataFrame({"y": y.ravel(), "row": rows.ravel(), "column": columns.ravel()})
    squares = anova_lm(ols("y ~ C(row) + C(column)", frame).fit())["mean_sq"]
    decomposition = decompose(y)
    assert decomposition.interaction_variance == pytest.approx(squares["Residual"])
    assert decomposition.label_variance == pytest.approx((squares["C(row)"] - squares["Residual"]) / 5)
    assert decomposition.template_variance == pytest.approx((squares["C(column)"] - squares["Residual"]) / 12)


def test_tukeys_test_is_the_regression_on_the_product_of_effects() -> None:
    """Tukey's test equals the regression of the residuals on the product of both effects."""
    y = table(30, 6, (1.0, 1.0, 0.3))
    y = y + 0.1 * y.mean(axis=0) * y.mean(axis=1, keepdims=True)
    decomposition = decompose(y)
    product = np.outer(decomposition.labels, decomposition.templates)
    rest = y - decomposition.mean - decomposition.labels[:, None] - decomposition.templates
    frame = pd.DataFrame({"rest": rest.ravel(), "product": product.ravel()})
    fit = ols("rest ~ product - 1", frame).fit()
    assert decomposition.nonadditivity == pytest.approx(fit.ess / (rest**2).sum())


def test_a_multiplicative_table_is_found_out_and_its_logarithm_is_not() -> None:
    """Effects that multiply on d add up on log d, which is the reason for that scale."""
    y = table(400, 8, (0.5, 0.6, 0.1), seed=3)
    raw, logged = decompose(np.exp(y)), decompose(y)
    assert (raw.nonadditivity or 0) > 0.3
    assert (logged.nonadditivity or 0) < 0.01


def test_no_variance_no_shares() -> None:
    """A constant table has no shares, no G-coefficient and no test."""
    flat = decompose(np.full((5, 3), -2.0))
    assert flat.shares is None
    assert flat.generalizability() is None
    assert flat.nonadditivity is None


def test_too_small_a_table_is_refused() -> None:
    """A single template is refused."""
    with pytest.raises(InputError, match=r"got a table of shape \(5, 1\), expected at least \(2, 2\)"):
        decompose(np.ones((5, 1)))
