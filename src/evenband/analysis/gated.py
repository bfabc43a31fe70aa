"""Figures of two measurements of one probe that a gate can hold: every cell before, and every cell now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from evenband.types import Scores


@dataclass(frozen=True)
class GatedFigure:
    """A mean over cells, such as recall@10 of one pipeline, in two measurements.

    Attributes:
        metric: name of the figure, such as ``recall@10``.
        condition: the condition that it is of; empty for all conditions together.
        better: the better direction.
        before: cells of the measurement to compare with, in [0, 1]; NaN where a cell has no value in either
            measurement. Shape: (n, t).
        after: cells of the measurement compared, the same items. Shape: (n, t).
        usual: whether it is held where the user names no figure.
        clusters: one number per item; items with the same one are drawn together. If not given, all apart.
    """

    metric: str
    condition: str
    better: Literal["higher", "lower"]
    before: Scores
    after: Scores
    usual: bool = True
    clusters: NDArray[Any] | None = None
