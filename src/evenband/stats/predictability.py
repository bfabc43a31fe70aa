"""Can labels be predicted from a few features? Cross-fitted AUC with its interval and its chance level.

The predictor is least squares, fitted on the other folds; its direction is learned there, so that a feature
that falls with the label counts as much as one that rises. Rows of a group, which are not independent, are
always in one fold, and are shuffled together when chance is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.intervals import wilson
from evenband.types import Estimate

Float = NDArray[np.float64]
Whole = NDArray[np.intp]

FOLDS = 5
SHUFFLES = 499
RIDGE = 1e-3
"""Penalty of least squares, as a share of the mean variance of the features."""

CHANCE_QUANTILE = 0.95


@dataclass(frozen=True)
class Predictability:
    """How well labels follow from features.

    Attributes:
        auc: chance that of a row of each class (or the two texts of a row) the right one scores higher; ties
            count one half.
        chance: 95th percentile of the same with shuffled labels.
        p: share of shuffles that reach it, at least 1 / (1 + shuffles).
        groups: number of independent groups of rows.
    """

    auc: Estimate
    chance: float
    p: float
    groups: int


def predict_signs(
    differences: ArrayLike, groups: ArrayLike, rng: np.random.Generator, permutations: int = SHUFFLES
) -> Predictability | None:
    """Predict which text of each row is the right one, from features of the right less the wrong text.

    Shuffling exchanges the two texts, in all rows of a group or in none.

    Shape: differences (n, p), groups (n,).

    Args:
        differences: of the features.
        groups: number or name of each row's group.
        rng: of folds and shuffles.
        permutations: number of shuffles.

    Returns:
        ``None`` for fewer than two groups a fold.

    Raises:
        InputError: if the shapes do not fit.
    """
    table, codes, count = _checked(differences, groups)
    if count < 2 * FOLDS:
        return None
    signs = np.ones((permutations + 1, len(table)))
    signs[1:] = rng.choice([-1.0, 1.0], size=(permutations, count))[:, codes]
    scores = _out_of_fold(table, signs, _folds(codes, count, rng)) * signs
    wins = np.where(scores > 0, 1.0, np.where(scores < 0, 0.0, 0.5))
    values = wins.mean(axis=1)
    influence = (wins[0] - values[0]) / len(table)
    return _result(values, influence, codes, count)


def predict_classes(
    features: ArrayLike,
    is_positive: ArrayLike,
    groups: ArrayLike,
    rng: np.random.Generator,
    permutations: int = SHUFFLES,
) -> Predictability | None:
    """Predict which of two classes each row is of.

    Shuffling deals the labels out again, those of a group side by side.

    Shape: features (n, p), is_positive (n,), groups (n,).

    Args:
        features: of the rows.
        is_positive: class of each row.
        groups: number or name of each row's group.
        rng: of folds and shuffles.
        permutations: number of shuffles.

    Returns:
        ``None`` for fewer than two groups a fold, or rows of one class only.

    Raises:
        InputError: if the shapes do not fit.
    """
    table, codes, count = _checked(features, groups)
    labels = np.asarray(is_positive, dtype=bool)
    if count < 2 * FOLDS or labels.all() or not labels.any():
        return None
    table = table - table.mean(axis=0)
    shuffled = np.array([labels, *_shuffles(labels, codes, count, rng, permutations)])
    targets = shuffled - shuffled.mean(axis=1, keepdims=True)
    scores = _out_of_fold(table, targets, _folds(codes, count, rng), is_centred=True)
    values = np.array([_auc(row, right)[0] for row, right in zip(scores, shuffled, strict=True)])
    return _result(values, _auc(scores[0], labels)[1], codes, count)


def _checked(features: ArrayLike, groups: ArrayLike) -> tuple[Float, Whole, int]:
    """Return features in units of their spread, and the group of each row from 0 on."""
    table = np.asarray(features, dtype=np.float64)
    names = np.asarray(groups)
    if table.ndim != 2 or names.shape != table.shape[:1]:
        raise InputError(
            f"got features of shape {table.shape} and groups of {names.shape}, expected (n, p) and (n,)"
        )
    spread = np.sqrt((table**2).mean(axis=0))
    table = table / np.where(spread > 0, spread, 1.0)
    codes = np.unique(names, return_inverse=True)[1].astype(np.intp)
    return table, codes, int(codes.max()) + 1 if codes.size else 0


def _folds(codes: Whole, count: int, rng: np.random.Generator) -> Iterator[NDArray[np.bool_]]:
    """Yield the rows of each fold; a group is in one of them."""
    of_group = rng.permutation(count) % FOLDS
    for fold in range(FOLDS):
        yield of_group[codes] == fold


def _out_of_fold(
    table: Float, targets: Float, folds: Iterator[NDArray[np.bool_]], is_centred: bool = False
) -> Float:
    """Return the scores that least squares on the other folds gives the rows of each fold.

    Centred scores of different folds can be compared: how frequent a class is in the other folds, which says
    that it is rarer in this one, does not count.

    Shape: table (n, p), targets (r, n) -> (r, n).
    """
    scores = np.zeros(targets.shape)
    for rows in folds:
        rest = table[~rows]
        gram = rest.T @ rest
        penalty = RIDGE * np.trace(gram) / max(len(gram), 1) + 1e-12
        weights = np.linalg.solve(gram + penalty * np.eye(len(gram)), rest.T @ targets[:, ~rows].T)
        own = (table[rows] @ weights).T
        scores[:, rows] = own - own.mean(axis=1, keepdims=True) if is_centred else own
    return scores


def _shuffles(
    labels: NDArray[np.bool_], codes: Whole, count: int, rng: np.random.Generator, permutations: int
) -> Iterator[NDArray[np.bool_]]:
    """Yield shuffled labels: whole groups change places in the row of all labels."""
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes, minlength=count)
    starts = np.cumsum(sizes) - sizes
    for _ in range(permutations):
        groups = rng.permutation(count)
        taken = np.repeat(starts[groups] - np.cumsum(sizes[groups]) + sizes[groups], sizes[groups])
        dealt = np.empty_like(labels)
        dealt[order] = labels[order][taken + np.arange(len(labels))]
        yield dealt


def _auc(scores: Float, is_positive: NDArray[np.bool_]) -> tuple[float, Float]:
    """Return the area under the ROC curve and each row's influence on it (DeLong 1988)."""
    from scipy.stats import rankdata

    positives, negatives = scores[is_positive], scores[~is_positive]
    n, m = len(positives), len(negatives)
    ranks = rankdata(scores)
    above = (ranks[is_positive] - rankdata(positives)) / m
    below = 1.0 - (ranks[~is_positive] - rankdata(negatives)) / n
    value = float(above.mean())
    influence = np.empty(len(scores))
    influence[is_positive] = (above - value) / n
    influence[~is_positive] = (below - value) / m
    return value, influence


def _result(values: Float, influence: Float, codes: Whole, count: int) -> Predictability:
    """Return the observed AUC, with the interval that groups imply, beside the shuffled ones."""
    value = float(min(max(values[0], 0.0), 1.0))
    variance = float((np.bincount(codes, weights=influence, minlength=count) ** 2).sum())
    trials = value * (1 - value) / variance if variance > 1e-18 and 0 < value < 1 else float(count)
    low, high = wilson(value, max(min(trials, 1e12), 1e-9))
    shuffled = values[1:]
    p = (1 + int((shuffled >= value - 1e-12).sum())) / (1 + len(shuffled))
    chance = float(np.quantile(shuffled, CHANCE_QUANTILE)) if len(shuffled) else 0.5
    return Predictability(Estimate(value, low, high, len(codes)), chance, p, count)
