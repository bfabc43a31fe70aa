"""The bootstrap's weighted figures agree with figures of repeated labels and with scipy's bootstrap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evenband.errors import InputError
from evenband.stats import bootstrap
from evenband.stats.bootstrap import cluster_codes, resample
from evenband.stats.dispersion import gmd


def table(n: int, t: int, seed: int = 0) -> bootstrap.Float:
    """Return log-distances with effects of labels and of templates."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(0, 0.4, (n, 1)) + rng.normal(0, 0.3, (n, t)) + rng.normal(0, 0.5, (1, t)))


def at(x: bootstrap.Float, share: float) -> float:
    """Return the first order statistic at or above the median-unbiased position."""
    position = share * (x.size + 1 / 3) + 1 / 3
    return float(np.sort(x, axis=None)[min(int(np.ceil(position - 1e-9)), x.size) - 1])


@settings(max_examples=40)
@given(st.integers(3, 40), st.integers(1, 4), st.integers(0, 999))
def test_weights_are_repetitions(n: int, t: int, seed: int) -> None:
    """A figure under integer weights is the figure of labels that are repeated that often."""
    y = table(n, t, seed)
    weights = np.random.default_rng(seed).integers(0, 4, (1, n)).astype(np.int32)
    weights[0, :2] = 1
    repeated = np.repeat(y, weights[0], axis=0)
    figures = bootstrap._figures(weights, bootstrap._Columns(y), bootstrap._Columns(y), {"share": y})
    tolerance = 1e-6
    assert figures["gmd"][0, 0] == pytest.approx(gmd(repeated).mean())
    assert figures["largest"][0, 0] == repeated.max()
    assert figures["share"][0, 0] == pytest.approx(repeated.mean())
    assert figures["median"][0, 0] == pytest.approx(at(repeated, 0.5), abs=tolerance)
    oracle = np.mean([at(column, 0.99) - at(column, 0.5) for column in repeated.T])
    assert figures["tail"][0, 0] == pytest.approx(oracle, abs=tolerance)
    assert figures["log_r"] == pytest.approx(figures["median"])
    if t > 1:
        assert figures["gmd"][0, 2] == pytest.approx(gmd(np.delete(repeated, 1, axis=1)).mean())
        without = np.delete(repeated, 0, axis=1)
        assert figures["median"][0, 1] == pytest.approx(at(without, 0.5), abs=tolerance)


def test_one_template_agrees_with_scipys_bootstrap() -> None:
    """The interval of one template's GMD agrees with scipy's percentile bootstrap."""
    y = table(400, 1)
    ours = resample(y, np.random.default_rng(1), replicates=4000)["gmd"].interval(np.random.default_rng(2))
    theirs = stats.bootstrap(
        (y[:, 0],),
        gmd,
        confidence_level=0.9,
        method="percentile",
        n_resamples=4000,
        rng=np.random.default_rng(3),
    ).confidence_interval
    assert ours == pytest.approx(tuple(theirs), abs=0.15 * (theirs.high - theirs.low))


def test_clustered_labels_are_drawn_together() -> None:
    """Five copies of every label in one cluster leave the spread that of the originals."""
    y = table(300, 1)
    copies = np.repeat(y, 5, axis=0)
    alone = resample(y, np.random.default_rng(1))["median"].slots.std()
    naive = resample(copies, np.random.default_rng(1))["median"].slots.std()
    clustered = resample(copies, np.random.default_rng(1), clusters=np.repeat(np.arange(300), 5))[
        "median"
    ].slots.std()
    assert clustered == pytest.approx(alone, rel=0.1)
    assert naive < 0.6 * alone


def test_blocks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of the blocks in memory does not change the draws."""
    y = table(100, 3)
    whole = resample(y, np.random.default_rng(4), replicates=50)
    monkeypatch.setattr(bootstrap, "BLOCK_CELLS", 7 * y.size)
    parts = resample(y, np.random.default_rng(4), replicates=50)
    for key, draws in whole.items():
        assert draws.slots == pytest.approx(parts[key].slots, rel=1e-9, abs=1e-9)


def test_pseudo_values_of_a_mean_are_the_templates_own() -> None:
    """The pseudo-values of a mean over templates are the values of each template."""
    y = table(50, 4)
    draws = resample(y, np.random.default_rng(5), shares={"mean": y}, replicates=20)
    assert draws["mean"].parts == pytest.approx(y.mean(axis=0))
    assert draws["gmd"].parts == pytest.approx(gmd(y))


def test_clusters_must_be_one_per_label() -> None:
    """Clusters of another number of labels are refused."""
    with pytest.raises(InputError, match=r"got shape \(3,\), expected one per label, \(5,\)"):
        cluster_codes(5, [1, 2, 3])
