"""Neighbours agree with a naive float64 computation, ties and degenerate encoders included."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenband.errors import InputError, ModelError
from evenband.stats import medians, neighbours, products, ranks
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
    for _ in range(min(ranks.OPPONENTS, len(nearer))):
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
    """A single row has no value of any kind: nothing else could be nearer."""
    result = compare_neighbours(np.ones((1, 3)), np.ones((1, 3)))
    for value in (result.swap, result.auc, result.hit, result.least):
        assert np.isnan(value).all()
    assert result.rivals.tolist() == [0]


def test_unusable_vectors_are_refused() -> None:
    """Different shapes and zero vectors are refused."""
    with pytest.raises(InputError, match=r"got \(2, 3\) and \(3, 3\)"):
        compare_neighbours(np.ones((2, 3)), np.ones((3, 3)))
    with pytest.raises(ModelError, match="vector 1 is zero"):
        compare_neighbours(np.array([[1.0, 0], [0, 0]]), np.ones((2, 2)))


def naive_texts(
    a: NDArray[Any], b: NDArray[Any], same_a: list[int], same_b: list[int], tie: float = 1e-9
) -> dict[str, Float]:
    """Compute everything row by row from sets of texts: a text is one rival, however many rows have it."""
    a, b, n = unit(a), unit(b), len(a)
    vector_a = {same_a[i]: a[i] for i in reversed(range(n))}
    vector_b = {same_b[i]: b[i] for i in reversed(range(n))}
    rows: dict[str, list[float]] = {name: [] for name in ("swap", "hit", "auc", "least", "rivals")}
    for i in range(n):
        own = 0.5 * ((b[i] - a[i]) ** 2).sum()
        originals = [vector_a[text] for text in sorted(set(same_a) - {same_a[i]})]
        of_twins = {same_b[j] for j in range(n) if same_a[j] == same_a[i]}
        partners = [vector_b[text] for text in sorted(set(same_b) - of_twins)]
        moved = np.array([0.5 * ((other - a[i]) ** 2).sum() for other in originals])
        gap = np.array([0.5 * ((other - a[i]) ** 2).sum() for other in partners]) - own
        rows["rivals"].append(len(originals))
        rows["swap"].append(np.median(moved) if originals else np.nan)
        within = 0.5 * (undefeated(moved - own < -tie) + undefeated(moved - own <= tie))
        rows["least"].append(within if originals else np.nan)
        hit = 0.0 if (gap < -tie).any() else 0.5 if (np.abs(gap) <= tie).any() else 1.0
        rows["hit"].append(hit if partners else np.nan)
        auc = [1.0 if one > tie else 0.5 if one >= -tie else 0.0 for one in gap]
        rows["auc"].append(float(np.mean(auc)) if partners else np.nan)
    return {name: np.array(values) for name, values in rows.items()}


def twin_case(
    n: int, texts_a: int, texts_b: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], list[int], list[int]]:
    """Return vectors and codes of n pairs that share some texts a and b."""
    rng = np.random.default_rng(seed)
    same_a, same_b = rng.integers(texts_a, size=n), rng.integers(texts_b, size=n)
    a, near = pairs(texts_a, 5, 0.7, seed)
    b = rng.standard_normal((texts_b, 5)).astype(np.float32)
    b[: min(texts_a, texts_b)] = near[:texts_b]
    return a[same_a], b[same_b], same_a.tolist(), same_b.tolist()


def assert_same(result: neighbours.Neighbours, expected: dict[str, Float]) -> None:
    """Compare every field, NaN included."""
    for name, values in expected.items():
        assert getattr(result, name) == pytest.approx(values, abs=1e-6, nan_ok=True), name


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 50), st.integers(1, 12), st.integers(1, 60), st.integers(0, 99))
def test_rows_with_one_text_are_one_rival(n: int, texts_a: int, texts_b: int, seed: int) -> None:
    """With shared texts, every number is that of a naive computation over sets of texts."""
    a, b, same_a, same_b = twin_case(n, texts_a, texts_b, seed)
    result = compare_neighbours(a, b, same_a=same_a, same_b=same_b)
    assert_same(result, naive_texts(a, b, same_a, same_b))


def test_shared_texts_in_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty texts a of four rows each, and a few twins among many, in several blocks, are the naive ones."""
    monkeypatch.setattr(products, "BLOCK_ROWS", 64)
    for n, texts_a, texts_b in ((200, 50, 200), (500, 480, 470)):
        a, b, same_a, same_b = twin_case(n, texts_a, texts_b, seed=5)
        result = compare_neighbours(a, b, same_a=same_a, same_b=same_b)
        assert_same(result, naive_texts(a, b, same_a, same_b))


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 300), st.integers(0, 99), st.data())
def test_a_repeated_row_changes_no_other(n: int, seed: int, data: st.DataObject) -> None:
    """Repeated rows and twin labels leave every number of the rows that were there as it was."""
    a, b = pairs(n, 6, 1.0, seed)
    rows = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=12))
    before = compare_neighbours(a, b)
    codes = [*range(n), *rows]
    after = compare_neighbours(a[codes], b[codes], same_a=codes, same_b=codes)
    for name in ("swap", "hit", "auc", "least", "rivals"):
        old, new = getattr(before, name), getattr(after, name)
        assert new[:n] == pytest.approx(old, abs=1e-6), name
        assert new[n:] == pytest.approx(old[rows], abs=1e-6), name


def test_one_text_for_all_rows_has_no_rivals() -> None:
    """100,000 variants of one text are nobody's rivals: no value, at once and without a large table."""
    a = np.ones((100_000, 4), dtype=np.float32)
    b = np.random.default_rng(0).standard_normal((100_000, 4)).astype(np.float32)
    result = compare_neighbours(a, b, same_a=np.zeros(100_000))
    assert not result.rivals.any()
    for values in (result.swap, result.hit, result.auc, result.least):
        assert np.isnan(values).all()


def test_codes_of_another_length_are_refused() -> None:
    """Codes that are not one per row are refused."""
    with pytest.raises(InputError, match=r"codes of shape \(3,\), expected one per row, \(2,\)"):
        compare_neighbours(np.ones((2, 3)), np.ones((2, 3)), same_a=[0, 1, 2])
