"""Rounding of scores: how many distinct levels there are, and on which coarse number format's grid."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Grid: TypeAlias = Literal["bfloat16", "float16"]

SIGNIFICANT_BITS: dict[Grid, int] = {"bfloat16": 8, "float16": 11}
SMALLEST_EXPONENT: dict[Grid, int] = {"bfloat16": -126, "float16": -14}
ENOUGH = 8
"""Fewer scores than this could lie on a grid by chance: 0.5 and 0.75 of a toy model do."""


def count_levels(scores: ArrayLike) -> int:
    """Number of distinct scores."""
    return int(np.unique(np.asarray(scores, dtype=np.float64)).size)


def grid(scores: ArrayLike) -> Grid | None:
    """The coarsest number format that holds every score exactly; ``None`` if neither does.

    Only scores strictly between two whole numbers tell; at least 8 of them are asked for.
    """
    values = np.asarray(scores, dtype=np.float64).ravel()
    telling = values[values != np.round(values)]
    if telling.size < ENOUGH:
        return None
    names: tuple[Grid, ...] = ("bfloat16", "float16")
    return next((name for name in names if _lies_on(telling, name)), None)


def step(value: float, name: Grid) -> float:
    """Distance from |value| to the next number of that format: 1/256 for bfloat16 in [0.5, 1)."""
    exponent = SMALLEST_EXPONENT[name]
    if value:
        exponent = max(math.frexp(value)[1] - 1, exponent)
    return math.ldexp(1.0, exponent - SIGNIFICANT_BITS[name] + 1)


def _lies_on(values: NDArray[np.float64], name: Grid) -> bool:
    exponents = np.maximum(np.frexp(values)[1] - 1, SMALLEST_EXPONENT[name])
    steps = np.ldexp(1.0, exponents - SIGNIFICANT_BITS[name] + 1)
    return bool(np.all(np.mod(values, steps) == 0))
