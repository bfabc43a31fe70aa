"""The layer where an odd pair parts from ordinary ones."""

import numpy as np
import pytest

from evenband.analysis.pairs.divergence import diverge
from evenband.errors import InputError
from evenband.types import Attribution, Inspection, Layer, Tokens


def pair(*distances: float) -> Inspection:
    tokens = Tokens("", (), ())
    layers = tuple(Layer(index, distance, None) for index, distance in enumerate(distances))
    return Inspection(tokens, tokens, (), layers, Attribution("pooled states", distances[-1], ()), None)


ORDINARY = [pair(0.0, 0.02 + 0.001 * k, 0.03, 0.04) for k in range(-5, 6)]


def test_a_pair_that_departs_in_one_layer_is_said_to_split_there() -> None:
    """The planted layer is named, its share of the excess is as planted, and shares sum to 1."""
    found = diverge(pair(0.0, 0.02, 0.07, 0.14), ORDINARY)
    assert found.split == 2
    assert found.shares is not None
    np.testing.assert_allclose(found.shares, [0, 0, 0.4, 0.6], atol=1e-12)
    assert found.ratios[0] is None
    np.testing.assert_allclose(np.array(found.ratios[1:], dtype=float), [1, 7 / 3, 3.5])


def test_a_trace_of_the_excess_is_not_where_it_begins() -> None:
    """Beyond all ordinary pairs, but by a hundredth of what it becomes: the next layer is named."""
    assert diverge(pair(0.0, 0.02, 0.031, 0.14), ORDINARY).split == 3


def test_a_pair_that_comes_back_has_not_split() -> None:
    """Far apart in the middle, ordinary at the end: no layer is named."""
    found = diverge(pair(0.0, 0.5, 0.5, 0.04), ORDINARY)
    assert (found.split, found.shares) == (None, None)


def test_a_pair_that_is_far_from_the_start_splits_at_the_embeddings() -> None:
    """Layer 0 is an answer, too."""
    assert diverge(pair(0.01, 0.1, 0.1, 0.1), ORDINARY).split == 0


@pytest.mark.parametrize("ordinary", [[], [pair(0.0, 0.1)]])
def test_pairs_of_another_model_are_refused(ordinary: list[Inspection]) -> None:
    """Nothing to compare with, or another number of layers, is an error in one line."""
    with pytest.raises(InputError, match="layers, expected 4"):
        diverge(pair(0.0, 0.02, 0.07, 0.14), ordinary)
