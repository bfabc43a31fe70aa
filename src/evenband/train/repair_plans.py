"""What is to be repaired, and the families that are learned from, kept and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evenband import probes as families_of
from evenband.analysis.repairs import Part
from evenband.errors import InputError
from evenband.train.repair_draws import (
    LABELS_LEARNED,
    SplitFamily,
    check_learnable,
    definitions_of,
    split_family,
)
from evenband.train.repair_search import MOST_COST

ALL_OTHERS, NO_OTHERS = "standard", "none"
"""What else is audited before and after, in place of names: all families of the suite, or none."""


@dataclass(frozen=True)
class RepairPlan:
    """What is to be repaired, and at which cost.

    Attributes:
        probes: names or files of the families to repair.
        keep: those that must not lose.
        others: names or files of other families to audit, too; or ``standard`` for the suite's, ``none``.
        retrieval: datasets with judged queries to search before and after.
        labels: of each family, at most.
        most_cost: share of definitions that may no longer find their term, from 0 to 1.
        seed: of draws and intervals.

    Raises:
        InputError: if a value is out of range, or a family is to be repaired and kept.
    """

    probes: tuple[str, ...]
    keep: tuple[str, ...] = ()
    others: tuple[str, ...] = (ALL_OTHERS,)
    retrieval: tuple[str, ...] = ()
    labels: int = LABELS_LEARNED
    most_cost: float = MOST_COST
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.most_cost <= 1:
            raise InputError(f"--most-cost: got {self.most_cost}, expected a share from 0 to 1, such as 0.01")
        if self.labels < 2:
            raise InputError(f"sample: got {self.labels} labels, expected 2 or more")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for the record."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class RepairFamilies:
    """The families of a repair by their part, each once."""

    repaired: tuple[SplitFamily, ...]
    kept: tuple[SplitFamily, ...]
    others: tuple[SplitFamily, ...]

    @property
    def all(self) -> tuple[SplitFamily, ...]:
        """All of them: to repair, to keep, the others."""
        return (*self.repaired, *self.kept, *self.others)

    @property
    def parts(self) -> dict[str, Part]:
        """Part of each family that is to be repaired or kept, by name."""
        parts: dict[str, Part] = {family.name: "repaired" for family in self.repaired}
        return parts | {family.name: "kept" for family in self.kept}


def split_plan(todo: RepairPlan) -> RepairFamilies:
    """Draw the texts of every family.

    Raises:
        InputError: if a family does not exist, is named twice or is too small, or an ORDER family is to be
            repaired.
    """
    named = {"--probes": definitions_of(todo.probes), "--keep": definitions_of(todo.keep)}
    names = [one.name for ones in named.values() for one in ones]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"got {name!r} twice among the families to repair and to keep, expected once")
    for one in named["--probes"]:
        if one.type == "ORDER":
            raise InputError(
                f"probe {one.name!r} is of type ORDER, which has no two texts that should be alike; expected "
                "INV or DIFF to repair (it can be kept)"
            )
    repaired, kept = (
        tuple(split_family(one, todo.seed, todo.labels) for one in ones) for ones in named.values()
    )
    rest = [one for one in _others(todo.others) if one.name not in names]
    split = [split_family(one, todo.seed, todo.labels) for one in rest]
    check_learnable([*repaired, *kept])
    return RepairFamilies(repaired, kept, tuple(split))


def _others(names: Sequence[str]) -> list[families_of.Definition | families_of.PairTable]:
    """Return the other families of a plan; a letter ablation, which is no family, is left out.

    Raises:
        InputError: if one does not exist.
    """
    if tuple(names) == (NO_OTHERS,):
        return []
    if tuple(names) != (ALL_OTHERS,):
        return definitions_of(names)
    suite = families_of.in_suite("standard")
    return [one for one in suite if not any(slot.startswith("letters:") for slot in one.slots.values())]
