"""What covariates lead one to expect of a number, as a sum that a reader can add up himself.

Each covariate has one piecewise linear curve, levels at knots, and the prediction is a constant plus
the heights of the curves: penalised splines (Eilers and Marx 1996) of degree one. Everything said of
a label comes from a fit that has not seen it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]
Index = NDArray[np.intp]

ENOUGH = 100
"""Labels below which nothing is fitted: a 90 % interval needs residuals in both its tails."""

KNOTS, SPACED = 10, 5
"""Knots of a curve: at so many quantiles, and so many at equal distances for thin tails."""

SCALE_KNOTS = 6
"""Knots of the residual's size as a curve over the expectation."""

PENALTIES = tuple(float(penalty) for penalty in 10.0 ** np.arange(-1, 6.5, 0.5))
"""Weights of the squared steps between neighbouring knots; the largest leaves no curve at all."""

RIDGE = 1.0
"""Every knot is pulled to 0 by so many observations of 0, which settles what columns share."""


@dataclass(frozen=True)
class Additive:
    """A number by label, its expectation and the parts of it. n labels, k covariates.

    Attributes:
        base: mean of the number; ``base + contributions[i].sum()`` is ``expected[i]``.
        expected: (n,) out-of-fold prediction.
        low: (n,) lower end of its prediction interval.
        high: (n,) upper end.
        contributions: (n, k) by covariate; the curve of each averages 0 over the labels.
        excess: (n,) out-of-fold residual over its usual size at such an expectation.
        beyond: (n,) share of labels whose excess is at least as large, in (0, 1].
        r2: share of the variance that the predictions explain, out of fold; at most 1, and below 0
            where they are worse than the mean.
        penalty: the one of ``PENALTIES`` that predicted best.
        level: of the interval.
    """

    base: float
    expected: Float
    low: Float
    high: Float
    contributions: Float
    excess: Float
    beyond: Float
    r2: float
    penalty: float
    level: float


@dataclass(frozen=True)
class _Design:
    """Curves as columns, each centred, and the column range of each covariate."""

    columns: Float
    roughness: Float
    starts: tuple[int, ...]


def fit_additive(
    y: ArrayLike, x: ArrayLike, rng: np.random.Generator, level: float = 0.9, folds: int = 5
) -> Additive | None:
    """Expectation of y given the columns of x, cross-validated; ``None`` if it cannot be had.

    The interval is split-conformal on the out-of-fold residuals (Lei et al. 2018, section 2), divided by
    their usual size at such an expectation; its tails are taken apart, since residuals are skew. It
    covers ``level`` of exchangeable labels whether or not the curves are the right ones.

    Shape: (n,), (n, k) -> an :class:`Additive` of n labels and k covariates.

    Args:
        y: the number, such as a label's mean log-distance.
        x: finite covariates; a constant one contributes 0.
        rng: deals the labels into folds.
        level: of the prediction interval, in (0, 1).
        folds: labels are predicted from the other folds.

    Returns:
        ``None`` for fewer than ``ENOUGH`` labels, or where y does not vary.

    Raises:
        InputError: if the shapes do not fit or a number is not finite.
    """
    target, table = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    if target.ndim != 1 or table.ndim != 2 or len(table) != len(target):
        raise InputError(
            f"additive model: got y {target.shape} and x {table.shape}, expected (n,) and (n, k)"
        )
    if not (np.isfinite(target).all() and np.isfinite(table).all()):
        raise InputError("additive model: got a number that is not finite, expected missing values filled in")
    if len(target) < ENOUGH or np.ptp(target) <= 1e-12 * np.abs(target).max():
        return None
    base = float(target.mean())
    fold = rng.permutation(len(target)) % folds
    design = _design(table)
    penalty, weights = _cross_validate(design, target - base, fold)
    contributions = _contributions(design, weights[fold])
    expected = base + contributions.sum(axis=1)
    residual = target - expected
    scale = _usual_size(np.abs(residual), expected)
    excess = residual / scale
    low, high = _conformal(excess, level)
    return Additive(
        base=base,
        expected=expected,
        low=expected + low * scale,
        high=expected + high * scale,
        contributions=contributions,
        excess=excess,
        beyond=(len(excess) - np.searchsorted(np.sort(excess), excess)) / len(excess),
        r2=float(1 - (residual**2).mean() / target.var()),
        penalty=penalty,
        level=level,
    )


