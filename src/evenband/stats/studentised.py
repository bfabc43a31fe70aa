"""Residuals of a table in units of a scale of their own cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.stats.dispersion import robust_scale

Float = NDArray[np.float64]

LARGEST_COUNTED_RESIDUAL = 3.0
"""Largest |z| that counts in the scale of the other cells of a row, so that one outlier does not widen it."""

FEWEST_OF_A_GROUP = 100
"""Number of labels below which the residuals of a group are too few to tell their width."""

SMALLEST_RELATIVE_SCALE = 0.3
"""Smallest scale of a cell, as a share of its template's."""


def studentise(
    residual: Float, expected: Float, groups: NDArray[np.generic] | None = None
) -> tuple[Float, Float]:
    """Divide the residuals of a table by a scale of their own cell, and return both.

    The scale grows with how badly the same label is predicted in the other templates.

    Shape: (n, t), (n, t), (n,) or none -> studentised residuals (n, t), scale (n, t).

    Args:
        residual: of the regressions.
        expected: what the scale may depend on.
        groups: group of each label; each has a width of its own, so that one null holds in all of them.
    """
    width = robust_scale(residual)
    z = (residual - np.median(residual, axis=0)) / width
    relative = _relative_scale(z, expected)
    z = z / relative
    # The division moves both the middle and the width, so they are standardised again.
    middle = np.median(z, axis=0)
    rest = robust_scale(z)
    z, scale = (z - middle) / rest, width * relative * rest
    return (z, scale) if groups is None else _within_groups(z, scale, groups)


def _within_groups(z: Float, scale: Float, groups: NDArray[np.generic]) -> tuple[Float, Float]:
    """Standardise residuals once more within each group of labels.

    Groups of fewer than :data:`FEWEST_OF_A_GROUP` labels, and of equal residuals, stay as they are.

    Shape: (n, t), (n, t), (n,) -> studentised residuals (n, t), scale (n, t).
    """
    for group in np.unique(groups):
        members = groups == group
        if members.sum() < FEWEST_OF_A_GROUP:
            continue
        part = z[members]
        width = float(robust_scale(part.reshape(-1, 1))[0])
        if width > 0:
            z[members], scale[members] = (part - np.median(part)) / width, scale[members] * width
    return z, scale


def _relative_scale(z: Float, expected: Float) -> Float:
    """Predict each cell's scale relative to its template's.

    It is a least squares fit of min(|z|, 3) on the label's mean of the same in the other templates, and
    on the expected value and its square.

    Shape: (n, t), (n, t) -> (n, t).
    """
    n, t = z.shape
    size = np.minimum(np.abs(z), LARGEST_COUNTED_RESIDUAL)
    elsewhere = (size.sum(axis=1, keepdims=True) - size) / (t - 1)
    relative = np.ones_like(z)
    for j in range(t):
        height = expected[:, j] - expected[:, j].mean()
        height = height / max(float(height.std()), 1e-12)
        x = np.column_stack([np.ones(n), elsewhere[:, j] - elsewhere[:, j].mean(), height, height**2])
        mean = float(size[:, j].mean())
        if mean > 0:
            fitted = x @ np.linalg.lstsq(x, size[:, j], rcond=None)[0]
            relative[:, j] = np.maximum(fitted / mean, SMALLEST_RELATIVE_SCALE)
    return relative
