"""Results: everything that is said of one run or several, as one value.

Terminal, report, Markdown and summary.json take it and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from evenband.analysis.audits import Audit, Circumstances, Comparison, analyse, compare
from evenband.analysis.pairs.expectation import expect
from evenband.analysis.pairs.explanation import Explanation, explain
from evenband.analysis.pairs.scorecard import Scorecard, score
from evenband.analysis.pairs.values import PairsAudit
from evenband.errors import InputError
from evenband.randomness import stream
from evenband.records import Manifest, Settings
from evenband.types import Insight, Measurement

EXPLAINED = 3
"""So many outliers of each audit are explained without being asked for."""

Key = tuple[str, str]
"""Subject and probe, by name."""


@dataclass(frozen=True)
class Run:
    """What one run measured.

    Attributes:
        measurements: control perturbations included.
        manifest: how they came about.
        insights: inside the subjects, by subject, probe and label.
    """

    measurements: tuple[Measurement, ...]
    manifest: Manifest = field(default_factory=Manifest)
    insights: Mapping[tuple[str, str, str], Insight] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """What is said of one run or several.

    Attributes:
        audits: one for each measurement, in the order of measurement.
        comparisons: every pair of subjects that measured the same thing, looked into.
        explanations: of single labels.
        scorecards: of subjects that were measured on three families or more.
        manifests: of the runs.
    """

    audits: tuple[Audit, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    scorecards: tuple[Scorecard, ...] = ()
    manifests: tuple[Manifest, ...] = ()

    @property
    def manifest(self) -> Manifest:
        """The first run's manifest; an empty one where there is none."""
        return self.manifests[0] if self.manifests else Manifest()

    @property
    def pairs(self) -> tuple[PairsAudit, ...]:
        """The audits of minimal pairs."""
        return tuple(audit for audit in self.audits if isinstance(audit, PairsAudit))

    def of_kind(self, kind: str) -> tuple[Audit, ...]:
        """Return the audits of one kind of measurement."""
        return tuple(audit for audit in self.audits if audit.measurement.kind == kind)

    def only(self, keys: Sequence[Key]) -> Results:
        """Return the results of some measurements, by subject and probe, in the order given.

        They are what a run of these alone would have given: subjects that are in another order here
        are compared anew.
        """
        by_key = {audit.measurement.key: audit for audit in self.audits}
        audits = tuple(by_key[key] for key in dict.fromkeys(keys) if key in by_key)
        place = {audit.measurement.key: at for at, audit in enumerate(audits)}
        compared = {(one.left.key, one.right.key): one for one in self.comparisons}
        explanations = [one for one in self.explanations if one.measurement.key in place]
        return replace(
            self,
            audits=audits,
            comparisons=tuple(_comparisons(audits, self._seed_of, compared)),
            explanations=tuple(sorted(explanations, key=lambda one: place[one.measurement.key])),
            scorecards=tuple(score([audit for audit in audits if isinstance(audit, PairsAudit)])),
        )

    def _seed_of(self, key: Key) -> int:
        """Return the seed of a measurement's analysis."""
        manifest = next((one for one in self.manifests if one.entry_of(key) is not None), self.manifest)
        return manifest.settings_of(key).seed


def assemble(runs: Sequence[Run]) -> Results:
    """Analyse everything that some runs measured.

    How a measurement is analysed (seed, reference, whether single labels are looked into) is what
    the manifest says of it.

    Raises:
        InputError: if two runs hold the same probe on a subject of the same name.
    """
    audits: list[Audit] = []
    settings: dict[Key, Settings] = {}
    insights: dict[tuple[str, str, str], Insight] = {}
    for run in runs:
        for audit in audits_of(run):
            key = audit.measurement.key
            if key in settings:
                raise InputError(
                    f"two of the runs hold {key[0]} on {key[1]}, expected each once; name one of them here, "
                    "or set two runs with the same --sample and --seed side by side with `evenband compare`"
                )
            settings[key] = run.manifest.settings_of(key)
            audits.append(audit)
        insights.update(run.insights)
    pairs = [audit for audit in audits if isinstance(audit, PairsAudit)]
    return Results(
        audits=tuple(audits),
        comparisons=tuple(_comparisons(audits, lambda key: settings[key].seed)),
        explanations=tuple(
            one for pair in pairs for one in _explanations(pair, insights, settings[pair.measurement.key])
        ),
        scorecards=tuple(score(pairs)),
        manifests=tuple(run.manifest for run in runs),
    )


def audits_of(run: Run) -> Iterator[Audit]:
    """Yield an audit of every measurement, with its controls, against its reference."""
    controls = {(one.subject.name, one.probe.of): one for one in run.measurements if one.probe.of}
    measured = [one for one in run.measurements if not one.probe.of]
    for measurement in measured:
        settings = run.manifest.settings_of(measurement.key)
        yield analyse(
            measurement,
            Circumstances(
                rng=stream(settings.seed, "analysis"),
                controls=controls.get(measurement.key) if settings.controls else None,
                reference=reference_of(measured, measurement, settings.reference),
                detailed=settings.detailed,
            ),
        )


def reference_of(
    measured: Sequence[Measurement], measurement: Measurement, name: str | None
) -> Measurement | None:
    """Return the reference's measurement of the same probe, ``None`` if there is none.

    A measurement that has its own subject as reference is its own, which says that nothing else was
    there to hold against it.
    """
    if name is None:
        return None
    if measurement.subject.name == name:
        return measurement
    same = (
        other
        for other in measured
        if other.subject.name == name and other.probe.digest == measurement.probe.digest
    )
    return next(same, None)


def _comparisons(
    audits: Sequence[Audit],
    seed_of: Callable[[Key], int],
    compared: Mapping[tuple[Key, Key], Comparison] | None = None,
) -> Iterator[Comparison]:
    """Yield a comparison of every two subjects that measured the same thing, where it was looked into.

    Args:
        audits: the left side of a comparison stands before the right one.
        seed_of: seed of a left side's analysis.
        compared: comparisons that there are already, by left and right key.
    """
    measurements = [audit.measurement for audit in audits if audit.detailed]
    for left, right in combinations(measurements, 2):
        if left.probe.digest == right.probe.digest and set(left.items) & set(right.items):
            known = (compared or {}).get((left.key, right.key))
            yield known or compare(left, right, stream(seed_of(left.key), "analysis"))


def _explanations(
    audit: PairsAudit, insights: Mapping[tuple[str, str, str], Insight], settings: Settings
) -> Iterator[Explanation]:
    """Yield explanations of the first outliers that have a verdict, and of every label asked about."""
    most = EXPLAINED if audit.detailed else 0
    judged = list(dict.fromkeys(one.label for one in audit.outliers if one.verdict is not None))[:most]
    asked = [label for subject, probe, label in insights if (subject, probe) == audit.measurement.key]
    if not judged and not asked:
        return
    rng: np.random.Generator = stream(settings.seed, "analysis")
    expectations = expect(audit.measurement, rng)
    for label in dict.fromkeys([*judged, *asked]):
        insight = insights.get((*audit.measurement.key, label))
        yield explain(audit, label, rng, insight, expectations)
