"""Ranks by dot product, euclidean and Manhattan distance agree with brute force at any scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenband.similarity import paired_own
from evenband.stats import products
from evenband.stats.neighbours import compare_neighbours
from evenband.stats.ranks import undefeated
from evenband.stats.spaces import space_of
from evenband.types import Similarity

Float = NDArray[np.float64]
OWN: tuple[Similarity, ...] = ("dot", "euclidean", "manhattan")
ORACLES: dict[str, Callable[[Float, Float], Float]] = {
    "dot": lambda a, b: a @ b.T,
    "euclidean": lambda a, b: -np.sqrt(((a[:, None] - b) ** 2).sum(axis=2)),
    "manhattan": lambda a, b: -np.abs(a[:, None] - b).sum(axis=2),
}


def _pairs(n: int, seed: int, scale: float = 1.0, offset: float = 0.0) -> Any:
    """Return pairs whose lengths differ by a factor of ten, all times a scale, after a common offset."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, 6)) * np.exp(rng.uniform(-1, 1, (n, 1)))
    b = a + 0.7 * rng.standard_normal((n, 6)) * np.exp(rng.uniform(-1, 1, (n, 1)))
    return tuple(((x + offset) * scale).astype(np.float32) for x in (a, b))


def _naive(similarity: str, a: NDArray[Any], b: NDArray[Any], tie: float) -> dict[str, Float]:
    """Compute hit, auc and least from the whole n x n table in float64."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    to_b, to_a = (ORACLES[similarity](a, x) for x in (b, a))
    own, off = np.diag(to_b)[:, None], ~np.eye(len(a), dtype=bool)
    nearer, tied = ((to_b - own > tie) & off).sum(1), ((np.abs(to_b - own) <= tie) & off).sum(1)
    below, level = ((to_a - own > tie) & off).sum(1), ((np.abs(to_a - own) <= tie) & off).sum(1)
    rivals = len(a) - 1
    return {
        "hit": np.where(nearer > 0, 0.0, np.where(tied > 0, 0.5, 1.0)),
        "auc": (rivals - nearer - 0.5 * tied) / rivals,
        "least": undefeated(below, level, rivals),
        "nearer": below,
        "tied": level,
    }


@settings(max_examples=60, deadline=None)
@given(
    similarity=st.sampled_from(OWN),
    n=st.integers(2, 220),
    seed=st.integers(0, 99),
    scale=st.sampled_from([1.0, 1e-15, 1e15, 0.003, 512.0]),
    offset=st.sampled_from([0.0, 3.0, 200.0]),
)
def test_every_number_is_that_of_brute_force(
    similarity: Similarity, n: int, seed: int, scale: float, offset: float
) -> None:
    """Tiny and huge vectors, far from the origin or near it: the same counts as in float64."""
    a, b = _pairs(n, seed, scale, offset)
    found = compare_neighbours(a, b, tie=0.0, similarity=similarity)
    # What float64 itself cannot tell apart counts as a tie, in brute force too.
    longest = float(max(np.abs(x.astype(np.float64)).sum(axis=1).max() for x in (a, b)))
    for name, values in _naive(
        similarity, a, b, tie=1e-13 * longest ** (2 if similarity == "dot" else 1)
    ).items():
        assert getattr(found, name) == pytest.approx(values, abs=1e-12), name
    assert np.isnan(found.swap).all()


@pytest.mark.parametrize("similarity", OWN)
@pytest.mark.parametrize("block", [16, 512])
def test_float32_never_decides_what_it_cannot(
    similarity: Similarity, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rivals nearer or farther than the partner by less than float32 resolves are counted right."""
    monkeypatch.setattr(products, "BLOCK_ROWS", block)
    rng = np.random.default_rng(0)
    a = (rng.standard_normal((60, 5)) + 40).astype(np.float32)
    b = a.copy()
    b[:, 0] += np.float32(3.8e-6)  # one step of float32 at 40
    for name, values in _naive(similarity, a, b, tie=0.0).items():
        assert getattr(compare_neighbours(a, b, 0.0, similarity=similarity), name) == pytest.approx(values)


