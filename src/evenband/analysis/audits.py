"""What an analysis says of one measurement, or of two: the base of every kind's own values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from evenband.errors import InputError
from evenband.registry import Registry
from evenband.stats.paired import mean_difference
from evenband.types import Estimate, Measurement
from evenband.types.details import KINDS_GROUP


@dataclass(frozen=True)
class Audit:
    """What we say about one measurement; each kind has a subclass with its figures.

    Attributes:
        measurement: what it is about.
        notes: warnings in plain words, worst first.
        detailed: whether single items were looked into, as in a run that is not a suite.
    """

    measurement: Measurement
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    detailed: bool = field(default=True, kw_only=True)


@dataclass(frozen=True)
class Comparison:
    """Two measurements of one probe, paired item by item.

    Attributes:
        left: the one to compare with.
        right: the one compared.
    """

    left: Measurement
    right: Measurement


@dataclass(frozen=True)
class ScoreComparison(Comparison):
    """A comparison by the scores alone, for kinds without figures of their own.

    Attributes:
        difference: mean score of right minus that of left (median where the score is a rank), paired.
    """

    difference: Estimate


@dataclass(frozen=True)
class Circumstances:
    """What an analysis may use besides the measurement.

    Attributes:
        rng: for bootstraps and planted effects.
        controls: control perturbations of the measurement's outliers; ``None`` where not run.
        reference: the same probe on the reference model; the measurement itself where a run has no
            other model than its reference.
        detailed: also compute what looks into single items, such as the smallest detectable effect.
    """

    rng: np.random.Generator
    controls: Measurement | None = None
    reference: Measurement | None = None
    detailed: bool = True


class Analysis(ABC):
    """How measurements of one kind are read. One method is a kind's own; the others have defaults."""

    @abstractmethod
    def analyse(self, measurement: Any, circumstances: Circumstances) -> Audit:
        """Return what a measurement of this kind shows.

        Raises:
            InputError: if a reference did not measure the same items.
        """

    def suspects(self, measurement: Any, reference: Any) -> tuple[list[str], list[str]]:
        """Return items worth following up with controls, and the conditions in which they stand out."""
        del measurement, reference
        return [], []

    def compare(self, left: Any, right: Any, rng: np.random.Generator) -> Comparison:
        """Return what changes from the left measurement to the right one; both have equal items."""
        difference = mean_difference(left.scores, right.scores, rng, median=left.metric.kind == "rank")
        return ScoreComparison(left, right, difference)

    def summarise(self, audit: Any) -> dict[str, Any]:
        """Return the fields of summary.json that are this kind's own, as plain data."""
        del audit
        return {}

    def summarise_comparison(self, comparison: Any) -> dict[str, Any]:
        """Return what a comparison says beside its two sides, as plain data."""
        fields: dict[str, Any] = {"metric": comparison.left.metric.name}
        if isinstance(comparison, ScoreComparison):
            fields["difference"] = asdict(comparison.difference)
        return fields


KINDS: Registry[Analysis] = Registry(
    "kind of measurement",
    {
        "pairs": "evenband.analysis.pairs.kind:PairsAnalysis",
    },
    group=KINDS_GROUP,
)
"""Classes of analyses by kind; a plug-in's come in through the entry points."""


def analysis_of(kind: str) -> Analysis:
    """Return the analysis of a kind of measurement.

    Raises:
        UnknownReferenceError: if no analysis of that kind is registered; the message lists the kinds.
    """
    return KINDS.get(kind)()


def analyse(measurement: Measurement, circumstances: Circumstances) -> Audit:
    """Return what a measurement shows, by the analysis of its kind.

    A reference that has no vector for some of its items is not used, which a note says.
    """
    given = circumstances.reference
    reference = _covering(measurement, given)
    audit = analysis_of(measurement.kind).analyse(measurement, replace(circumstances, reference=reference))
    if given is None or reference is not None:
        return audit
    note = (
        f"the reference {given.subject.name} has no vector for some of the {measurement.details.item}s: "
        "nothing is held against it"
    )
    return replace(audit, notes=(*audit.notes, note))


def suspects(measurement: Measurement, reference: Measurement | None) -> tuple[list[str], list[str]]:
    """Return items worth following up with controls, and the conditions in which they stand out.

    Most important first; no more than a follow-up can take.
    """
    analysis = analysis_of(measurement.kind)
    return analysis.suspects(measurement, _covering(measurement, reference))


def _covering(measurement: Measurement, reference: Measurement | None) -> Measurement | None:
    """Return the reference on the measurement's items and conditions; ``None`` if it lacks one."""
    if reference is None or reference.probe.digest != measurement.probe.digest:
        return reference
    if (reference.items, reference.conditions) == (measurement.items, measurement.conditions):
        return reference
    items, conditions = set(measurement.items), set(measurement.conditions)
    if items <= set(reference.items) and conditions <= set(reference.conditions):
        return _restricted(reference, items, conditions)
    return None


def compare(left: Measurement, right: Measurement, rng: np.random.Generator) -> Comparison:
    """Return what changes from one measurement to another of the same probe.

    Items that only one of them has, since the other subject had no vector for them, are left out.

    Raises:
        InputError: if the two did not measure the same thing, naming the field that differs.
    """
    if left.kind != right.kind:
        raise InputError(
            f"{left.probe.name} is of the kind {left.kind} and {right.probe.name} of {right.kind}, "
            "expected the same"
        )
    pair = (left, right) if left.probe.digest != right.probe.digest else aligned(left, right)
    return analysis_of(left.kind).compare(*pair, rng)


def summarise_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data: its probe and two sides, and what its kind adds."""
    left, right = comparison.left, comparison.right
    sides = {"probe": left.probe.name, "left": left.subject.ref, "right": right.subject.ref}
    return {**sides, **analysis_of(left.kind).summarise_comparison(comparison)}


def aligned(left: Measurement, right: Measurement) -> tuple[Measurement, Measurement]:
    """Return both measurements on the items and conditions that they share; as they are if all are.

    Raises:
        InputError: if they share none.
    """
    if (left.items, left.conditions) == (right.items, right.conditions):
        return left, right
    shared = set(left.items) & set(right.items), set(left.conditions) & set(right.conditions)
    if not all(shared):
        raise InputError(
            f"{left.subject.name} and {right.subject.name} on {left.probe.name} share no item, "
            "expected vectors for the same texts"
        )
    return _restricted(left, *shared), _restricted(right, *shared)


def _restricted(measurement: Measurement, items: set[str], conditions: set[str]) -> Measurement:
    rows = [row for row, item in enumerate(measurement.items) if item in items]
    columns = [column for column, name in enumerate(measurement.conditions) if name in conditions]
    return measurement.take(rows, columns)
