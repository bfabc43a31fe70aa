"""The detector finds planted cells, passes over odd words and rules, and holds its error rate."""

from collections.abc import Callable

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.stats.detection import Float, detect, detect_again
from evenband.stats.multiple_testing import adjust


def table(n: int = 600, t: int = 8, seed: int = 0, noise: float = 0.15) -> Float:
    """Return log-distances whose nouns load on templates with different slopes, as in real tables."""
    rng = np.random.default_rng(seed)
    slopes = np.exp(rng.normal(0, 0.2, (1, t)))
    return np.asarray(
        -3.5
        + rng.normal(0, 0.3, (1, t))
        + slopes * rng.normal(0, 0.35, (n, 1))
        + noise * rng.standard_normal((n, t))
    )


def test_planted_cells_are_certified_and_ranked_first() -> None:
    """Planted cells are the only discoveries, and rank first."""
    y = table()
    cells = [(10, 0), (20, 3), (30, 3), (40, 7)]
    for i, j in cells:
        y[i, j] += np.log(5.8)
    detection = detect(y, roots=np.exp(y / 2))
    assert {tuple(int(k) for k in cell) for cell in np.argwhere(detection.q <= 0.05)} == set(cells)
    farthest = np.argsort(-detection.rank, axis=None)[:4]
    assert {divmod(int(k), 8) for k in farthest} == set(cells)


def test_an_odd_word_is_explained_by_its_row() -> None:
    """A label that is far apart in every template is no discovery."""
    y = table(seed=1)
    y[5] += np.log(6)
    detection = detect(y)
    assert (detection.q > 0.05).all()
    assert np.abs(detection.z[5]).max() < 6


def test_a_rule_is_explained_by_its_column() -> None:
    """A template in which every pair moves apart gives no outliers."""
    plain, ruled = table(seed=2), table(seed=2)
    ruled[:, 2] += np.log(5)
    assert detect(ruled).z == pytest.approx(detect(plain).z, abs=1e-4)


def test_a_far_cell_does_not_raise_what_is_expected_of_its_row() -> None:
    """An effect in one cell moves its label's other expectations by less than a twentieth of it.

    Its own scale, which depends on the label's other residuals, stays what it was.
    """
    plain, planted = table(seed=8), table(seed=8)
    effect = np.log(5.8)
    planted[30, 2] += effect
    before, after = detect(plain), detect(planted)
    moved = np.delete(after.expected[30] - before.expected[30], 2)
    assert np.abs(moved).max() < effect / 20
    assert after.scale[30, 2] == pytest.approx(before.scale[30, 2], rel=0.1)


def test_covariates_that_explain_a_template_sharpen_its_cells() -> None:
    """Covariates that explain a template make its residuals smaller."""
    rng = np.random.default_rng(3)
    covariates = rng.normal(size=(600, 2))
    y = table(seed=3, noise=0.1) + 0.2 * covariates @ rng.normal(size=(2, 8))
    with_them, without = detect(y, covariates), detect(y)
    assert with_them.covariates == 2
    assert with_them.scale.mean() < 0.9 * without.scale.mean()


def test_constant_covariates_and_too_many_are_left_out() -> None:
    """Constant covariates, and more than the labels allow, are not used."""
    y = table(n=250)
    assert detect(y, np.ones((250, 1))).covariates == 0
    assert detect(y, np.random.default_rng(4).normal(size=(250, 40))).covariates == 0


def test_noisy_labels_get_a_wider_scale() -> None:
    """A label that no template predicts well is judged by a wider scale."""
    rng = np.random.default_rng(5)
    y = table(n=1500, seed=5)
    noisy = np.arange(1500) < 300
    y[noisy] += 0.4 * rng.standard_normal((300, 8))
    detection = detect(y)
    assert detection.scale[noisy].mean() > 1.4 * detection.scale[~noisy].mean()


def test_adjusted_p_values_cover_all_cells() -> None:
    """The adjustment is over all cells of the table."""
    detection = detect(table(n=300))
    assert detection.q == pytest.approx(adjust(detection.p))
    assert ((detection.p > 0) & (detection.p < 1)).all()


def test_detecting_again_finds_what_detecting_finds() -> None:
    """Detection from an earlier solution gives the same discoveries."""
    y = table(seed=6)
    first = detect(y)
    y[[3, 4, 5], [0, 1, 2]] += np.log([3.0, 5.0, 8.0])
    again = detect_again(y, np.empty((600, 0)), first, 0.05)
    assert (again == (detect(y).q <= 0.05)).all()
    assert again.sum() >= 2


def test_labels_that_weigh_more_are_certified_from_smaller_effects() -> None:
    """Equal effects in two labels: only the one that weighs more is certified, and planted effects follow."""
    y = table(seed=6)
    y[[3, 4], [0, 1]] += detect(y).scale[[3, 4], [0, 1]] * 4.4 - (y - detect(y).expected)[[3, 4], [0, 1]]
    weights = np.where(np.arange(600) % 60 == 3, 30.0, 1.0)
    weighted, alike = detect(y, weights=weights), detect(y)
    assert weighted.p == pytest.approx(alike.p, abs=0.01)
    assert weighted.q[3, 0] <= 0.05 < weighted.q[4, 1]
    assert weighted.q[3, 0] < alike.q[3, 0]
    again = detect_again(y, np.empty((600, 0)), weighted, 0.05)
    assert np.argwhere(again).tolist() == [[3, 0]]