@pytest.mark.parametrize("similarity", OWN)
def test_the_bounds_of_float32_hold(similarity: Similarity) -> None:
    """No product is farther from float64 than its stated error, so no comparison outside is wrong."""
    for scale in (1e-20, 1.0, 1e12):
        a, b = _pairs(90, seed=3, scale=scale, offset=5.0)
        table = space_of(similarity, a, b).partners(None)
        everything = table.exact(slice(0, 90))
        for block, product in table.blocks(np.empty((32, 90), np.float32)):
            assert (np.abs(product - everything[block]) <= table.error[block, None]).all()
        i, j = np.array([0, 5, 89]), np.array([7, 5, 0])
        assert table.pairs(i, j) == pytest.approx(everything[i, j], abs=1e-13)


@pytest.mark.parametrize("similarity", OWN)
@given(power=st.integers(-60, 60), seed=st.integers(0, 20), tie=st.sampled_from([0.0, 0.05]))
@settings(max_examples=20, deadline=None)
def test_a_common_scale_changes_no_comparison(
    similarity: Similarity, power: int, seed: int, tie: float
) -> None:
    """A model whose vectors are all twice as long ranks its texts as before, ties included."""
    a, b = _pairs(50, seed)
    factor = 2.0 ** (power * (2 if similarity == "dot" else 1))
    before = compare_neighbours(a, b, tie, similarity=similarity)
    after = compare_neighbours(np.ldexp(a, power), np.ldexp(b, power), tie * factor, similarity=similarity)
    for name in ("hit", "auc", "least", "nearer", "tied"):
        assert np.array_equal(getattr(before, name), getattr(after, name)), name


@pytest.mark.parametrize("similarity", OWN)
def test_ties_are_in_the_unit_of_the_similarity(similarity: Similarity) -> None:
    """Similarities that differ by less than the tie are equal; by more, they are not."""
    a, b = _pairs(80, seed=1)
    to_a = ORACLES[similarity](a.astype(np.float64), a.astype(np.float64))
    tie = 0.2 * float(np.std(to_a))
    for name, values in _naive(similarity, a, b, tie).items():
        found = getattr(compare_neighbours(a, b, tie, similarity=similarity), name)
        assert found == pytest.approx(values, abs=1e-12), name


@pytest.mark.parametrize("similarity", OWN)
def test_twins_are_one_rival(similarity: Similarity) -> None:
    """Repeated rows change no other row's numbers, as by cosine."""
    a, b = _pairs(40, seed=2)
    before = compare_neighbours(a, b, similarity=similarity)
    codes = [*range(40), 3, 3, 17]
    after = compare_neighbours(a[codes], b[codes], similarity=similarity, same_a=codes, same_b=codes)
    for name in ("hit", "auc", "least", "nearer", "tied", "rivals"):
        assert getattr(after, name)[:40] == pytest.approx(getattr(before, name)), name


def test_unit_vectors_rank_alike_by_cosine_dot_and_euclidean_distance() -> None:
    """So nothing changes for a model that normalises its vectors."""
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in _pairs(100, seed=4))
    first, *others = (
        compare_neighbours(a, b, 1e-7, similarity=one) for one in ("cosine", "dot", "euclidean")
    )
    for other in others:
        assert np.array_equal(first.hit, other.hit)
        assert first.auc == pytest.approx(other.auc, abs=1e-3)
        assert first.least == pytest.approx(other.least, abs=1e-3)


@pytest.mark.parametrize("similarity", ["cosine", *OWN])
def test_similarities_are_those_of_sentence_transformers(similarity: Similarity) -> None:
    """The model library's own pairwise function is the oracle."""
    util = pytest.importorskip("sentence_transformers.util")
    a, b = _pairs(30, seed=5)
    pairwise = {
        "cosine": util.pairwise_cos_sim,
        "dot": util.pairwise_dot_score,
        "euclidean": util.pairwise_euclidean_sim,
        "manhattan": util.pairwise_manhattan_sim,
    }[similarity]
    expected = pairwise(a.astype(np.float64), b.astype(np.float64)).numpy()
    assert paired_own(similarity, a, b) == pytest.approx(expected, rel=1e-9)
