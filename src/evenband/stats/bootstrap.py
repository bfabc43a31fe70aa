"""Bootstrap over labels: every figure of a table of labels by templates, on resampled labels.

Each column is sorted once. A replicate is then a vector of integer weights, one per label, and each
figure is a sum over cumulated weights, so a thousand replicates of 10,153 x 8 cells take seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.dispersion import gmd, tail
from evenband.stats.intervals import Draws
from evenband.stats.shares import weighted_share
from evenband.stats.weighted import weighted_gmd, weighted_quantile

Float = NDArray[np.float64]
Weights = NDArray[Any]

BLOCK_CELLS = 2_000_000
"""Number of cumulated weights to hold in memory at a time; replicates are computed in blocks of that size."""

QUANTILE_BISECTIONS = 28
"""Number of halvings of the range of y in the search for a quantile: its error is below 1e-8 of the range."""


def cluster_codes(n: int, clusters: ArrayLike | None) -> NDArray[np.intp]:
    """Number the clusters of the labels 0, 1, ...; without clusters each label is one of its own.

    Shape: (n,) or none -> (n,).

    Args:
        n: number of labels.
        clusters: one number or name per label; labels with the same one belong together.

    Raises:
        InputError: if there is not one cluster per label.
    """
    if clusters is None:
        return np.arange(n)
    names = np.asarray(clusters)
    if names.shape != (n,):
        raise InputError(f"clusters: got shape {names.shape}, expected one per label, ({n},)")
    return np.unique(names, return_inverse=True)[1].astype(np.intp)


def resample(
    y: Float,
    rng: np.random.Generator,
    log_r: Float | None = None,
    shares: Mapping[str, Float] | None = None,
    clusters: ArrayLike | None = None,
    replicates: int = 1000,
    base: ArrayLike | None = None,
) -> dict[str, Draws]:
    """Draw each figure of a table on labels that are resampled with replacement.

    The figures are ``median`` and ``largest`` of y, ``gmd`` (Gini mean difference), ``tail`` (log T99: q99
    of y less its median), the median of ``log_r`` where it is given, and the mean of each share. Two
    tables that are resampled with generators of the same seed get the same labels, so their draws can be
    subtracted.

    Shape: y, log_r and each share (n, t).

    Args:
        y: log-distances.
        rng: generator of the resampling.
        log_r: log of each distance relative to the distance between two labels.
        shares: cells in [0, 1] by the name of their mean; NaN where a cell has no value.
        clusters: one per label; the labels of a cluster are drawn together.
        replicates: number of resampled sets; 0 for the figures' values alone.
        base: (n,) number of labels that each one stands for; every label counts once if not given.

    Returns:
        The draws by the name of the figure.
    """
    columns = _Columns(y)
    ratios = None if log_r is None else _Columns(log_r)
    means = dict(shares or {})
    codes = cluster_codes(len(y), clusters)
    mass = np.ones(len(y), dtype=np.int32) if base is None else np.asarray(base, dtype=np.float64)
    observed = _figures(mass[None, :], columns, ratios, means)
    blocks = [_figures(w * mass, columns, ratios, means) for w in _weights(codes, rng, replicates, y.size)]
    drawn = {key: np.concatenate([block[key] for block in blocks or [observed]]) for key in observed}
    exact = _exact_figures(y, log_r) if base is None else _weighted_figures(y, mass)
    return {key: _draws(observed[key][0], drawn[key], exact.get(key)) for key in observed}


def _exact_figures(y: Float, log_r: Float | None) -> dict[str, float]:
    """Return the figures whose definition interpolates between order statistics, which weights cannot."""
    exact = {
        "median": float(np.median(y)),
        "gmd": float(np.nan_to_num(gmd(y)).mean()),
        "tail": math.log(tail(y) or 1.0),
    }
    if log_r is not None:
        exact["log_r"] = float(np.median(log_r))
    return exact


def _weighted_figures(y: Float, mass: NDArray[Any]) -> dict[str, float]:
    """Return the same figures of labels that stand for different numbers of others."""
    t = y.shape[1]
    quantiles = [weighted_quantile(y[:, j], mass, [0.5, 0.99]) for j in range(t)]
    return {
        "median": float(weighted_quantile(y.ravel(), np.repeat(mass, t), 0.5)),
        "gmd": float(np.mean([weighted_gmd(y[:, j], mass) for j in range(t)])),
        "tail": float(np.mean([high - middle for middle, high in quantiles])),
    }


def _draws(observed: Float, drawn: Float, exact: float | None) -> Draws:
    """Turn a figure over all templates and without each one into jackknife pseudo-values.

    The replicates are shifted by the difference between the exact value and the one under weights of 1.

    Shape: (k,), (r, k), with k = 1 for one template, else 1 + t.
    """
    value = float(observed[0]) if exact is None else exact
    if observed.size == 1:
        return Draws(value, drawn[:, 0] + value - observed[0], observed, drawn)
    t = observed.size - 1
    return Draws(
        value,
        drawn[:, 0] + value - observed[0],
        t * observed[0] - (t - 1) * observed[1:],
        t * drawn[:, :1] - (t - 1) * drawn[:, 1:],
    )


def _weights(codes: NDArray[np.intp], rng: np.random.Generator, total: int, cells: int) -> Iterator[Weights]:
    """Yield how often each label was drawn, a block of replicates at a time.

    The draws do not depend on the size of the blocks.

    Shape: -> (b, n) each.
    """
    count = int(codes.max()) + 1
    rows = max(1, min(total, BLOCK_CELLS // cells))
    for start in range(0, total, rows):
        size = min(rows, total - start)
        drawn = np.empty((size, count), dtype=np.int32)
        for row in drawn:
            row[:] = np.bincount(rng.integers(0, count, count), minlength=count)
        yield drawn if count == codes.size else drawn[:, codes]


class _Columns:
    """Columns of a table, each sorted once.

    Attributes:
        order: (t, n) sorting permutation of each column.
        ordered: (t, n) the sorted columns.
        gaps: (t, n - 1) differences between neighbours of the sorted columns.
        pooled: (n t,) all values, sorted.
        ranks: (t, n t) number of values of each column that are no larger than each of the pooled ones.
        subsets: (k, t) flags: all templates, then all but each one; all only where there is one template.
    """

    def __init__(self, table: Float) -> None:
        self.order = np.ascontiguousarray(np.argsort(table, axis=0).T)
        self.ordered = np.ascontiguousarray(np.take_along_axis(table.T, self.order, axis=1))
        self.gaps = np.diff(self.ordered, axis=1)
        self.pooled = np.sort(self.ordered, axis=None)
        self.ranks = np.stack([np.searchsorted(one, self.pooled, side="right") for one in self.ordered])
        t = len(self.order)
        self.subsets = np.ones((1, t)) if t == 1 else np.vstack([np.ones(t), 1 - np.eye(t)])

    def cumulate(self, weights: Weights) -> NDArray[Any]:
        """Cumulate the weights in the order of each column.

        Shape: (b, n) -> (t, b, n).
        """
        return np.stack([np.cumsum(weights[:, order], axis=1, dtype=weights.dtype) for order in self.order])

    def gmd(self, cumulated: NDArray[Any]) -> Float:
        """Return the Gini mean difference of each column: the sum of gap x weight below x weight above.

        Shape: (t, b, n) -> (b, t).
        """
        total = cumulated[:, :, -1].astype(np.float64)
        below = cumulated[:, :, :-1].astype(np.float64)
        linear = np.einsum("tbn,tn->tb", below, self.gaps)
        squared = np.stack([np.einsum("bn,bn,n->b", b, b, g) for b, g in zip(below, self.gaps, strict=True)])
        pairs = np.maximum(total * (total - 1) / 2, 1.0)
        return np.asarray((total * linear - squared) / pairs).T

    def quantile(self, cumulated: NDArray[Any], share: float, subsets: Float) -> Float:
        """Return a quantile of the pooled columns of each subset, by bisection.

        It is the first value at or above the median-unbiased position, (n + 1/3) share + 1/3 (Hyndman and
        Fan 1996, number 8).

        Shape: (t, b, n), -, (k, t) -> (b, k).
        """
        total = cumulated[:, :, -1].T @ subsets.T
        position = np.minimum(share * (total + 1 / 3) + 1 / 3 - 1e-9, total)
        exact = self._first_reaching(cumulated, position, subsets)
        low, high = np.full(exact.shape, self.pooled[0]), np.full(exact.shape, self.pooled[-1])
        for _ in range(QUANTILE_BISECTIONS):
            middle = 0.5 * (low + high)
            is_upper = middle >= exact
            high = np.where(is_upper, middle, high)
            low = np.where(is_upper, low, middle)
        return high

    def _first_reaching(self, cumulated: NDArray[Any], position: Float, subsets: Float) -> Float:
        """Return the first pooled value up to which a subset's columns have a weight of ``position``.

        Shape: (t, b, n), (b, k), (k, t) -> (b, k), infinite where rounding leaves the position unreached.
        """
        t, b, _ = cumulated.shape
        count = len(self.pooled)
        padded = np.concatenate([np.zeros((t, b, 1), dtype=cumulated.dtype), cumulated], axis=2)
        rows, chosen = np.arange(b)[:, None], [np.flatnonzero(subsets[:, j]) for j in range(t)]
        low, high = np.zeros(position.shape, dtype=np.intp), np.full(position.shape, count)
        for _ in range(count.bit_length()):
            middle = np.minimum((low + high) // 2, count - 1)
            reached = np.zeros(position.shape)
            for j, columns in enumerate(chosen):
                reached[:, columns] += padded[j][rows, self.ranks[j][middle[:, columns]]]
            is_upper = reached >= position
            high = np.where(is_upper, middle, high)
            low = np.where(is_upper, low, middle + 1)
        return np.append(self.pooled, np.inf)[low]


def _figures(
    weights: Weights, columns: _Columns, ratios: _Columns | None, means: Mapping[str, Float]
) -> dict[str, Float]:
    """Compute every figure over all templates, then without each one.

    Shape: (b, n) -> (b, k) each, with k = 1 for one template, else 1 + t.
    """
    subsets = columns.subsets
    cumulated = columns.cumulate(weights)
    t = len(cumulated)
    tails = columns.quantile(cumulated, 0.99, np.eye(t)) - columns.quantile(cumulated, 0.5, np.eye(t))
    share = subsets / subsets.sum(axis=1, keepdims=True)
    largest = np.stack(
        [columns.ordered[j][(c < c[:, -1:]).sum(axis=1)] for j, c in enumerate(cumulated)], axis=1
    )
    figures = {
        "median": columns.quantile(cumulated, 0.5, subsets),
        "largest": np.stack([largest[:, subset > 0].max(axis=1) for subset in subsets], axis=1),
        "gmd": columns.gmd(cumulated) @ share.T,
        "tail": tails @ share.T,
    }
    if ratios is not None:
        figures["log_r"] = ratios.quantile(ratios.cumulate(weights), 0.5, subsets)
    for name, cells in means.items():
        figures[name] = weighted_share(weights, cells, subsets)
    return figures
