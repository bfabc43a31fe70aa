"""Rounding of scores: the number of distinct levels, and the coarse number format that they lie on."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Grid: TypeAlias = Literal["bfloat16", "float16"]

SIGNIFICANT_BITS: dict[Grid, int] = {"bfloat16": 8, "float16": 11}
"""Number of significant bits of each format, the implicit leading one included."""

SMALLEST_EXPONENT: dict[Grid, int] = {"bfloat16": -126, "float16": -14}
"""Smallest exponent e of a normal number 2**e in each format."""

FEWEST_SCORES_ON_GRID = 8
"""Number of scores below which a grid could be chance, as with the 0.5 and 0.75 of a toy model."""


def count_levels(scores: ArrayLike) -> int:
    """Return the number of distinct scores.

    Shape: any -> a number.
    """
    return int(np.unique(np.asarray(scores, dtype=np.float64)).size)


def grid(scores: ArrayLike) -> Grid | None:
    """Return the coarsest number format that holds every score exactly, ``None`` if neither does.

    Whole numbers lie on every grid, so only other scores count; at least eight of them are needed.

    Shape: any -> a name or ``None``.
    """
    values = np.asarray(scores, dtype=np.float64).ravel()
    fractions = values[values != np.round(values)]
    if fractions.size < FEWEST_SCORES_ON_GRID:
        return None
    names: tuple[Grid, ...] = ("bfloat16", "float16")
    return next((name for name in names if _lies_on(fractions, name)), None)


def step(value: float, name: Grid) -> float:
    """Return the distance from |value| to the next number of a format: 1/256 for bfloat16 in [0.5, 1)."""
    exponent = SMALLEST_EXPONENT[name]
    if value:
        exponent = max(math.frexp(value)[1] - 1, exponent)
    return math.ldexp(1.0, exponent - SIGNIFICANT_BITS[name] + 1)


def _lies_on(values: NDArray[np.float64], name: Grid) -> bool:
    """Return whether every value is a number of that format."""
    exponents = np.maximum(np.frexp(values)[1] - 1, SMALLEST_EXPONENT[name])
    steps = np.ldexp(1.0, exponents - SIGNIFICANT_BITS[name] + 1)
    return bool(np.all(np.mod(values, steps) == 0))
