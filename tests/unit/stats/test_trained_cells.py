"""Trained cells against matched ones: planted truths, and false alarms where nothing was cherry-picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.stats.trained_cells import CellMoves, compare_moves, match

LABELS, TEMPLATES = 48, 6


def moved(
    rng: np.random.Generator, looks: int, trained: float = 0.0, others: float = 0.0, words: float = 0.0
) -> tuple[CellMoves, np.ndarray[Any, Any]]:
    """Plant moves: of trained cells, of all others, and of the trained words in other templates.

    Labels differ in a trait that decides half of how far they move; trained labels have large traits.
    """
    trait = rng.normal(size=LABELS)
    mask: np.ndarray[Any, Any] = np.zeros((LABELS, TEMPLATES), dtype=bool)
    own = np.argsort(-trait + rng.normal(size=LABELS))[:8]
    mask[own, rng.integers(TEMPLATES, size=8)] = True
    y = [rng.normal(-3, 0.5, size=(LABELS, TEMPLATES))]
    word = mask.any(axis=1, keepdims=True) & ~mask
    for look in range(1, looks + 1):
        share = look / looks
        noise = (
            0.3 * trait[:, None]
            + rng.normal(size=(LABELS, 1)) * 0.2
            + rng.normal(size=(LABELS, TEMPLATES)) * 0.2
        )
        y.append(y[0] + share * (noise + trained * mask + others * ~mask + words * word))
    traits = np.column_stack([trait, y[0].mean(axis=1)])
    sets = match(mask.any(axis=1), traits)
    assert sets is not None
    return compare_moves(np.stack(y), np.zeros(mask.shape), mask, sets, traits, rng), mask


def test_matching_uses_each_label_once_and_takes_the_nearest() -> None:
    """Each trained label gets untrained ones like it, and no label is in two sets."""
    trained = np.arange(10) < 2
    near = [[0.0], [10.0], [0.1], [9.9], [0.2], [9.5]]
    traits = np.array([*near, [50.0], [51.0], [52.0], [53.0]])
    sets = match(trained, traits)
    assert sets is not None
    assert sets.trained.tolist() == [0, 1]
    assert sets.controls.tolist() == [[2, 4], [3, 5]]


def test_more_trained_labels_than_others_leave_the_best_fitting_pairs() -> None:
    """Three controls for five trained labels make three sets of two."""
    sets = match(np.arange(8) < 5, np.array([0, 1, 2, 3, 4, 0.1, 2.1, 4.1])[:, None])
    assert sets is not None
    assert dict(zip(sets.trained.tolist(), sets.controls[:, 0].tolist(), strict=True)) == {0: 5, 2: 6, 4: 7}


def test_too_few_labels_to_match_with_are_no_sets() -> None:
    """Two untrained labels are too few to tell chance from training."""
    assert match([True, True, False, False], np.zeros((4, 1))) is None
    assert match([False, False, False, False], np.zeros((4, 1))) is None


def test_cells_that_move_alone_are_found_and_measured() -> None:
    """A planted move of 1.0 of the trained cells alone is found, with its size, and the others at rest."""
    moves, _ = moved(np.random.default_rng(2), looks=5, trained=1.0)
    assert moves.p[-1] < 0.01
    assert moves.gap[:, -1].mean() == pytest.approx(1.0, abs=0.35)
    assert abs(np.nanmean(moves.same_word[:, -1] - moves.elsewhere[:, -1])) < 0.35


def test_a_rule_moves_all_cells_and_is_no_alarm() -> None:
    """Cells that all move by 1.0 leave no difference."""
    moves, _ = moved(np.random.default_rng(3), looks=5, trained=1.0, others=1.0)
    assert moves.matched[:, -1].mean() == pytest.approx(1.0, abs=0.3)
    assert moves.p[-1] > 0.05


def test_words_that_moved_everywhere_show_in_the_same_word_cells() -> None:
    """A word that moves in every template moves in those in which it was not trained."""
    moves, _ = moved(np.random.default_rng(4), looks=3, trained=1.0, words=1.0)
    assert np.nanmean(moves.same_word[:, -1] - moves.elsewhere[:, -1]) == pytest.approx(1.0, abs=0.35)


def test_pairs_pulled_together_and_pushed_apart_do_not_cancel() -> None:
    """Moves count in the direction that training asked for."""
    rng = np.random.default_rng(5)
    y = np.zeros((2, 30, 1))
    y[1, :10, 0] = np.where(np.arange(10) < 5, 1.0, -1.0)
    direction, mask = y[1].copy(), np.abs(y[1]) > 0
    y[1] += rng.normal(size=(30, 1)) * 0.1
    sets = match(mask[:, 0], np.zeros((30, 1)))
    assert sets is not None
    moves = compare_moves(y, direction, mask, sets, np.zeros((30, 1)), rng)
    assert moves.directed
    assert moves.trained[:, 0].mean() == pytest.approx(1.0, abs=0.1)
    assert moves.p[0] < 0.01


def test_false_alarms_are_as_rare_as_said() -> None:
    """Of 100 trainings whose trained labels moved no more than ones like them, 5% or so have p <= 0.05."""
    rng = np.random.default_rng(6)
    alarms = [bool((moved(rng, looks=4, trained=0.5, others=0.5)[0].p <= 0.05).any()) for _ in range(100)]
    assert np.mean(alarms) <= 0.1


def test_tables_that_do_not_fit_are_refused() -> None:
    """A single table has no moves."""
    sets = match(np.arange(6) < 2, np.zeros((6, 1)))
    assert sets is not None
    with pytest.raises(InputError, match="expected"):
        compare_moves(
            np.zeros((1, 6, 1)),
            np.zeros((6, 1)),
            np.ones((6, 1), bool),
            sets,
            np.zeros((6, 1)),
            np.random.default_rng(0),
        )
