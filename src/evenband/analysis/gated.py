"""What a gate holds: figures of two measurements, cell by cell, and the terms that they must keep to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Terms:
    """What a run must keep to.

    Attributes:
        metrics: names of the figures that are held against the earlier run; those usual for each kind if
            there are none.
        allowed: loss that is accepted, by name of the figure, in its unit; the key ``""`` is for all others.
        limits: least value of a figure by its name, or largest where less is better.
        strict: refuse also what may be worse: where the interval does not exclude a larger loss.
    """

    metrics: tuple[str, ...] = ()
    allowed: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    strict: bool = False

    def allowed_for(self, metric: str) -> float:
        """Return the loss that is accepted of a figure."""
        return _folded(self.allowed).get(metric.casefold(), self.allowed.get("", 0.0))

    def limit_for(self, metric: str) -> float | None:
        """Return the limit of a figure; ``None`` if there is none."""
        return _folded(self.limits).get(metric.casefold())

    def holds_against_earlier(self, figure: GatedFigure) -> bool:
        """Return whether a figure is held against the earlier run."""
        if not self.metrics:
            return figure.usual
        return figure.metric.casefold() in {name.casefold() for name in self.metrics}

    @property
    def names(self) -> tuple[str, ...]:
        """All figures that are named."""
        return tuple(dict.fromkeys([*self.metrics, *filter(None, self.allowed), *self.limits]))


def _folded(values: Mapping[str, float]) -> dict[str, float]:
    return {name.casefold(): value for name, value in values.items() if name}
