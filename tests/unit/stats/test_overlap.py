"""Similarities and neighbours of two sets of vectors, against a direct computation."""

from __future__ import annotations

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError, ModelError
from evenband.stats import overlap
from evenband.stats.overlap import compare_similarities, largest_components


def unit(vectors: np.ndarray) -> np.ndarray:
    wide = vectors.astype(np.float64)
    return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True))


def directly(left: np.ndarray, right: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Largest and median difference and shared neighbours, from the two full tables."""
    n = len(left)
    tables = [unit(side) @ unit(side).T for side in (left, right)]
    others = [np.delete(np.arange(n), row) for row in range(n)]
    gaps = np.abs(tables[0] - tables[1])
    nearest = [
        [set(others[row][np.argsort(-table[row, others[row]])[:k]]) for row in range(n)] for table in tables
    ]
    return (
        np.array([gaps[row, others[row]].max() for row in range(n)]),
        np.array([np.median(gaps[row, others[row]]) for row in range(n)]),
        np.array([len(nearest[0][row] & nearest[1][row]) / k for row in range(n)]),
    )


@pytest.mark.parametrize("room", [overlap.ROOM_BYTES, 3 * 8 * 60])
def test_figures_are_those_of_the_full_tables(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """In one block of rows and in many."""
    monkeypatch.setattr(overlap, "ROOM_BYTES", room)
    rng = np.random.default_rng(1)
    left = rng.normal(size=(60, 16)).astype(np.float32)
    right = left + rng.normal(scale=0.1, size=left.shape).astype(np.float32)
    found = compare_similarities(left, right)
    largest, median, shared = directly(left, right, 10)
    np.testing.assert_allclose(found.largest, largest, rtol=1e-9)
    np.testing.assert_allclose(found.median, median, rtol=1e-6)
    np.testing.assert_array_equal(found.shared, shared)
    assert found.k == 10
    assert 0 < found.shared.mean() < 1


def test_equal_vectors_agree_whatever_their_length() -> None:
    """No difference, all neighbours; also where lengths differ by a power of two."""
    vectors = np.random.default_rng(2).normal(size=(30, 8)).astype(np.float32)
    found = compare_similarities(vectors, 4 * vectors)
    assert found.largest.max() == 0
    assert (found.shared == 1).all()


def test_the_order_of_equally_near_neighbours_does_not_count() -> None:
    """Thirty copies of two directions: which ten of them come first means nothing."""
    directions = np.eye(2, 6, dtype=np.float32)[np.arange(60) % 2]
    shaken = directions + np.random.default_rng(3).normal(scale=1e-8, size=directions.shape)
    assert (compare_similarities(directions, shaken).shared == 1).all()


def test_few_texts_have_few_neighbours_and_one_has_none() -> None:
    """Three texts have two others each."""
    three = np.eye(3, dtype=np.float32)
    assert compare_similarities(three, three).k == 2
    one = compare_similarities(three[:1], three[:1])
    assert one.k == 0
    assert np.isnan([one.largest, one.median, one.shared]).all()


@given(arrays.arrays(np.float32, (12, 4), elements=st.floats(0.25, 4, width=32)), st.integers(0, 99))
def test_swapping_the_sets_changes_nothing(left: np.ndarray, seed: int) -> None:
    """Every figure is symmetric."""
    right = left + np.random.default_rng(seed).normal(scale=0.05, size=left.shape).astype(np.float32)
    there, back = compare_similarities(left, right, 5), compare_similarities(right, left, 5)
    np.testing.assert_array_equal(there.largest, back.largest)
    np.testing.assert_array_equal(there.median, back.median)
    np.testing.assert_array_equal(there.shared, back.shared)
    np.testing.assert_array_equal(largest_components(left, right), largest_components(right, left))


def test_components_are_those_of_unit_vectors() -> None:
    """More rows than one block has."""
    rng = np.random.default_rng(4)
    left, right = rng.normal(size=(2, 700, 5))
    expected = np.abs(unit(left) - unit(right)).max(axis=1)
    np.testing.assert_allclose(largest_components(left, right), expected, rtol=1e-12)


def test_what_cannot_be_compared_is_refused() -> None:
    """Different numbers, different lengths, no texts, no direction."""
    two, three = np.eye(2), np.eye(3)
    with pytest.raises(InputError, match="got 2 and 3 vectors, expected equally many"):
        compare_similarities(two, three)
    with pytest.raises(InputError, match="expected equal shapes"):
        largest_components(two, three)
    with pytest.raises(InputError, match="one or more"):
        compare_similarities(np.zeros((0, 2)), np.zeros((0, 2)))
    with pytest.raises(ModelError, match="is zero"):
        compare_similarities(np.zeros((2, 2)), two)