def test_each_group_of_weights_has_a_width_of_its_own() -> None:
    """Labels that weigh more and scatter more have residuals of the same width as the others."""
    y = table(n=1500, seed=5)
    frequent = np.arange(1500) < 300
    y[frequent] += 0.1 * np.random.default_rng(5).standard_normal((300, 8))
    weighted = detect(y, weights=np.where(frequent, 4.0, 1.0))
    widths = [np.std(weighted.z[group]) for group in (frequent, ~frequent)]
    assert widths[0] == pytest.approx(widths[1], rel=0.05)
    assert weighted.z * weighted.scale + weighted.expected == pytest.approx(y, abs=0.05)
    alike = detect(y)
    assert np.std(alike.z[frequent]) > 1.1 * np.std(alike.z[~frequent])


@pytest.mark.slow
def test_weights_of_labels_that_scatter_more_hold_the_error_rate() -> None:
    """A discovery in at most .05 of 60 tables of 800 x 8 whose weighted labels are wider by a seventh.

    Two standard errors are allowed.
    """
    rng = np.random.default_rng(8)
    weights = np.where(np.arange(800) < 120, 4.0, 1.0)
    width = np.where(weights > 1, 0.17, 0.15)[:, None]
    tables = (table(n=800, seed=seed, noise=0.0) + width * noise_of("heavy", rng, 800) for seed in range(60))
    shares = [bool((detect(y, weights=weights).q <= 0.05).any()) for y in tables]
    assert np.mean(shares) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 60)


def test_few_labels_or_no_width_certify_nothing() -> None:
    """Too few labels and templates without width have no p-values, and z stays finite."""
    assert np.isnan(detect(table(n=199)).q).all()
    flat = table(n=300)
    flat[:, 1] = -3.0
    detection = detect(flat)
    assert np.isnan(detection.q[:, 1]).all()
    assert not np.isnan(detection.q[:, 0]).any()
    assert np.isfinite(detection.z).all()
    assert np.isfinite(detect(np.full((300, 4), -2.0)).z).all()


def test_unusable_tables_are_refused() -> None:
    """Too few templates, covariates of other labels and missing values are refused."""
    with pytest.raises(InputError, match="t >= 3"):
        detect(np.zeros((300, 2)))
    with pytest.raises(InputError, match="covariates of 7 labels, expected 300"):
        detect(table(n=300), np.zeros((7, 1)))
    with pytest.raises(InputError, match="not a finite number"):
        detect(table(n=300), np.full((300, 1), np.nan))
    for weights in (np.ones(299), np.zeros(300), np.full(300, np.nan)):
        with pytest.raises(InputError, match=r"weights of shape .*expected 300 above 0"):
            detect(table(n=300), weights=weights)


def noise_of(kind: str, rng: np.random.Generator, n: int) -> Float:
    """Return noise of about unit variance and of a shape that a real table may have. Shape: (n, 8)."""
    shapes: dict[str, Callable[[], Float]] = {
        "normal": lambda: rng.standard_normal((n, 8)),
        "heavy": lambda: rng.standard_t(6, (n, 8)) / 1.2,
        "heavier": lambda: rng.standard_t(5, (n, 8)) / 1.3,
        "noisy labels": lambda: rng.standard_normal((n, 8)) * np.exp(rng.normal(0, 0.3, (n, 1))),
        "skewed": lambda: (rng.gamma(6, size=(n, 8)) - 6) / np.sqrt(6),
    }
    return np.asarray(shapes[kind]())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["heavy", "heavier", "skewed"])
def test_a_table_with_nothing_planted_has_discoveries_in_one_case_of_twenty(kind: str) -> None:
    """At most .05 of 60 tables of 800 x 8 have a discovery; two standard errors are allowed."""
    rng = np.random.default_rng(9)
    tables = (table(n=800, seed=seed, noise=0.0) + 0.15 * noise_of(kind, rng, 800) for seed in range(60))
    shares = [bool((detect(y).q <= 0.05).any()) for y in tables]
    assert np.mean(shares) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 60)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "heavy", "noisy labels", "skewed"])
def test_false_discovery_proportion_holds(kind: str) -> None:
    """The mean false-discovery proportion is at most .05, with twelve plants in each of 40 tables of 800 x 8.

    Two standard errors of the simulation are allowed.
    """
    rng = np.random.default_rng(6)
    proportions = []
    for seed in range(40):
        y = table(n=800, seed=seed, noise=0.0) + 0.15 * noise_of(kind, rng, 800)
        cells = rng.choice(y.size, 12, replace=False)
        y.reshape(-1)[cells] += np.log(5.8)
        hits = detect(y).q.ravel() <= 0.05
        false = hits.sum() - hits[cells].sum()
        proportions.append(false / max(hits.sum(), 1))
    assert np.mean(proportions) <= 0.05 + 2 * np.std(proportions) / np.sqrt(40)
