"""Row medians equal numpy's, where the bounds hold the median and where they miss it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenband.stats import medians
from evenband.stats.medians import row_medians

Single = NDArray[np.float32]


def check(values: NDArray[np.floating]) -> None:
    """Compare with numpy's medians; one entry of each row stands for the row itself."""
    rows = values.astype(np.float32)
    rows[:, 0] = -np.inf
    before = rows.copy()
    assert row_medians(rows) == pytest.approx(np.median(rows[:, 1:].astype(np.float64), axis=1), abs=1e-7)
    assert (rows == before).all()


@settings(max_examples=60)
@given(st.integers(2, 700), st.integers(1, 9), st.integers(0, 99), st.sampled_from([1, 3, 40, 10**6]))
def test_any_row_with_few_or_many_values_is_numpys(n: int, b: int, seed: int, values: int) -> None:
    """Rows of any length, with any number of ties, have numpy's medians."""
    rng = np.random.default_rng(seed)
    check(rng.integers(values, size=(b, n)) / values)


@pytest.mark.parametrize("n", [2, 3, 5, medians.SAMPLED_COLUMNS, medians.SAMPLED_COLUMNS + 1, 3001, 3002])
def test_even_and_odd_rows(n: int) -> None:
    """Even and odd lengths on both sides of the sampling limit are right."""
    check(np.random.default_rng(n).standard_normal((20, n)))


@pytest.mark.parametrize("shape", ["sorted", "reversed", "steps", "constant", "lumps", "heavy", "period"])
def test_rows_that_mislead_a_sample(shape: str) -> None:
    """Rows whose sampled columns mislead still get the right median."""
    n = 2000
    step = n // medians.SAMPLED_COLUMNS
    rng, x = np.random.default_rng(0), np.arange(n) / n
    rows = {
        "sorted": x,
        "reversed": -x,
        "steps": np.floor(4 * x),
        "constant": np.ones(n),
        "lumps": np.where(x < 0.5, 0.0, 1.0) + 1e-3 * rng.random(n),
        "heavy": rng.standard_cauchy(n),
        "period": np.where(np.arange(n) % step == 0, 9.0, rng.random(n)),
    }
    check(np.tile(rows[shape], (3, 1)))


def test_hardly_any_row_is_sorted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer than ten of 500 random rows are sorted whole."""
    whole: list[int] = []
    sort = np.sort

    def count(x: Single, axis: int = -1) -> Single:
        whole.append(len(x) if x.shape[1] == 5000 else 0)
        return sort(x, axis=axis)

    monkeypatch.setattr(np, "sort", count)
    check(np.random.default_rng(0).standard_normal((500, 5000)))
    assert sum(whole) < 10
