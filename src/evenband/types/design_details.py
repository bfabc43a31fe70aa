"""Details of a measurement under a budget: which labels were drawn, which were chosen, and their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evenband.types.arrays import Scores


@dataclass(frozen=True)
class DesignDetails:
    """Details of a measurement under a budget: a random part, and labels that a prediction chose.

    Attributes:
        random: 1 for the cells of the random part, else 0. Shape: (n, t).
        weight: number of the probe's labels that a label stands for. Shape: (n, t).
        inclusion: probability with which each half of the random part includes a label, given what its
            search found; 0 where that half does not use it. Shape: (n, t) each.
        facts: ``texts`` (the budget), ``population`` (labels of the probe), ``predictor``.
    """

    random: Scores
    weight: Scores
    inclusion: tuple[Scores, Scores]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_tables(self) -> dict[str, Scores]:
        """Return the tables by their names in a measurement file. Shape: (n, t) each."""
        first, second = self.inclusion
        return {"random": self.random, "weight": self.weight, "inclusion_1": first, "inclusion_2": second}

    @classmethod
    def of(cls, tables: Mapping[str, Any], facts: Mapping[str, Any]) -> DesignDetails | None:
        """Return the details from all tables and facts of a measurement; ``None`` for one of all labels."""
        if "weight" not in tables:
            return None
        inclusion = tables["inclusion_1"], tables["inclusion_2"]
        return cls(tables["random"], tables["weight"], inclusion, dict(facts.get("design", {})))
