"""How one measurement is to be analysed, as the manifest says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """How one measurement is to be analysed.

    Attributes:
        seed: of the random choices.
        detailed: whether single items are looked into.
        reference: name of the model to compare it with; see :class:`MeasurementEntry`.
        suite: what ``--suite`` named.
        controls: whether control perturbations count, if the directory has any.
        tolerance: largest difference that the user accepts.
        costs: seconds and rates of each condition.
    """

    seed: int = 0
    detailed: bool = True
    reference: str | None = None
    suite: str | None = None
    controls: bool = True
    tolerance: float | None = None
    costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
