"""The cherry-pick alarm: do cells like the trained ones move as the trained ones do?

Distances are compared with those before training: d is 1 - s, and a move is a difference of log d. Cells that
training shows the model (trained) are set against the same templates with labels that it does not show, alike
in frequency, length, tokens and distance before training (matched), and against the same labels in other
templates (same word).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.pairs.covariates import tokens_of, zipf_of
from evenband.analysis.pairs.scale import scale_of
from evenband.analysis.watched_trainings.training_values import CellStep, Lesson, TrainedProbe
from evenband.randomness import stream
from evenband.stats.dispersion import log_distance
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.stats.multiple_testing import holm
from evenband.stats.trained_cells import CellMoves, compare_moves, match
from evenband.types import Estimate, PairsMeasurement, Scores

ALARM_LEVEL = 0.05
"""Chance of a false alarm over a whole training, at most."""

NOTABLE_MOVE = math.log(1.25)
"""Move of log d that matters: a quarter farther apart, or a fifth nearer."""

SHARED_MOVE = 0.5
"""Share of the trained cells' move from which on matched cells are said to move with them."""

Directions = Mapping[str, Mapping[str, int]]
"""Direction of each trained cell by label and template."""


def judge_cells(
    histories: Mapping[str, Sequence[tuple[int, PairsMeasurement]]],
    cells: Mapping[str, Directions],
    seed: int,
) -> tuple[TrainedProbe, ...]:
    """Return what training taught by the trained cells of each probe, at every step after the first.

    P-values hold over all steps so far (:mod:`evenband.stats.sequential`) and over all probes (Holm 1979).

    Args:
        histories: step and measurement of each probe, in the order of steps.
        cells: trained cells of each probe.
        seed: of the permutations.
    """
    moved = {
        name: _moves(history, cells[name], seed)
        for name, history in histories.items()
        if len(history) > 1 and cells.get(name)
    }
    tested = {name: moves for name, moves in moved.items() if moves is not None}
    steps = sorted({step for name in tested for step, _ in histories[name][1:]})
    p = np.full((len(tested), len(steps)), np.nan)
    for row, (name, moves) in enumerate(tested.items()):
        p[row, [steps.index(step) for step, _ in histories[name][1:]]] = moves.p
    adjusted = np.stack([holm(column) for column in p.T], axis=1) if p.size else p
    order = {name: row for row, name in enumerate(tested)}
    return tuple(
        _probe(name, histories[name], cells[name], moves, adjusted[order[name]] if moves else p, steps)
        for name, moves in moved.items()
    )


def _moves(history: Sequence[tuple[int, PairsMeasurement]], cells: Directions, seed: int) -> CellMoves | None:
    """Return the moves of a probe's cells; ``None`` where there is nothing to compare them with."""
    measurements = [measurement for _, measurement in history]
    first = measurements[0]
    floor = max(scale_of(one).floor for one in measurements)
    y = np.stack([log_distance(_aligned(first, one), floor) for one in measurements])
    direction = _direction(first, cells)
    trained = ~np.isnan(direction)
    traits = _traits(first, y[0])
    sets = match(trained.any(axis=1), traits)
    if sets is None:
        return None
    return compare_moves(y, np.nan_to_num(direction), trained, sets, traits, stream(seed, "cherry picks"))


def _aligned(first: PairsMeasurement, other: PairsMeasurement) -> Scores:
    """Return the scores of another step for the first step's cells, and the first's where it lacks one.

    Shape: (n, t).
    """
    if (first.items, first.conditions) == (other.items, other.conditions):
        return other.scores
    scores = np.array(first.scores)
    rows, columns = _places(other.items), _places(other.conditions)
    for i, item in enumerate(first.items):
        for j, condition in enumerate(first.conditions):
            if item in rows and condition in columns:
                scores[i, j] = other.scores[rows[item], columns[condition]]
    return scores


