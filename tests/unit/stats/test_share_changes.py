"""The paired change of a share, against the comparison of whole tables."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.stats.figure_contrasts import contrast_figures
from evenband.stats.share_changes import share_change


@pytest.mark.parametrize("t", [1, 4])
@pytest.mark.parametrize("clusters", [None, np.arange(60) // 2])
def test_it_agrees_with_the_comparison_of_tables(t: int, clusters: np.ndarray | None) -> None:
    """Value and 90% interval are those of the comparison, but for the draws; NaN is no cell."""
    rng = np.random.default_rng(0)
    before = (rng.random((60, t)) < np.linspace(0.3, 0.6, t)).astype(float)
    after = np.where(rng.random((60, t)) < 0.2, 1.0, before)
    before[3, 0] = after[3, 0] = np.nan
    y = 1 - np.exp(rng.normal(-3, 0.3, (60, t)))
    expected = contrast_figures(
        y, y, np.random.default_rng(1), clusters=clusters, replicates=3000, shares=(before, after)
    ).share
    found = share_change(before, after, np.random.default_rng(2), clusters, replicates=3000)
    assert found.value == pytest.approx(expected.value, abs=1e-12)
    assert found.low == pytest.approx(expected.low, abs=0.015)
    assert found.high == pytest.approx(expected.high, abs=0.015)
    wide = share_change(before, after, np.random.default_rng(2), clusters, replicates=3000, level=0.99)
    assert wide.low is not None
    assert found.low is not None
    assert wide.low < found.low


def test_one_cluster_has_no_interval() -> None:
    """Labels that are a single draw do not say how they would vary."""
    cells = np.zeros((5, 2))
    found = share_change(cells, cells + 1, np.random.default_rng(0), np.zeros(5))
    assert (found.value, found.low, found.high) == (1.0, None, None)
