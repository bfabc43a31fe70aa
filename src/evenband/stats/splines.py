"""Columns of piecewise linear curves, for a regression on several covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

QUANTILE_KNOTS = 10
"""Number of knots of a curve that lie at quantiles of its covariate."""

EVEN_KNOTS = 5
"""Number of further knots at equal distances over the covariate's range, for its thin tails."""


@dataclass(frozen=True)
class Design:
    """Regression columns of k curves with p knots together.

    Attributes:
        columns: (n, p) interpolation weights of every knot, each column less its mean.
        roughness: (p, p) matrix R for which w'Rw is the sum of the squared steps between neighbouring knots.
        starts: k indices, the first column of each covariate.
    """

    columns: Float
    roughness: Float
    starts: tuple[int, ...]


def design_curves(table: Float) -> Design:
    """Build the columns of one curve per covariate, side by side.

    Shape: (n, k) -> a :class:`Design`.
    """
    n, k = table.shape
    blocks = [
        interpolation_weights(table[:, j], place_knots(table[:, j], QUANTILE_KNOTS, EVEN_KNOTS))
        for j in range(k)
    ]
    starts = np.cumsum([0, *(block.shape[1] for block in blocks)]).tolist()
    columns = np.hstack(blocks) if blocks else np.empty((n, 0))
    roughness = np.zeros((columns.shape[1], columns.shape[1]))
    for start, block in zip(starts, blocks, strict=False):
        steps = np.diff(np.eye(block.shape[1]), axis=0)
        stop = start + block.shape[1]
        roughness[start:stop, start:stop] = steps.T @ steps
    return Design(columns - columns.mean(axis=0), roughness, tuple(starts[:-1]))


def place_knots(values: Float, at_quantiles: int, evenly_spaced: int) -> Float:
    """Return knots at quantiles and at equal steps, or at every value of a covariate that has few.

    Shape: (n,) -> (m,), rising.

    Args:
        values: values of the covariate.
        at_quantiles: number of knots at quantiles; with no more distinct values each of them is a knot.
        evenly_spaced: number of knots at equal distances over the range.
    """
    distinct = np.unique(values)
    if len(distinct) <= at_quantiles:
        return distinct
    quantiles = np.quantile(values, np.linspace(0, 1, at_quantiles))
    return np.unique(np.concatenate([quantiles, np.linspace(distinct[0], distinct[-1], evenly_spaced)]))


def interpolation_weights(values: Float, knots: Float) -> Float:
    """Return the weights of linear interpolation between the knots; each row adds up to 1.

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
