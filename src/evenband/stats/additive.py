"""Additive regression: the value that a label's covariates lead one to expect, as a sum of curves.

Each covariate has one piecewise linear curve, given by its heights at knots. A prediction is a constant
plus the heights of the curves, so a reader can check it by addition. The curves are penalised splines of
degree one (Eilers and Marx 1996). What is said of a label comes from a fit that has not seen that label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.stats.splines import Design, design_curves, interpolation_weights, place_knots

Float = NDArray[np.float64]
Index = NDArray[np.intp]

FEWEST_LABELS_FOR_EXPECTATION = 100
"""Number of labels below which nothing is fitted: a 90% interval needs residuals in both of its tails."""

SCALE_KNOTS = 6
"""Number of knots of the curve that gives the usual size of a residual at each expected value."""

SMOOTHING_PENALTIES = tuple(float(penalty) for penalty in 10.0 ** np.arange(-1, 6.5, 0.5))
"""Weights of the squared steps between neighbouring knots to try; the largest flattens every curve."""

KNOT_RIDGE = 1.0
"""Number of observations of 0 that pull each knot to 0; it decides how columns share a common effect."""


@dataclass(frozen=True)
class Additive:
    """Expected value of a number for each label, and the parts that add up to it.

    Attributes:
        base: mean of the number; ``base + contributions[i].sum()`` is ``expected[i]``.
        expected: (n,) prediction from a fit that has not seen the label.
        low: (n,) lower end of the prediction interval.
        high: (n,) upper end of the prediction interval.
        contributions: (n, k) height of each covariate's curve; each averages about 0 over the labels.
        excess: (n,) out-of-fold residual, divided by its usual size at that expected value.
        beyond: (n,) share of labels whose excess is at least as large, in (0, 1].
        penalty: member of ``SMOOTHING_PENALTIES`` that predicted best.
        level: coverage of the interval, in (0, 1).
    """

    base: float
    expected: Float
    low: Float
    high: Float
    contributions: Float
    excess: Float
    beyond: Float
    penalty: float
    level: float


def fit_additive(
    y: ArrayLike, x: ArrayLike, rng: np.random.Generator, level: float = INTERVAL_LEVEL, folds: int = 5
) -> Additive | None:
    """Predict y from the columns of x by cross-validation, with intervals.

    The interval is split-conformal on the out-of-fold residuals (Lei et al. 2018, section 2), divided by
    their usual size at the expected value. Its two tails are taken separately, since residuals are skew.
    It covers ``level`` of exchangeable labels whether or not the curves are the right ones.

    Shape: (n,), (n, k) -> an :class:`Additive` of n labels and k covariates.

    Args:
        y: number to predict, such as a label's mean log-distance.
        x: finite covariates; a constant one contributes 0.
        rng: generator that deals the labels into folds.
        level: coverage of the prediction interval, in (0, 1).
        folds: number of folds; each label is predicted from the other folds.

    Returns:
        The fit, or ``None`` for fewer than ``FEWEST_LABELS_FOR_EXPECTATION`` labels or a constant y.

    Raises:
        InputError: if the shapes do not fit or a number is not finite.
    """
    target, table = _validated(y, x)
    if len(target) < FEWEST_LABELS_FOR_EXPECTATION or np.ptp(target) <= 1e-12 * np.abs(target).max():
        return None
    base = float(target.mean())
    fold = rng.permutation(len(target)) % folds
    design = design_curves(table)
    penalty, weights = _cross_validate(design, target - base, fold)
    return _with_intervals(target, base, _contributions(design, weights[fold]), penalty, level)


def _validated(y: ArrayLike, x: ArrayLike) -> tuple[Float, Float]:
    """Convert y and x to float64 and check that they are finite and have matching shapes."""
    target, table = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    if target.ndim != 1 or table.ndim != 2 or len(table) != len(target):
        raise InputError(
            f"additive model: got y {target.shape} and x {table.shape}, expected (n,) and (n, k)"
        )
    if not (np.isfinite(target).all() and np.isfinite(table).all()):
        raise InputError("additive model: got a number that is not finite, expected missing values filled in")
    return target, table


def _with_intervals(
    target: Float, base: float, contributions: Float, penalty: float, level: float
) -> Additive:
    """Add up the expectations, and derive intervals from their residuals."""
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
        penalty=penalty,
        level=level,
    )


def _cross_validate(design: Design, y: Float, fold: Index) -> tuple[float, Float]:
    """Choose the penalty with the smallest squared error out of fold.

    Returns:
        The penalty, and the coefficients that predict each fold, (folds, p).
    """
    parts = [(design.columns[fold == held], y[fold == held]) for held in range(int(fold.max()) + 1)]
    gram = np.stack([columns.T @ columns for columns, _ in parts])
    moment = np.stack([columns.T @ values for columns, values in parts])
    # Sums over all folds less the fold's own: each fold is predicted from the others.
    gram, moment = gram.sum(axis=0) - gram, moment.sum(axis=0) - moment
    ridge = KNOT_RIDGE * np.eye(gram.shape[1])
    best: tuple[float, float, Float] | None = None
    for penalty in SMOOTHING_PENALTIES:
        weights = np.linalg.solve(gram + penalty * design.roughness + ridge, moment[..., None])[..., 0]
        error = sum(
            float(((values - columns @ weight) ** 2).sum())
            for (columns, values), weight in zip(parts, weights, strict=True)
        )
        # Of equal errors the smoother curves win.
        if best is None or error <= best[0]:
            best = error, penalty, weights
    assert best is not None
    return best[1], best[2]


def _contributions(design: Design, weights: Float) -> Float:
    """Return the height of each covariate's curve at each label.

    Shape: weights (n, p), each label's coefficients -> (n, k).
    """
    if not design.starts:
        return np.empty((len(weights), 0))
    return np.add.reduceat(design.columns * weights, design.starts, axis=1)


def _usual_size(residual: Float, expected: Float) -> Float:
    """Fit the mean size of a residual as a curve over the expectation; at least half the overall mean."""
    overall = float(residual.mean())
    if overall == 0 or np.ptp(expected) == 0:
        return np.full_like(residual, overall or 1.0)
    hats = interpolation_weights(expected, place_knots(expected, SCALE_KNOTS, 0))
    gram = hats.T @ hats + KNOT_RIDGE * np.eye(hats.shape[1])
    curve = np.linalg.solve(gram, hats.T @ (residual - overall)) + overall
    return np.maximum(hats @ curve, overall / 2)


def _conformal(excess: Float, level: float) -> tuple[float, float]:
    """Return the two order statistics that a further label lies between with probability ``level``."""
    ordered = np.sort(excess)
    n = len(ordered)
    upper = min(int(np.ceil((n + 1) * (1 + level) / 2)), n) - 1
    return float(ordered[n - 1 - upper]), float(ordered[upper])
