"""Base classes of an analysis, and the dispatch on a measurement's kind.

This is the only module that picks an analysis by kind (:data:`KINDS`). A kind subclasses :class:`Analysis`
and, for its figures, :class:`Audit` and :class:`Comparison`; what it does not define has a default that
reads the scores and their :class:`~evenband.types.Metric` alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from evenband.analysis.alignment import aligned, asks_the_same
from evenband.analysis.gated import GatedFigure
from evenband.errors import InputError
from evenband.registry import Registry
from evenband.stats.paired import mean_difference
from evenband.types import Estimate, Measurement, ModelSpec, PairsSpec
from evenband.types.details import KINDS_GROUP
from evenband.types.summaries import Field, Summarised
from evenband.wording import plural


@dataclass(frozen=True, repr=False)
class Audit(Summarised):
    """Result of the analysis of one measurement; each kind has a subclass with its figures.

    Attributes:
        measurement: the measurement that was analysed.
        notes: warnings in plain words, worst first.
        detailed: whether single items were looked into; false for a suite.
    """

    measurement: Measurement
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    detailed: bool = field(default=True, kw_only=True)

    def summary_fields(self) -> Iterable[Field]:
        """Return what was audited, the kind's figures, and the number of warnings."""
        measurement = self.measurement
        yield from (("probe", measurement.probe.name), ("model", measurement.subject.name))
        yield plural(measurement.details.item), len(measurement.items)
        yield plural(measurement.details.condition), len(measurement.conditions)
        yield from self.figures()
        if self.notes:
            yield "notes", len(self.notes)


@dataclass(frozen=True, repr=False)
class Comparison(Summarised):
    """Two measurements of one probe, paired item by item.

    Attributes:
        left: measurement to compare with.
        right: measurement compared.
    """

    left: Measurement
    right: Measurement

    def summary_fields(self) -> Iterable[Field]:
        """Return what was compared, and the kind's figures."""
        sides = ("left", self.left.subject.name), ("right", self.right.subject.name)
        yield from (("probe", self.left.probe.name), *sides)
        yield from self.figures()


@dataclass(frozen=True, repr=False)
class ScoreComparison(Comparison):
    """A comparison by the scores alone, for kinds without figures of their own.

    Attributes:
        difference: mean over items and conditions of right's score minus left's, in the metric's unit; the
            median where the score is a rank.
    """

    difference: Estimate

    def figures(self) -> Iterable[Field]:
        """Return the difference and the better side."""
        return ("difference", self.difference), ("better", self.better)

    @property
    def better(self) -> Literal["left", "right"] | None:
        """The better side, where the interval of the difference is clear of zero and the metric tells."""
        low, high = self.difference.low, self.difference.high
        wanted = self.left.metric.better
        if low is None or high is None or wanted == "neither" or low <= 0 <= high:
            return None
        return "right" if (low > 0) == (wanted == "higher") else "left"


@dataclass(frozen=True)
class Circumstances:
    """Inputs of an analysis besides the measurement.

    Attributes:
        rng: generator for bootstraps and planted effects.
        controls: control perturbations of the measurement's outliers; ``None`` where they were not run.
        reference: the same probe on the reference model, the measurement itself where its subject is the
            reference; ``None`` without a reference.
        detailed: whether to look into single items too, such as for the smallest detectable effect.
        tolerance: largest difference that the user accepts, for kinds that have such a limit.
        costs: seconds and rates of each condition, for kinds that measure them.
        intervals: whether figures need intervals, and items a verdict; without them, minimal pairs take a
            hundredth of the time.
    """

    rng: np.random.Generator
    controls: Measurement | None = None
    reference: Measurement | None = None
    detailed: bool = True
    tolerance: float | None = None
    costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    intervals: bool = True


class Analysis(ABC):
    """Analysis of one kind of measurement; only :meth:`analyse` has no default."""

    @abstractmethod
    def analyse(self, measurement: Any, circumstances: Circumstances) -> Audit:
        """Analyse a measurement of this kind.

        Raises:
            InputError: if the reference did not measure the same items.
        """

    def suspects(self, measurement: Any, reference: Any) -> tuple[list[str], list[str]]:
        """Return the items to follow up with controls, and the conditions in which they stand out."""
        del measurement, reference
        return [], []

    def compare(self, left: Any, right: Any, rng: np.random.Generator) -> Comparison:
        """Compare two measurements that have the same items and conditions."""
        difference = mean_difference(left.scores, right.scores, rng, median=left.metric.kind == "rank")
        return ScoreComparison(left, right, difference)

    def made_comparable(self, left: Any, right: Any) -> tuple[Any, Any]:
        """Return two measurements whose probes differ with the items and conditions that both have.

        Raises:
            InputError: if they did not ask the same.
        """
        if not asks_the_same(left, right):
            raise InputError(
                f"{left.probe.name}: the two runs asked something else, expected the same texts; measure "
                "both with the same options and --seed"
            )
        return aligned(left, right)

    def gated(self, left: Any, right: Any) -> Iterator[GatedFigure]:
        """Yield the figures that a gate can hold; by default the mean score of each condition.

        Both measurements have the same items and conditions. Where the metric does not say which direction
        is better, there is no figure.
        """
        better = left.metric.better
        for column, name in enumerate(left.conditions if better != "neither" else ()):
            other = right.conditions.index(name)
            yield GatedFigure(
                left.metric.name, name, better, left.scores[:, [column]], right.scores[:, [other]]
            )

    def summarise(self, audit: Any) -> dict[str, Any]:
        """Return this kind's own fields of summary.json as plain data."""
        del audit
        return {}

    def summarise_comparison(self, comparison: Any) -> dict[str, Any]:
        """Return a comparison's figures as plain data, without the names of its two sides."""
        fields: dict[str, Any] = {"metric": comparison.left.metric.name}
        if isinstance(comparison, ScoreComparison):
            fields["difference"] = asdict(comparison.difference)
            fields["better"] = comparison.better
        return fields


