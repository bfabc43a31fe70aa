"""Cosine similarity in float64."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cosine

from evenband.errors import ModelError
from evenband.similarity import normalise, paired_distance, paired_similarity


@given(st.integers(0, 2**32 - 1))
def test_similarity_is_scipys_cosine(seed: int) -> None:
    """The similarity equals scipy's cosine."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 5, 7)).astype(np.float32)
    expected = [1 - cosine(x.astype(np.float64), y.astype(np.float64)) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(paired_similarity(a, b), expected, atol=1e-14)


def test_a_tiny_distance_keeps_its_digits() -> None:
    """The distance of nearly equal vectors keeps its digits, where 1 - s would be 0."""
    angle = 1e-9
    a = np.array([[1.0, 0.0]])
    b = np.array([[np.cos(angle), np.sin(angle)]])
    assert paired_distance(a, b)[0] == pytest.approx(angle**2 / 2, rel=1e-6)


def test_a_zero_vector_is_refused_by_its_row() -> None:
    """A zero vector is refused by its row."""
    with pytest.raises(ModelError, match="vector 1 is zero"):
        normalise(np.array([[1, 0], [0, 0]], dtype=np.float32))
