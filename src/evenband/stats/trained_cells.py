"""Whether training moved the cells that it was shown farther than cells like them: matched sets of labels.

A *trained* cell is a label in a template of which a text occurs in the training data. Each trained label is
matched with untrained labels that are alike, and moves are compared in the templates in which it was trained.
If training moved trained texts no farther than others, any label of a set could have been the trained one;
permutations within the sets say how rarely chance alone gives such a difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.dispersion import robust_scale
from evenband.stats.sequential import sequential_p

Float = NDArray[np.float64]

MOST_CONTROLS = 8
"""Untrained labels in a set, at most; of a few sets more, so that chance can be ruled out."""

FEWEST_MEMBERS = 240
"""Untrained labels over all sets that are wanted where there are so many."""

PERMUTATIONS = 1999

LABELS_PER_TRAIT = 5
"""Untrained labels for each trait from which on moves are adjusted for the traits."""

FEWEST_CONTROLS = 3
"""Untrained labels below which nothing can be said."""


@dataclass(frozen=True)
class MatchedSets:
    """Sets of one trained label and untrained labels like it; no label is in two sets.

    Attributes:
        trained: (m,) row of the trained label.
        controls: (m, k) rows of the untrained ones.
    """

    trained: NDArray[np.intp]
    controls: NDArray[np.intp]


@dataclass(frozen=True)
class CellMoves:
    """Moves of log d since the first look, in the direction that training asked for, at each of k looks.

    Attributes:
        trained: (m, k) mean over a trained label's trained templates.
        matched: (m, k) the same templates, mean over the untrained labels of its set.
        same_word: (m, k) the trained label in the other templates, relative to the same mean of its set; NaN
            where it was trained in all.
        elsewhere: (m, k) that mean of its set.
        scale: (k,) robust standard deviation of untrained labels' moves within a template.
        p: (k,) p-value of the difference of trained and matched, for all looks so far.
        controls: number of untrained labels in a set.
        directed: whether a direction is known; without one, moves apart are positive.
    """

    trained: Float
    matched: Float
    same_word: Float
    elsewhere: Float
    scale: Float
    p: Float
    controls: int
    directed: bool

    @property
    def gap(self) -> Float:
        """Move of the trained cells beyond the matched ones. Shape: (m, k)."""
        return np.asarray(self.trained - self.matched)


def match(trained: ArrayLike, traits: ArrayLike, excluded: ArrayLike | None = None) -> MatchedSets | None:
    """Match trained labels with untrained ones, each used once; ``None`` with fewer than three to match with.

    At most two thirds of the untrained labels are taken, those that fit best. Where there are fewer untrained
    labels than trained ones, the trained ones that fit best have a set.

    Shape: (n,), (n, c) -> sets.

    Args:
        trained: which labels were trained in some template.
        traits: what labels are to be alike in, finite; each is scaled by its standard deviation.
        excluded: (n,) untrained labels that may not be in a set.
    """
    from scipy.optimize import linear_sum_assignment

    is_trained = np.asarray(trained, dtype=bool)
    barred = np.zeros(len(is_trained), dtype=bool) if excluded is None else np.asarray(excluded, dtype=bool)
    mine, others = np.flatnonzero(is_trained), np.flatnonzero(~is_trained & ~barred)
    if len(mine) == 0 or len(others) < FEWEST_CONTROLS:
        return None
    x = np.asarray(traits, dtype=np.float64)
    x = x / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    cost = np.abs(x[mine][:, None, :] - x[others][None, :, :]).sum(axis=2)
    if len(others) < len(mine):
        rows, columns = linear_sum_assignment(cost)
        return MatchedSets(mine[rows], others[columns][:, None])
    wanted = max(MOST_CONTROLS, FEWEST_MEMBERS // len(mine))
    rounds = []
    for _ in range(max(1, min(wanted, 2 * len(others) // (3 * len(mine))))):
        _, columns = linear_sum_assignment(cost)
        rounds.append(others[columns])
        others, cost = np.delete(others, columns), np.delete(cost, columns, axis=1)
    return MatchedSets(mine, np.stack(rounds, axis=1))


def compare_moves(
    y: ArrayLike,
    direction: ArrayLike,
    trained: ArrayLike,
    sets: MatchedSets,
    traits: ArrayLike,
    rng: np.random.Generator,
) -> CellMoves:
    """Compare how far trained and matched cells moved at each look since the first table.

    What the traits explain of the untrained labels' moves in a template, linearly, is taken from all moves.

    Shape: (1 + k, n, t), (n, t), (n, t), sets, (n, c) -> moves.

    Args:
        y: log-distances before training, then at each look.
        direction: +1 where training pushes a cell's texts apart, -1 where it pulls them together, 0 where
            nothing says so; all 0 means that moves apart count as positive.
        trained: which cells were trained.
        sets: trained labels and those like them.
        traits: of the labels, finite.
        rng: generator of the permutations.

    Raises:
        InputError: if the shapes do not fit.
    """
    tables, mask = np.asarray(y, dtype=np.float64), np.asarray(trained, dtype=bool)
    if tables.ndim != 3 or len(tables) < 2 or mask.shape != tables.shape[1:]:
        raise InputError(f"got log-distances {tables.shape} and cells {mask.shape}, expected (1 + k, n, t)")
    untrained: NDArray[np.bool_] = np.asarray(~mask.any(axis=1))
    shift = _adjusted(tables[1:] - tables[0], np.asarray(traits, dtype=np.float64), untrained)
    sign = np.asarray(direction, dtype=np.float64)
    sign = np.where(sign == 0, 1.0, sign)
    members = np.column_stack([sets.trained, sets.controls])
    inside = np.stack([_means(shift, rows, mask[rows[0]], sign[rows[0]]) for rows in members])
    outside = np.stack(
        [_means(shift, rows, ~mask[rows[0]], _row_sign(mask, sign, rows[0])) for rows in members]
    )
    controls = inside[:, 1:]
    return CellMoves(
        trained=inside[:, 0],
        matched=controls.mean(axis=1),
        same_word=outside[:, 0],
        elsewhere=outside[:, 1:].mean(axis=1),
        scale=np.array([float(np.mean(robust_scale(table[untrained]))) for table in shift]),
        p=_p_values(inside, rng),
        controls=controls.shape[1],
        directed=bool(np.any(np.asarray(direction)[mask] != 0)),
    )


def _adjusted(shift: Float, traits: Float, untrained: NDArray[np.bool_]) -> Float:
    """Return moves as if all labels had the mean traits. Shape: (k, n, t), (n, c), (n,) -> (k, n, t)."""
    varying = traits[:, traits[untrained].std(axis=0) > 0]
    if varying.shape[1] == 0 or untrained.sum() < LABELS_PER_TRAIT * varying.shape[1]:
        return shift
    x = (varying - varying[untrained].mean(axis=0)) / varying[untrained].std(axis=0)
    design = np.column_stack([np.ones(len(x)), x])
    k, n, t = shift.shape
    flat = shift.transpose(1, 0, 2).reshape(n, k * t)
    slopes = np.linalg.lstsq(design[untrained], flat[untrained], rcond=None)[0][1:]
    return np.asarray((flat - x @ slopes).reshape(n, k, t).transpose(1, 0, 2))


def _row_sign(mask: NDArray[np.bool_], sign: Float, row: int) -> Float:
    """Return the direction in which a label was trained, for its other templates. Shape: (t,)."""
    total = sign[row][mask[row]].sum()
    return np.full(mask.shape[1], -1.0 if total < 0 else 1.0)


def _means(shift: Float, rows: NDArray[np.intp], columns: NDArray[np.bool_], sign: Float) -> Float:
    """Return the mean move of labels in some templates, NaN for none. Shape: (k, n, t), (r,) -> (r, k)."""
    if not columns.any():
        return np.full((len(rows), len(shift)), np.nan)
    moved = shift[:, rows][:, :, columns] * sign[columns]
    return np.asarray(moved.mean(axis=2).T)


def _p_values(values: Float, rng: np.random.Generator) -> Float:
    """Return the p-value of each look under permutations within sets. Shape: (m, 1 + c, k) -> (k,)."""
    m, size, _ = values.shape
    total = values.sum(axis=1)
    chosen = rng.integers(size, size=(PERMUTATIONS, m))
    sums = np.zeros((PERMUTATIONS, values.shape[2]))
    for label in range(m):
        sums += values[label][chosen[:, label]]
    own = _gap(values[:, 0].sum(axis=0), total.sum(axis=0), m, size)
    return sequential_p(np.abs(own), np.abs(_gap(sums, total.sum(axis=0), m, size)))


def _gap(chosen: Float, total: Float, m: int, size: int) -> Float:
    """Return the mean difference of the chosen members, summed over sets, and the rest. Shape: (..., k)."""
    return np.asarray((chosen - (total - chosen) / (size - 1)) / m)
