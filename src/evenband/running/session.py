"""The loop: every probe of a plan on every subject of it, into a sink.

One loop serves Python, the command line and whatever else measures, so that all give the same results. What
was measured before is not measured again. Outliers are followed up with control perturbations.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evenband import analysis, stages
from evenband.analysis import Results
from evenband.analysis.pairs.screening import screening_of
from evenband.encoders.redaction import redact
from evenband.errors import MissingVectorsError, RunError
from evenband.probes.pairs.controls import controls_of
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.randomness import stream
from evenband.running.plan import Plan, load_probes
from evenband.running.prompt_options import check_prompt_options
from evenband.running.provenance import describe_command, describe_measuring, describe_run, describe_subject
from evenband.running.sinks import Sink
from evenband.running.subjects import (
    AnySubject,
    RerankerSubject,
    load_subjects,
    measure,
    ordered_models,
)
from evenband.running.tracking import Tracker
from evenband.types import Auditable, Measurement, Progress

logger = logging.getLogger(__name__)


class Session:
    """One run of a plan.

    Args:
        plan: what to do.
        sink: keeps measurements and manifest, in memory or in a directory.
        probes: what to measure in place of the plan's probes.
        progress: a display of how far the run is.
        command: what the user typed, for the manifest.

    Raises:
        InputError: if a probe of the plan does not exist or cannot be read.
    """

    def __init__(
        self,
        plan: Plan,
        sink: Sink,
        *,
        probes: Sequence[MinimalPairs] | None = None,
        progress: Progress | None = None,
        command: Sequence[str] = (),
    ) -> None:
        self.plan = plan
        self.sink = sink
        self.probes = load_probes(plan, logger.warning) if probes is None else list(probes)
        self.tracker = Tracker(progress)
        self._command = list(command)
        self._started = describe_command(plan, command)
        self._reference: str | None = None
        self._against: Auditable | None = None
        self._is_alone = all(map(self._is_against, plan.models))
        self.asked: list[tuple[str, str]] = []

    def run(
        self, models: Sequence[str | Auditable] | None = None, reference: Auditable | None = None
    ) -> Results:
        """Measure every probe on the plan's reference and on every model, and analyse the measurements.

        Args:
            models: encoders and rerankers to use in place of the plan's references.
            reference: the one of these that the others are compared with, where it has no reference that
                can be loaded.

        Returns:
            Results of what this run asked for, model by model, the reference's first. The sink may hold
            more, from earlier runs.

        Raises:
            EvenbandError: if a reference, a model or the sink cannot be used.
        """
        self._against = reference
        ordered = ordered_models(self.plan, models, reference)
        self._is_alone = all(map(self._is_against, ordered))
        roles = {probe.role(text) for probe in self.probes for text in range(len(probe.templates[0].texts))}
        check_prompt_options(ordered, roles)
        with self.tracker.listening():
            self.tracker.plan(ordered, self.probes)
            for subject in load_subjects(self.plan, ordered, self.tracker):
                self.measure(subject)
            return self.finish()

    def measure(self, subject: AnySubject) -> list[Measurement]:
        """Measure every probe on one subject, and follow up its outliers.

        Args:
            subject: the model; the plan's reference first, if it has one.

        Returns:
            One measurement for each probe of which the subject has vectors.

        Raises:
            EvenbandError: if the subject fails, or the sink holds a measurement that is not comparable.
        """
        if self._is_reference(subject):
            self._reference = subject.fresh.spec.name
        for probe in self.probes:
            self.check_seed((subject.spec.name, probe.name))
        stored = [self.sink.find(subject.spec, probe.spec) for probe in self.probes]
        entry = describe_subject(subject, self.probes, self.sink.manifest)
        self.begin({"reference": self._reference}, [entry])
        todo = [earlier is None for earlier in stored]
        if isinstance(subject, RerankerSubject):
            self.tracker.loaded(subject.cached, todo)
        else:
            self.tracker.loaded(subject.cached if subject.fast is None else subject.fast.cached, todo)
        measurements = []
        for number, (probe, earlier) in enumerate(zip(self.probes, stored, strict=True)):
            self.tracker.measure(number)
            stages.enter(f"{stages.MEASURING}{probe.name}")
            measurement = self._measure(subject, probe, earlier)
            if measurement is not None:
                measurements.append(measurement)
                self.asked.append(measurement.key)
                self._follow_up(subject, probe, measurement)
            self.tracker.measured(is_new=earlier is None)
        return measurements

    def check_seed(self, key: tuple[str, str]) -> None:
        """Refuse to go on with another seed than the one that a measurement was started with.

        Raises:
            RunError: naming both seeds.
        """
        manifest = self.sink.manifest
        before, now = manifest.settings_of(key).seed, self.plan.seed
        if manifest.entry_of(key) is not None and before != now:
            raise RunError(
                f"{self.sink.where}: {key[1]} was measured on {key[0]} with seed {before}, now the seed is "
                f"{now}; give --seed {before} to go on, or another folder with -o"
            )

    def _measure(
        self, subject: AnySubject, probe: MinimalPairs, earlier: Measurement | None
    ) -> Measurement | None:
        """Measure one probe, unless it was measured before; ``None`` if no label of it has vectors."""
        if earlier is not None:
            return self.obtain(earlier, lambda: earlier, self._settings_again)
        asked = None if probe.of else (subject.spec.name, probe.name)
        return self.obtain(None, lambda: measure(probe, subject), self._facts, asked)

    def begin(self, fields: Mapping[str, Any], models: Sequence[Mapping[str, Any]]) -> None:
        """Write into the manifest who runs what, with which models.

        Args:
            fields: of the manifest, beside those that every run has.
            models: entries of the subjects.
        """
        described = {**describe_run(self.plan, self._command), **fields}
        self.sink.describe(redact(described), models=models, commands=[self._started])

    def obtain(
        self,
        earlier: Measurement | None,
        make: Callable[[], Measurement],
        facts: Callable[[Measurement], Mapping[str, Any]],
        asked: tuple[str, str] | None = None,
    ) -> Measurement | None:
        """Return the earlier measurement, or make one and store it; ``None`` if nothing can be measured.

        Args:
            earlier: what the sink holds already.
            make: measures it.
            facts: of a measurement's entry in the manifest: how it is to be analysed.
            asked: names of subject and probe, for the manifest's list of what could not be measured.
        """
        if earlier is not None:
            self.sink.keep_settings(earlier, facts(earlier))
            return earlier
        started = time.perf_counter()
        try:
            measurement = make()
        except MissingVectorsError as error:
            logger.warning("left out: %s", error)
            if asked is not None:
                self.sink.describe({"unmeasured": self.sink.manifest.also_unmeasured(*asked, str(error))})
            return None
        seconds = time.perf_counter() - started
        self.sink.keep(measurement, seconds, {**facts(measurement), **describe_measuring()})
        return measurement

    def finish(self) -> Results:
        """Return the results of what was asked for; a directory gets its summary and report."""
        self.tracker.measured_all()
        return self.sink.finish().only(self.asked)

    def _facts(self, measurement: Any) -> dict[str, Any]:
        """Return the settings of a new measurement, and what screening it cost."""
        screening = screening_of(measurement)
        facts = {} if screening is None else {"screening": asdict(screening)}
        return {**facts, **self._settings(measurement)}

    def _settings(self, measurement: Measurement) -> dict[str, Any]:
        """Return how a measurement of this run is to be analysed; a reference is not compared with itself."""
        is_reference = measurement.subject.name == self._reference
        return {
            "suite": self.plan.suite,
            "detailed": self.plan.detailed,
            "reference": None if is_reference and not self._is_alone else self._reference,
            "seed": self.plan.seed,
        }

    def _settings_again(self, earlier: Measurement) -> dict[str, Any]:
        """Return how a measurement of an earlier command is to be analysed from now on.

        If it only serves as a reference now, the earlier settings stay, since the model may have had a
        reference of its own then. It is analysed in detail if one of the two commands asks for that.
        """
        settings = self._settings(earlier)
        entry = self.sink.manifest.entry_of(earlier.key)
        is_model = earlier.subject.name != self._reference or self.plan.reference in self.plan.models
        if is_model or entry is None or entry.detailed is None:
            return settings
        return {"detailed": entry.detailed or self.plan.detailed}

    def _follow_up(self, subject: AnySubject, probe: MinimalPairs, measurement: Measurement) -> None:
        """Measure control perturbations of the labels that stand out, unless they were measured before."""
        if not self._wants_controls(subject, probe):
            return
        reference = self.sink.reference_of(measurement, self._reference)
        labels, templates = analysis.suspects(measurement, reference)
        if not labels:
            return
        controls = controls_of(probe, labels, templates, stream(self.plan.seed, "controls"))
        # Stored controls of other labels, from another seed or reference, are replaced: it takes a second.
        if self.sink.find(subject.spec, controls.spec, or_none=True) is None:
            self._measure(subject, controls, None)

    def _wants_controls(self, subject: AnySubject, probe: MinimalPairs) -> bool:
        """Return whether outliers get controls.

        A suite asks how a whole family of probes behaves, not why one word stands out.
        """
        return probe.can_be_followed_up and self.plan.detailed and not self._is_reference(subject)

    def _is_reference(self, subject: AnySubject) -> bool:
        """Return whether a subject is the one that the others are compared with."""
        return self._is_against(subject.fresh)

    def _is_against(self, model: str | Auditable) -> bool:
        """Return whether a model is the reference; a spec's ``ref`` shows no secrets of a URL."""
        if self._against is not None:
            return model is self._against
        reference = self.plan.reference
        if isinstance(model, str):
            return model == reference
        return reference is not None and model.spec.ref == redact(reference)
