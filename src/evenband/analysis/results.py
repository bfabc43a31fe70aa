"""The results of one run or several as one value, the only input of terminal, report and summary.json.

Explanations and scorecards are those of minimal pairs, so this module imports their package instead of
asking the analysis of each kind. An optional method for them on ``Analysis`` would add a common base type
and type checks in every reader, and no other kind has them. The first kind that does should get it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from evenband import stages
from evenband.analysis.alignment import asks_the_same, can_be_paired
from evenband.analysis.audits import (
    Audit,
    Circumstances,
    Comparison,
    analyse,
    compare,
)
from evenband.analysis.pairs.explanation import Explanation, explain_audit
from evenband.analysis.pairs.head_to_head import HeadToHead, head_to_heads
from evenband.analysis.pairs.scorecard import Scorecard, score
from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.watched_trainings.training_analysis import training_of
from evenband.analysis.watched_trainings.training_values import Training
from evenband.errors import InputError
from evenband.randomness import stream
from evenband.records import Manifest, Settings
from evenband.types import Insight, Measurement
from evenband.types.summaries import Field, Summarised

Key = tuple[str, str]
"""Names of a subject and a probe."""

Insights = Mapping[tuple[str, str, str], Insight]
"""Looks inside the subjects, by the names of subject and probe and by label."""


@dataclass(frozen=True)
class Run:
    """The measurements of one run, before analysis.

    Attributes:
        measurements: all of them, control perturbations included.
        manifest: how they were measured and are to be analysed.
        insights: looks inside the subjects.
    """

    measurements: tuple[Measurement, ...]
    manifest: Manifest = field(default_factory=Manifest)
    insights: Insights = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Results(Summarised):
    """The analyses of one run or several.

    Attributes:
        audits: one for each measurement, in the order of measurement.
        comparisons: one for every two subjects on the same probe, where single items were looked into.
        explanations: why single labels lie where they lie, for minimal pairs.
        scorecards: one for each subject that was measured on three families of minimal pairs or more.
        manifests: one for each run.
        head_to_heads: two subjects at a time on all families of minimal pairs that both were measured on.
        trainings: one for each run of a watched training. Of its steps, only the first and the last are among
            the audits.
    """

    audits: tuple[Audit, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    scorecards: tuple[Scorecard, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    head_to_heads: tuple[HeadToHead, ...] = ()
    trainings: tuple[Training, ...] = ()

    def summary_fields(self) -> Iterable[Field]:
        """Return the models and how much there is of everything."""
        models = dict.fromkeys(audit.measurement.subject.name for audit in self.audits)
        yield from (("models", ", ".join(models)), ("audits", len(self.audits)))
        yield from (("comparisons", len(self.comparisons)), ("scorecards", len(self.scorecards)))

    @property
    def manifest(self) -> Manifest:
        """Manifest of the first run; an empty one where there is none."""
        return self.manifests[0] if self.manifests else Manifest()

    @property
    def unmeasured(self) -> tuple[tuple[str, str, str], ...]:
        """Subject, probe and reason of each probe that was asked for and could not be measured."""
        measured = {audit.measurement.key for audit in self.audits}
        listed = [one for manifest in self.manifests for one in manifest.unmeasured]
        return tuple(
            (one.model, one.probe, one.reason) for one in listed if (one.model, one.probe) not in measured
        )

    @property
    def pairs(self) -> tuple[PairsAudit, ...]:
        """Audits of minimal pairs."""
        return tuple(_pairs_among(self.audits))

    def of_kind(self, kind: str) -> tuple[Audit, ...]:
        """Return the audits of one kind of measurement."""
        return tuple(audit for audit in self.audits if audit.measurement.kind == kind)

    def only(self, keys: Sequence[Key]) -> Results:
        """Return the results of the named measurements, in the order given; other names are ignored.

        They are those of a run of these measurements alone: subjects that are in another order here
        are compared anew.
        """
        by_key = {audit.measurement.key: audit for audit in self.audits}
        audits = tuple(by_key[key] for key in dict.fromkeys(keys) if key in by_key)
        position = {audit.measurement.key: index for index, audit in enumerate(audits)}
        compared = {(one.left.key, one.right.key): one for one in self.comparisons}
        explanations = [one for one in self.explanations if one.measurement.key in position]
        families = (family for one in self.head_to_heads for family in one.families)
        compared |= {(one.comparison.left.key, one.comparison.right.key): one.comparison for one in families}
        pairs = list(_pairs_among(audits))
        return replace(
            self,
            audits=audits,
            comparisons=tuple(_comparisons(audits, self._seed_of, compared)),
            explanations=tuple(sorted(explanations, key=lambda one: position[one.measurement.key])),
            scorecards=tuple(score(pairs)),
            head_to_heads=tuple(head_to_heads(pairs, self._seed_of, compared)),
        )

    def _seed_of(self, key: Key) -> int:
        """Return the seed of a measurement's analysis."""
        manifest = next((one for one in self.manifests if one.entry_of(key) is not None), self.manifest)
        return manifest.settings_of(key).seed


