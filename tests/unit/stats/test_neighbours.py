"""Neighbours agree with a naive float64 computation, ties and degenerate encoders included."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenband.errors import InputError, ModelError
from evenband.stats import medians, neighbours, products
from evenband.stats.dispersion import phi, tail
from evenband.stats.neighbours import compare_neighbours

Float = NDArray[np.float64]


def unit(x: NDArray[Any]) -> Float:
    """Return unit vectors in float64."""
    wide = x.astype(np.float64)
    return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True))


def naive(a: NDArray[Any], b: NDArray[Any], tie: float = 1e-9) -> tuple[Float, Float, Float, Float]:
    """Compute swap, hit, auc and least row by row."""
    a, b = unit(a), unit(b)
    swap, hit, auc, least = [], [], [], []
    for i in range(len(a)):
        others = np.arange(len(a)) != i
        gap = 0.5 * ((b[others] - a[i]) ** 2).sum(axis=1) - 0.5 * ((b[i] - a[i]) ** 2).sum()
        moved = 0.5 * ((a[others] - a[i]) ** 2).sum(axis=1)
        swap.append(np.median(moved))
        rest = moved - 0.5 * ((b[i] - a[i]) ** 2).sum()
        least.append(0.5 * (undefeated(rest < -tie) + undefeated(rest <= tie)))
        hit.append(0.0 if (gap < -tie).any() else 0.5 if (np.abs(gap) <= tie).any() else 1.0)
        auc.append((gap > tie).mean() + 0.5 * (np.abs(gap) <= tie).mean())
    return np.array(swap), np.array(hit), np.array(auc), np.array(least)


def undefeated(nearer: NDArray[np.bool_]) -> float:
    """Multiply out the probability that 149 draws without replacement, or all, hit none that is nearer."""
    left, bad, p = len(nearer), int(nearer.sum()), 1.0
    for _ in range(min(neighbours.OPPONENTS, len(nearer))):
        p *= (left - bad) / left
        left -= 1
        if p <= 0:
            return 0.0
    return p


def pairs(n: int, d: int, noise: float, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return random vectors and noisy copies of them."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, d)).astype(np.float32)
    return a, a + noise * rng.standard_normal((n, d)).astype(np.float32)


def check(a: NDArray[Any], b: NDArray[Any]) -> None:
    """Compare with the naive computation."""
    result = compare_neighbours(a, b)
    swap, hit, auc, least = naive(a, b)
    assert result.least == pytest.approx(least, abs=1e-9)
    assert result.swap == pytest.approx(swap, abs=1e-6)
    assert (result.hit == hit).all()
    assert result.auc == pytest.approx(auc, abs=1e-12)


@settings(max_examples=40)
@given(st.integers(2, 60), st.integers(2, 8), st.floats(0.01, 3), st.integers(0, 99), st.data())
def test_any_small_case_with_duplicates_is_the_naive_one(
    n: int, d: int, noise: float, seed: int, data: st.DataObject
) -> None:
    """Any small case, duplicates included, agrees with the naive computation."""
    a, b = pairs(n, d, noise, seed)
    copies = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=10))
    for source, target in copies:
        a[target], b[target] = a[source], b[source]
    check(a, b)


def test_many_blocks_and_bracketed_medians_are_the_naive_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks and sampled medians agree with the naive computation."""
    monkeypatch.setattr(products, "BLOCK_ROWS", 100)
    monkeypatch.setattr(medians, "SAMPLED_COLUMNS", 64)
    a, b = pairs(1500, 24, 1.0)
    a[700:720], b[700:720] = a[700], b[700]
    check(a, b)


def test_medians_survive_a_sample_that_misleads() -> None:
    """Medians are right although every sampled column is an outlier."""
    rng = np.random.default_rng(1)
    a = rng.standard_normal((1100, 6)).astype(np.float32)
    a[::2] = np.array([1, 0, 0, 0, 0, 0]) + 1e-3 * a[::2]
    check(a, a + 0.1)


def test_a_constant_encoder_is_exposed() -> None:
    """A constant encoder gets R@1 and AUC of chance, one half."""
    constant = np.tile(np.arange(1, 9, dtype=np.float32), (300, 1))
    result = compare_neighbours(constant, constant)
    assert (result.hit == 0.5).all()
    assert (result.auc == 0.5).all()


def test_a_random_encoder_is_exposed() -> None:
    """A random encoder gets R@1 near 1/n and AUC near one half, although its Phi is near 1."""
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((2, 1000, 256)).astype(np.float32)
    result = compare_neighbours(a, b)
    y = np.log(1 - (unit(a) * unit(b)).sum(axis=1))
    assert (phi(y) or 9.0) < 1.1
    assert result.hit.mean() < 0.01
    assert result.auc.mean() == pytest.approx(0.5, abs=0.03)


def test_a_common_offset_leaves_the_statistics_where_they_were() -> None:
    """An offset of all vectors moves s to .999 and leaves Phi, T99, r and R@1 within 2%."""
    a, b = (unit(x) for x in pairs(800, 64, 0.25, seed=3))
    rng = np.random.default_rng(4)
    b = unit(a + (b - a) * np.exp(rng.normal(0, 0.3, (800, 1))))
    offset = np.zeros(64)
    offset[0] = 12.0
    results = []
    for u, v in ((a, b), (unit(a + offset), unit(b + offset))):
        d = 0.5 * ((u - v) ** 2).sum(axis=1)
        result = compare_neighbours(u.astype(np.float32), v.astype(np.float32))
        results.append(
            (np.median(1 - d), phi(np.log(d)), tail(np.log(d)), np.median(d / result.swap), result.hit.mean())
        )
    plain, shifted = results
    assert plain[0] < 0.99 < 0.999 < shifted[0]
    assert shifted[1:] == pytest.approx(plain[1:], rel=0.02)


def test_a_generous_tie_is_honoured() -> None:
    """With a tie larger than all distances everything is tied."""
    a, b = pairs(50, 8, 0.5)
    result = compare_neighbours(a, b, tie=10.0)
    assert (result.hit == 0.5).all()
    assert (result.auc == 0.5).all()


def test_one_row_has_no_neighbours() -> None:
    """A single row has no swap and no AUC."""
    result = compare_neighbours(np.ones((1, 3)), np.ones((1, 3)))
    assert np.isnan(result.swap).all()
    assert np.isnan(result.auc).all()
    assert (result.hit == 1).all()


def test_unusable_vectors_are_refused() -> None:
    """Different shapes and zero vectors are refused."""
    with pytest.raises(InputError, match=r"got \(2, 3\) and \(3, 3\)"):
        compare_neighbours(np.ones((2, 3)), np.ones((3, 3)))
    with pytest.raises(ModelError, match="vector 1 is zero"):
        compare_neighbours(np.array([[1.0, 0], [0, 0]]), np.ones((2, 2)))
