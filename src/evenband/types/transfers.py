"""Whether what a model was trained on holds for what it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from evenband.types.estimate import Estimate

TransferGroup: TypeAlias = Literal[
    "trained", "new fillers", "new templates", "new both", "other family", "retrieval"
]
"""Where something was measured: on the templates and fillers of the training, on others, or elsewhere."""


@dataclass(frozen=True)
class TransferLine:
    """One figure before and after a training.

    Attributes:
        group: where it was measured.
        name: of the family or the metric.
        before: pass rate or metric before the training, in [0, 1].
        after: likewise after it.
        change: after minus before, with its interval where there is one.
    """

    group: TransferGroup
    name: str
    before: float
    after: float
    change: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TransferLine:
        """Return the line of plain data."""
        return cls(**{**data, "change": Estimate(**data["change"])})


@dataclass(frozen=True)
class Transfer:
    """What a training on one family changed, there and elsewhere.

    Attributes:
        family: that the examples were made from.
        lines: trained texts first, then held-out ones, other families, retrieval.
    """

    family: str
    lines: tuple[TransferLine, ...]

    def of(self, group: TransferGroup) -> tuple[TransferLine, ...]:
        """Return the lines of a group."""
        return tuple(line for line in self.lines if line.group == group)