def _pairs_among(audits: Iterable[Audit]) -> Iterator[PairsAudit]:
    """Yield the audits of minimal pairs."""
    return (audit for audit in audits if isinstance(audit, PairsAudit))


def assemble(runs: Sequence[Run]) -> Results:
    """Analyse all measurements of some runs.

    The manifest says how each measurement is analysed: the seed, the reference, and whether single
    labels are looked into.

    Raises:
        InputError: if two runs hold the same probe on a subject of the same name.
    """
    audits: list[Audit] = []
    settings: dict[Key, Settings] = {}
    insights: dict[tuple[str, str, str], Insight] = {}
    trainings: list[Training] = []
    for run in runs:
        between = _between(run.manifest)
        analysed = list(audits_of(run, values_alone=between))
        if run.manifest.training is not None:
            trainings.append(training_of(run.manifest.training, analysed, run.measurements))
            analysed = [audit for audit in analysed if audit.measurement.subject.name not in between]
        for audit in analysed:
            key = audit.measurement.key
            if key in settings:
                raise InputError(
                    f"two of the runs hold {key[0]} on {key[1]}, expected each once; name one of them here, "
                    "or set two runs with the same --sample and --seed side by side with `evenband compare`"
                )
            settings[key] = run.manifest.settings_of(key)
            audits.append(audit)
        insights.update(run.insights)
    pairs = list(_pairs_among(audits))
    comparisons = tuple(_comparisons(audits, lambda key: settings[key].seed))
    compared = {(one.left.key, one.right.key): one for one in comparisons}
    return Results(
        audits=tuple(audits),
        comparisons=comparisons,
        explanations=tuple(
            explanation for audit in pairs for explanation in _explanations(audit, insights, settings)
        ),
        scorecards=tuple(score(pairs)),
        manifests=tuple(run.manifest for run in runs),
        head_to_heads=tuple(head_to_heads(pairs, lambda key: settings[key].seed, compared)),
        trainings=tuple(trainings),
    )


def _between(manifest: Manifest) -> set[str]:
    """Return the subjects of a watched training's steps between the first and the last."""
    return set() if manifest.training is None else {step.subject for step in manifest.training.steps[1:-1]}


def audits_of(
    run: Run, keys: Collection[Key] | None = None, *, values_alone: Collection[str] = ()
) -> Iterator[Audit]:
    """Analyse each measurement of a run with its controls and against its reference, and yield the audit.

    Args:
        run: measurements and how they are to be analysed.
        keys: of the only measurements to analyse; all if not given.
        values_alone: names of subjects whose figures need no intervals.
    """
    controls = {(one.subject.name, one.probe.of): one for one in run.measurements if one.probe.of}
    measured = [one for one in run.measurements if not one.probe.of]
    wanted = [one for one in measured if keys is None or one.key in keys]
    for number, measurement in enumerate(wanted, 1):
        what = f"analysing {measurement.probe.name} on {measurement.subject.name}"
        stages.enter(what, number, len(wanted))
        settings = run.manifest.settings_of(measurement.key)
        yield analyse(
            measurement,
            Circumstances(
                rng=stream(settings.seed, "analysis"),
                controls=controls.get(measurement.key) if settings.controls else None,
                reference=_reference_of(measurement, measured, settings.reference),
                detailed=settings.detailed,
                tolerance=settings.tolerance,
                costs=settings.costs,
                intervals=measurement.subject.name not in values_alone,
            ),
        )


def _reference_of(
    measurement: Measurement, measured: Sequence[Measurement], name: str | None
) -> Measurement | None:
    """Return the reference's measurement of the same probe, ``None`` if there is none.

    The reference's own measurement is returned as its own reference: the run has nothing else to hold
    against it, which the analysis notes.
    """
    if name is None:
        return None
    if measurement.subject.name == name:
        return measurement
    of_same_probe = (
        other
        for other in measured
        if other.subject.name == name and other.probe.digest == measurement.probe.digest
    )
    return next(of_same_probe, None)


def _comparisons(
    audits: Sequence[Audit],
    seed_of: Callable[[Key], int],
    compared: Mapping[tuple[Key, Key], Comparison] | None = None,
) -> Iterator[Comparison]:
    """Compare every two subjects on the same probe, where single items were looked into.

    Args:
        audits: in the order of their sides: the left side of a comparison stands before the right one.
        seed_of: returns the seed of the analysis of a left side.
        compared: comparisons to use again, by the keys of their left and right sides.
    """
    measurements = [audit.measurement for audit in audits if audit.detailed]
    for left, right in combinations(measurements, 2):
        if asks_the_same(left, right) and can_be_paired(left, right):
            comparison = (compared or {}).get((left.key, right.key))
            yield comparison or compare(left, right, stream(seed_of(left.key), "analysis"))


def _explanations(
    audit: PairsAudit, insights: Insights, settings: Mapping[Key, Settings]
) -> Iterator[Explanation]:
    """Explain an audit's first outliers, and the labels that its subject was looked into for."""
    key = audit.measurement.key
    of_audit = {label: insight for (*names, label), insight in insights.items() if tuple(names) == key}
    return explain_audit(audit, of_audit, stream(settings[key].seed, "analysis"))