def _places(names: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def _direction(measurement: PairsMeasurement, cells: Directions) -> Scores:
    """Return the direction of trained cells, NaN for all others. Shape: (n, t)."""
    direction = np.full(measurement.scores.shape, np.nan)
    rows, columns = _places(measurement.items), _places(measurement.conditions)
    for label, ways in cells.items():
        for template, way in ways.items():
            if label in rows and template in columns:
                direction[rows[label], columns[template]] = way
    return direction


def _traits(measurement: PairsMeasurement, y: Scores) -> Scores:
    """Return what labels are matched by: frequency, characters, tokens, distance. Shape: (n, t) -> (n, c)."""
    traits: list[Scores] = [np.array([float(len(item)) for item in measurement.items]), y.mean(axis=1)]
    traits += [one for one in (zipf_of(measurement), tokens_of(measurement)) if one is not None]
    table = np.column_stack(traits)
    return np.asarray(np.where(np.isnan(table), np.nanmean(table, axis=0), table))


def _probe(
    name: str,
    history: Sequence[tuple[int, PairsMeasurement]],
    cells: Directions,
    moves: CellMoves | None,
    p: Scores,
    steps: Sequence[int],
) -> TrainedProbe:
    """Return the judged steps of one probe. Shape of p: one for each step."""
    ways = {way for one in cells.values() for way in one.values()}
    return TrainedProbe(
        probe=name,
        labels=len(cells),
        cells=sum(map(len, cells.values())),
        controls=0 if moves is None else moves.controls,
        together=True if ways == {-1} else False if ways == {1} else None,
        steps=()
        if moves is None
        else tuple(
            _step(step, moves, look, float(p[steps.index(step)]))
            for look, (step, _) in enumerate(history[1:])
        ),
    )


def _step(step: int, moves: CellMoves, look: int, p: float) -> CellStep:
    sign = _direction_of(moves, look)
    trained, matched = sign * moves.trained[:, look], sign * moves.matched[:, look]
    gap, words = trained - matched, sign * moves.same_word[:, look]
    scale = float(moves.scale[look])
    known = words[~np.isnan(words)]
    elsewhere_move = float(known.mean()) if known.size else None
    lesson = _lesson(_estimate(trained), _estimate(matched), _estimate(gap), elsewhere_move, p)
    elsewhere = sign * moves.elsewhere[:, look]
    return CellStep(
        step=step,
        trained=_estimate(trained),
        same_word=_estimate(known),
        matched=_estimate(matched),
        gap=_estimate(gap),
        z=float(gap.mean()) / scale,
        p=p,
        lesson=lesson,
        words=lesson == "cherry-picked" and _learned_words(words - elsewhere, gap),
    )


def _direction_of(moves: CellMoves, look: int) -> float:
    """Return -1 where nothing says in which direction training moves, and the cells came nearer; else 1."""
    return 1.0 if moves.directed or moves.trained[:, look].mean() >= 0 else -1.0


def _learned_words(words: Scores, gap: Scores) -> bool:
    """Return whether the trained labels moved in other templates at least half as far as in theirs."""
    known = words[~np.isnan(words)]
    return bool(known.size and known.mean() >= SHARED_MOVE * gap.mean())


def _lesson(
    trained_move: Estimate, matched_move: Estimate, gap: Estimate, same_word: float | None, p: float
) -> Lesson:
    """Return what a step says: moves as asked for, and the p-value of trained less matched.

    The rule was learned only where matched cells move as far as trained ones, within the interval.
    """
    trained, matched = trained_move.value or 0.0, matched_move.value or 0.0
    if p <= ALARM_LEVEL and trained - matched >= NOTABLE_MOVE and matched < SHARED_MOVE * trained:
        return "cherry-picked"
    if trained < NOTABLE_MOVE:
        return "still"
    if matched < max(SHARED_MOVE * trained, NOTABLE_MOVE):
        return "unclear"
    if same_word is not None and same_word < SHARED_MOVE * trained:
        return "sentences"
    return "rule" if gap.low is not None and gap.low <= 0 else "followed"


def _estimate(values: NDArray[np.float64]) -> Estimate:
    """Return the mean over labels with the interval of Student's t; none of a single label."""
    from scipy.stats import t

    n = len(values)
    if n == 0:
        return Estimate(None)
    mean = float(values.mean())
    if n == 1:
        return Estimate(mean, n=1)
    half = float(t.ppf(0.5 + INTERVAL_LEVEL / 2, n - 1) * values.std(ddof=1) / math.sqrt(n))
    return Estimate(mean, mean - half, mean + half, n)
