"""Trials of a repair's maps: how each was made, and what it gains and costs on held-out texts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from evenband.stats.linear_repair import Matrix
from evenband.types import Estimate

MOST_LOST = 0.02
"""Pass rate that the chosen map may lose on a family that is to be kept."""


@dataclass(frozen=True)
class Setting:
    """One way to make a map of moments.

    Attributes:
        evenness: share of an even spread in what should stay, in (0, 1].
        ranks: number of directions that are taken away for each family; empty for shrinking.
        strength: of shrinking; 0 for none.
    """

    evenness: float
    ranks: tuple[int, ...] = ()
    strength: float = 0.0


@dataclass(frozen=True)
class Trial:
    """What one setting does on sentences and words that it was not learned from.

    Attributes:
        setting: how the map was made.
        gains: change of the pass rate of each family to repair, by name.
        kept: change of the pass rate of each family to keep, by name.
        guard: change of the share of definitions that find their term.
        neighbours: share of the definitions' nearest terms that stay, in [0, 1].
        nearer: by which share pairs come nearer, relative to the distance between labels; 1 if they meet.
    """

    setting: Setting
    gains: dict[str, Estimate]
    kept: dict[str, Estimate]
    guard: float
    neighbours: float = 1.0
    nearer: float = 0.0

    @property
    def gain(self) -> float:
        """Mean gain over the families to repair."""
        return float(np.mean([one.value for one in self.gains.values()]))

    def is_allowed(self, most_cost: float) -> bool:
        """Return whether it costs no more than allowed, in the guard and in every family to keep."""
        return self.guard >= -most_cost and all(
            one.value is None or one.value >= -MOST_LOST for one in self.kept.values()
        )


@dataclass(frozen=True)
class Found:
    """The outcome of a search.

    Attributes:
        matrix: of the map, to multiply rows with from the right; ``None`` where no setting helps.
            Shape: (d, d).
        chosen: the trial whose setting made it; ``None`` likewise.
        trials: all of them, in the order tried.
    """

    matrix: Matrix | None
    chosen: Trial | None
    trials: tuple[Trial, ...] = field(default=())
