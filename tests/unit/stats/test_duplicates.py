"""Rows with the same vector are found, whatever their order, and no others."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband.stats.duplicates import SAME_VECTOR, find_duplicates


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_copies_are_found_up_to_rounding_and_length(n: int, texts: int, seed: int) -> None:
    """Rows that are copies of a few directions, in any length and rounded, are grouped by direction."""
    rng = np.random.default_rng(seed)
    direction = rng.standard_normal((texts, 8))
    source = rng.integers(texts, size=n)
    rows = direction[source] * rng.uniform(0.5, 2, (n, 1)) * (1 + 1e-7 * rng.standard_normal((n, 8)))
    of = find_duplicates(rows.astype(np.float32)).of
    assert ((of[:, None] == of[None, :]) == (source[:, None] == source[None, :])).all()


def test_a_constant_encoder_is_one_group() -> None:
    """20,000 equal vectors are one group, found at once."""
    assert len(find_duplicates(np.ones((20_000, 8), dtype=np.float32))) == 1


def test_near_vectors_are_not_the_same() -> None:
    """Vectors a hundred times farther apart than rounding allows stay apart."""
    angle = np.sqrt(2 * 100 * SAME_VECTOR) * np.arange(50)
    assert len(find_duplicates(np.stack([np.cos(angle), np.sin(angle)], axis=1))) == 50
