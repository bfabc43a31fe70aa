"""The gap between a standard and a fresh draw."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.stats.gap import compare_draws


def _draw(rng: np.random.Generator, rates: np.ndarray, n: int = 200, spread: float = 0.5) -> np.ndarray:
    """Return cells that pass with a template's rate; a label's cells go together."""
    own = rng.normal(0, spread, (n, 1))
    logits = np.log(rates / (1 - rates)) + own
    passed = rng.uniform(size=(n, len(rates))) < 1 / (1 + np.exp(-logits))
    return np.asarray(passed, dtype=np.float64)


def test_equally_hard_draws_are_rarely_called_different() -> None:
    """Where only fillers change a rate, p is below .05 in at most 8 of 100 cases."""
    rng, significant = np.random.default_rng(11), 0
    for _ in range(400):
        rates = rng.uniform(0.3, 0.9, (2, 4))
        rates[1] = np.clip(rates[0] + rng.normal(0, 0.05, 4), 0.05, 0.95)
        significant += compare_draws(_draw(rng, rates[0]), _draw(rng, rates[1])).p < 0.05
    assert significant / 400 < 0.08


def test_a_memorised_draw_is_seen() -> None:
    """A model that passes every standard cell and seven in ten fresh ones gets a small p."""
    rng = np.random.default_rng(12)
    rates = np.array([0.6, 0.7, 0.8, 0.7])
    gaps = [compare_draws(np.ones((200, 4)), _draw(rng, rates)) for _ in range(20)]
    assert all(gap.p < 1e-3 for gap in gaps)


def test_a_draw_learned_by_heart_in_half_of_its_sentences_is_seen() -> None:
    """A gap in two of four sentences is seen, although the sentences differ from each other."""
    rng = np.random.default_rng(13)
    fresh = np.concatenate([np.ones((200, 2)), _draw(rng, np.array([0.05, 0.5]))], axis=1)
    assert compare_draws(np.ones((200, 4)), fresh).p < 5e-3


def test_one_sentence_alone_is_held_against_what_fillers_do() -> None:
    """A gap of a tenth in one sentence is no sign of learning, however many labels there are."""
    standard, fresh = np.ones((2000, 1)), np.ones((2000, 1))
    fresh[:200] = 0.0
    gap = compare_draws(standard, fresh)
    assert gap.p > 0.05
    assert (gap.difference.low or 0) < 0 < (gap.difference.high or 0)


def test_the_gap_is_that_of_the_means() -> None:
    """The gap is the difference of the two pass rates."""
    rng = np.random.default_rng(12)
    rates = np.array([0.6, 0.7, 0.8, 0.7])
    gaps = [compare_draws(np.ones((200, 4)), _draw(rng, rates)) for _ in range(20)]
    assert all(0.2 < (gap.difference.value or 0) < 0.4 for gap in gaps)


def test_draws_without_any_variation() -> None:
    """Two perfect draws show no gap, and a perfect against a failed one a certain gap."""
    ones, zeros = np.ones((50, 4)), np.zeros((50, 4))
    assert compare_draws(ones, ones).p == 0.5
    assert compare_draws(ones, zeros).p < 1e-6
    assert compare_draws(ones, zeros).difference.value == 1.0


def test_draws_of_other_templates_are_refused() -> None:
    """Draws with different numbers of templates are refused."""
    with pytest.raises(InputError, match=r"got tables \(5, 4\) and \(5, 3\)"):
        compare_draws(np.ones((5, 4)), np.ones((5, 3)))
