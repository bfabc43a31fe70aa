"""Standard draw against fresh draw."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.stats.gap import compare_draws


def _draw(rng: np.random.Generator, rates: np.ndarray, n: int = 200, spread: float = 0.5) -> np.ndarray:
    """Cells that pass with a template's rate; a label's cells go together."""
    own = rng.normal(0, spread, (n, 1))
    logits = np.log(rates / (1 - rates)) + own
    passed = rng.uniform(size=(n, len(rates))) < 1 / (1 + np.exp(-logits))
    return np.asarray(passed, dtype=np.float64)


def test_equally_hard_draws_are_rarely_called_different() -> None:
    """With other fillers a template's rate moves; one-sided p below .05 in at most 8 of 100 cases."""
    rng, found = np.random.default_rng(11), 0
    for _ in range(400):
        rates = rng.uniform(0.3, 0.9, (2, 4))
        rates[1] = np.clip(rates[0] + rng.normal(0, 0.05, 4), 0.05, 0.95)
        found += compare_draws(_draw(rng, rates[0]), _draw(rng, rates[1])).p < 0.05
    assert found / 400 < 0.08


def test_a_memorised_draw_is_seen() -> None:
    """All of the standard cells pass, seven in ten of the fresh ones."""
    rng = np.random.default_rng(12)
    rates = np.array([0.6, 0.7, 0.8, 0.7])
    found = [compare_draws(np.ones((200, 4)), _draw(rng, rates)) for _ in range(20)]
    assert all(one.p < 1e-3 for one in found)


def test_a_draw_learned_by_heart_in_half_of_its_sentences_is_seen() -> None:
    """Two sentences were passed all along, two fell: what differs between sentences is no excuse."""
    rng = np.random.default_rng(13)
    fresh = np.concatenate([np.ones((200, 2)), _draw(rng, np.array([0.05, 0.5]))], axis=1)
    assert compare_draws(np.ones((200, 4)), fresh).p < 5e-3


def test_one_sentence_alone_is_held_against_what_fillers_do() -> None:
    """A gap of a tenth in one sentence is no sign of anything, however many labels there are."""
    standard, fresh = np.ones((2000, 1)), np.ones((2000, 1))
    fresh[:200] = 0.0
    found = compare_draws(standard, fresh)
    assert found.p > 0.05
    assert (found.difference.low or 0) < 0 < (found.difference.high or 0)


def test_the_gap_is_that_of_the_means() -> None:
    """Of two draws of which one was learned."""
    rng = np.random.default_rng(12)
    rates = np.array([0.6, 0.7, 0.8, 0.7])
    found = [compare_draws(np.ones((200, 4)), _draw(rng, rates)) for _ in range(20)]
    assert all(0.2 < (one.difference.value or 0) < 0.4 for one in found)


def test_draws_without_any_variation() -> None:
    """Both perfect: no sign of a gap. All against nothing: as sure as can be."""
    ones, zeros = np.ones((50, 4)), np.zeros((50, 4))
    assert compare_draws(ones, ones).p == 0.5
    assert compare_draws(ones, zeros).p < 1e-6
    assert compare_draws(ones, zeros).difference.value == 1.0


def test_draws_of_other_templates_are_refused() -> None:
    """They are not one probe."""
    with pytest.raises(InputError, match=r"got tables \(5, 4\) and \(5, 3\)"):
        compare_draws(np.ones((5, 4)), np.ones((5, 3)))