KINDS: Registry[Analysis] = Registry(
    "kind of measurement",
    {
        "analogy": "evenband.analysis.analogy.analogy_analysis:AnalogyAnalysis",
        "agreement": "evenband.analysis.agreement.agreement_analysis:AgreementAnalysis",
        "overlap": "evenband.analysis.rank_overlap.overlap_analysis:OverlapAnalysis",
        "pairs": "evenband.analysis.pairs.kind:PairsAnalysis",
        "retrieval": "evenband.analysis.retrieval.retrieval_analysis:RetrievalAnalysis",
    },
    group=KINDS_GROUP,
)
"""Subclasses of :class:`Analysis` by kind; plug-ins register theirs as entry points."""


def analysis_of(kind: str) -> Analysis:
    """Return the analysis of a kind of measurement.

    Raises:
        UnknownReferenceError: if no analysis of that kind is registered; the message lists the kinds.
    """
    return KINDS.get(kind)()


def analyse(measurement: Measurement, circumstances: Circumstances) -> Audit:
    """Analyse a measurement by the analysis of its kind; notes on the subjects themselves come first.

    Raises:
        UnknownReferenceError: if no analysis of its kind is registered; the message lists the kinds.
        InputError: if the reference did not measure the same items.
    """
    audit = analysis_of(measurement.kind).analyse(measurement, circumstances)
    roles = _roles_in(measurement)
    others = [
        f"{other.name}: {note}" for other in measurement.details.others for note in _notes_on(other, roles)
    ]
    return replace(audit, notes=(*_notes_on(measurement.subject, roles), *others, *audit.notes))


def subject_notes(measurements: Iterable[Measurement]) -> list[tuple[str, str]]:
    """Return the notes on the subjects themselves, each with the subject's name, and each once."""
    pairs = [
        (one.subject.name, note) for one in measurements for note in _notes_on(one.subject, _roles_in(one))
    ]
    return list(dict.fromkeys(pairs))


def _notes_on(subject: ModelSpec, roles: Iterable[str]) -> list[str]:
    """Return the notes on a subject itself, then those on the roles that texts have, each once."""
    of_roles = (subject.role_notes[role] for role in roles if role in subject.role_notes)
    return list(dict.fromkeys([*subject.notes, *of_roles]))


def _roles_in(measurement: Measurement) -> list[str]:
    """Return the roles that texts of a measurement have, each once."""
    probe = measurement.probe
    own = probe.roles if isinstance(probe, PairsSpec) else measurement.columns.get("role", ())
    roles = (*measurement.details.roles, *own)
    return list(dict.fromkeys(str(role) for role in roles))


def suspects(measurement: Measurement, reference: Measurement | None) -> tuple[list[str], list[str]]:
    """Return the items to follow up with controls, and the conditions in which they stand out.

    Both are ordered by importance, the most important first, and short enough to measure again.
    """
    return analysis_of(measurement.kind).suspects(measurement, reference)


def compare(left: Measurement, right: Measurement, rng: np.random.Generator) -> Comparison:
    """Compare two measurements of the same probe, item by item.

    Items that only one of them has, since the other subject had no vector for them, are left out.

    Args:
        left: measurement to compare with.
        right: measurement compared.
        rng: generator for the bootstrap.

    Raises:
        InputError: if the two did not measure the same thing, naming the field that differs.
    """
    if left.kind != right.kind:
        raise InputError(
            f"{left.probe.name} is of the kind {left.kind} and {right.probe.name} of {right.kind}, "
            "expected the same"
        )
    if left.probe.digest == right.probe.digest:
        left, right = aligned(left, right)
    return analysis_of(left.kind).compare(left, right, rng)


def summarise_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data: the probe, the two subjects and the figures of its kind."""
    left, right = comparison.left, comparison.right
    sides = {"probe": left.probe.name, "left": left.subject.ref, "right": right.subject.ref}
    return {**sides, **analysis_of(left.kind).summarise_comparison(comparison)}