def tail_auc(y: ArrayLike, expected: ArrayLike, share: float = 0.01) -> float | None:
    """Probability that a label in the upper tail of y has a higher expectation than one that is not.

    Ties count one half (Mann and Whitney 1947). 1/2 is no knowledge.

    Shape: (n,), (n,) -> a number in [0, 1]; ``None`` where one side is empty.

    Args:
        y: the number.
        expected: its expectation.
        share: size of the tail, in (0, 1).
    """
    from scipy.stats import rankdata

    target = np.asarray(y, dtype=np.float64)
    if not target.size:
        return None
    far = target > np.quantile(target, 1 - share)
    inside, outside = int(far.sum()), int((~far).sum())
    if inside == 0:
        return None
    ranks = rankdata(np.asarray(expected, dtype=np.float64))
    return float((ranks[far].sum() - inside * (inside + 1) / 2) / (inside * outside))


def _design(table: Float) -> _Design:
    """The curves' columns side by side; the roughness is block-diagonal."""
    n, k = table.shape
    blocks = [_hats(table[:, j], _knots(table[:, j], KNOTS, SPACED)) for j in range(k)]
    starts = np.cumsum([0, *(block.shape[1] for block in blocks)]).tolist()
    columns = np.hstack(blocks) if blocks else np.empty((n, 0))
    roughness = np.zeros((columns.shape[1], columns.shape[1]))
    for start, block in zip(starts, blocks, strict=False):
        steps = np.diff(np.eye(block.shape[1]), axis=0)
        stop = start + block.shape[1]
        roughness[start:stop, start:stop] = steps.T @ steps
    return _Design(columns - columns.mean(axis=0), roughness, tuple(starts[:-1]))


def _knots(values: Float, quantiles: int, spaced: int) -> Float:
    """Every distinct value of a coarse covariate; otherwise quantiles and equal steps over the range."""
    distinct = np.unique(values)
    if len(distinct) <= quantiles:
        return distinct
    even = np.quantile(values, np.linspace(0, 1, quantiles))
    return np.unique(np.concatenate([even, np.linspace(distinct[0], distinct[-1], spaced)]))


def _hats(values: Float, knots: Float) -> Float:
    """Weights of linear interpolation between knots: each row adds up to 1.

    Shape: (n,), (m,) -> (n, m).
    """
    weights = np.zeros((len(values), len(knots)))
    if len(knots) == 1:
        return weights + 1
    left = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
    along = np.clip((values - knots[left]) / (knots[left + 1] - knots[left]), 0, 1)
    rows = np.arange(len(values))
    weights[rows, left], weights[rows, left + 1] = 1 - along, along
    return weights


def _cross_validate(design: _Design, y: Float, fold: Index) -> tuple[float, Float]:
    """The penalty with the smallest squared error, and each fold's coefficients: (folds, p)."""
    parts = [(design.columns[fold == held], y[fold == held]) for held in range(int(fold.max()) + 1)]
    gram = np.stack([columns.T @ columns for columns, _ in parts])
    moment = np.stack([columns.T @ values for columns, values in parts])
    gram, moment = gram.sum(axis=0) - gram, moment.sum(axis=0) - moment
    ridge = RIDGE * np.eye(gram.shape[1])
    best: tuple[float, float, Float] | None = None
    for penalty in PENALTIES:
        weights = np.linalg.solve(gram + penalty * design.roughness + ridge, moment[..., None])[..., 0]
        error = sum(
            float(((values - columns @ weight) ** 2).sum())
            for (columns, values), weight in zip(parts, weights, strict=True)
        )
        if best is None or error <= best[0]:
            best = error, penalty, weights
    assert best is not None
    return best[1], best[2]


def _contributions(design: _Design, weights: Float) -> Float:
    """Height of each covariate's curve at each label, under the coefficients of its fold: (n, k)."""
    if not design.starts:
        return np.empty((len(weights), 0))
    return np.add.reduceat(design.columns * weights, design.starts, axis=1)


def _usual_size(residual: Float, expected: Float) -> Float:
    """Mean size of a residual as a curve over the expectation; at least half the overall mean."""
    overall = float(residual.mean())
    if overall == 0 or np.ptp(expected) == 0:
        return np.full_like(residual, overall or 1.0)
    hats = _hats(expected, _knots(expected, SCALE_KNOTS, 0))
    gram = hats.T @ hats + RIDGE * np.eye(hats.shape[1])
    curve = np.linalg.solve(gram, hats.T @ (residual - overall)) + overall
    return np.maximum(hats @ curve, overall / 2)


def _conformal(excess: Float, level: float) -> tuple[float, float]:
    """Order statistics that a further label lies between with the probability of the level."""
    ordered = np.sort(excess)
    n = len(ordered)
    upper = min(int(np.ceil((n + 1) * (1 + level) / 2)), n) - 1
    return float(ordered[n - 1 - upper]), float(ordered[upper])
