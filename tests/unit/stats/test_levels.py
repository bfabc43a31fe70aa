"""Grids of number formats agree with numpy and with bit arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from evenband.stats.levels import count_levels, grid, step


def bfloat16(x: ArrayLike) -> NDArray[np.float64]:
    """Round to bfloat16 by float32 bit patterns (to nearest, half to even)."""
    bits = np.asarray(x, dtype=np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32).astype(np.float64)


scores = np.random.default_rng(0).normal(0.9766, 0.0015, 10_153)


def test_rounded_scores_are_recognised() -> None:
    """Rounded scores are recognised by their format, and unrounded ones are not."""
    assert grid(bfloat16(scores)) == "bfloat16"
    assert grid(scores.astype(np.float16).astype(float)) == "float16"
    assert grid(scores) is None
    assert grid(scores.astype(np.float32).astype(float)) is None
    assert count_levels(bfloat16(scores)) == 3


def test_one_score_off_the_grid_is_enough_to_leave_it() -> None:
    """A single score off the grid shows that the scores were not rounded."""
    rounded = bfloat16(scores)
    rounded[17] += 1e-9
    assert grid(rounded) is None


@pytest.mark.parametrize("trivial", [np.ones(1000), np.tile([0.0, 1.0, -1.0], 100), [0.5, 0.75]])
def test_whole_numbers_and_a_handful_prove_nothing(trivial: ArrayLike) -> None:
    """Whole numbers and very few scores say nothing of a format."""
    assert grid(trivial) is None


def test_the_articles_listener_lies_on_the_grid() -> None:
    """The article's 0.7969 is 204/256, and the bfloat16 step in [0.5, 1) is 1/256."""
    assert step(204 / 256, "bfloat16") == 1 / 256
    assert bfloat16([204 / 256])[0] == 204 / 256


@given(st.floats(1e-7, 2.0))
def test_float16_steps_are_numpys(x: float) -> None:
    """The steps of float16 equal numpy's spacing."""
    on_grid = np.float16(x)
    if on_grid > 0:
        assert step(float(on_grid), "float16") == float(np.spacing(on_grid))


@given(st.lists(st.floats(-1, 1, width=32), min_size=10, max_size=30))
def test_what_was_rounded_lies_on_the_grid(x: list[float]) -> None:
    """Numbers rounded to bfloat16 always lie on its grid."""
    rounded = bfloat16(x)
    if np.count_nonzero(rounded != np.round(rounded)) >= 8:
        assert grid(rounded) == "bfloat16"
