"""The manifest of a run: what was measured, when, with what, and how it is to be analysed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenband.errors import RunError
from evenband.records.settings import Settings
from evenband.records.training_entries import TrainingEntry
from evenband.types.details import CONTROLS_SUFFIX

MANIFEST_FORMAT = 1
"""Format of a run directory. Fields are added and never renamed."""

MOST_DETAILED = 8
"""Largest number of probes of a detailed run, in manifests of an evenband that did not record this."""


class Entry(BaseModel):
    """Base of all parts of a manifest; fields that a newer evenband wrote are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class CommandEntry(Entry):
    """One command that measured into the directory.

    Attributes:
        command: its words, as typed.
        sample: largest number of values of each slot; ``None`` for all.
        seed: of every random choice.
        started: when it was first started, in ISO 8601.
    """

    command: tuple[str, ...] = ()
    sample: int | None = None
    seed: int | None = None
    started: str | None = None


class InputEntry(Entry):
    """A sample input as the model sees it: the final text, its token ids and their vocabulary entries."""

    text: str
    ids: tuple[int, ...] = ()
    pieces: tuple[str, ...] = ()


class ModelEntry(Entry):
    """A subject that was measured: the fields of its spec, its digest and sample inputs.

    Attributes:
        base: where the relative folder in ``ref`` starts, as a path from the run directory; ``None`` for
            every other reference.
    """

    ref: str
    name: str
    source: str | None = None
    revision: str | None = None
    dtype: str | None = None
    dim: int | None = None
    max_tokens: int | None = None
    pooling: str | None = None
    normalize: bool | None = None
    prompts: dict[str, str] = Field(default_factory=dict)
    trust_remote_code: bool = False
    options: dict[str, str] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    role_notes: dict[str, str] = Field(default_factory=dict)
    similarity: str = "cosine"
    digest: str = ""
    engine_difference: float | None = None
    inputs: tuple[InputEntry, ...] | None = None
    base: str | None = None


class MeasurementEntry(Entry):
    """One measurement file, and how it is to be analysed.

    Attributes:
        model: name of the subject.
        probe: name of the probe.
        probe_digest: identity of the probe's texts.
        texts: number of texts that it rests on.
        seconds: time it took.
        suite: what ``--suite`` named in the last command that asked for it; ``None`` for none.
        detailed: whether single items are looked into; ``None`` in manifests of an older evenband.
        reference: name of the model that it is compared with. ``None`` for none, as for the reference of
            other models; the subject itself in a run that has no model but its reference.
        seed: of the random choices of the analysis.
        tolerance: largest difference that the user accepts, for kinds that have such a limit.
        costs: seconds and rates of each condition, for kinds that measure them.
        measured: when it was measured, in ISO 8601; ``None`` in manifests of an older evenband.
        evenband: version that measured it; likewise.
        libraries: versions of the libraries then; likewise.
    """

    model: str
    probe: str
    probe_digest: str = ""
    texts: int = 0
    seconds: float | None = None
    suite: str | None = None
    detailed: bool | None = None
    reference: str | None = None
    seed: int | None = None
    tolerance: float | None = None
    costs: dict[str, dict[str, float]] | None = None
    measured: str | None = None
    evenband: str | None = None
    libraries: dict[str, str] | None = None


class UnmeasuredEntry(Entry):
    """A probe that was asked for and has no measurement, and why: the subject has no vectors or cuts all."""

    model: str
    probe: str
    reason: str


class Manifest(Entry):
    """The whole manifest, validated. Its lists hold :class:`MeasurementEntry` and the other entries.

    Attributes:
        training: the training whose steps are the subjects; ``None`` for any other run.
    """

    evenband: str | None = None
    command: tuple[str, ...] = ()
    seed: int = 0
    sample: int | None = None
    plan: dict[str, Any] = Field(default_factory=dict)
    written: str | None = None
    python: str | None = None
    platform: str | None = None
    cpus: int | None = None
    libraries: dict[str, str | None] = Field(default_factory=dict)
    reference: str | None = None
    format: int = MANIFEST_FORMAT
    commands: tuple[CommandEntry, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    measurements: tuple[MeasurementEntry, ...] = ()
    unmeasured: tuple[UnmeasuredEntry, ...] = ()
    training: TrainingEntry | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON with the fields that were set, in their order."""
        return self.model_dump(mode="json", exclude_unset=True)

    def model_of(self, name: str) -> ModelEntry | None:
        """Return the entry of a subject, if there is one."""
        return next((entry for entry in self.models if entry.name == name), None)

    def entry_of(self, key: tuple[str, str]) -> MeasurementEntry | None:
        """Return the entry of a subject's measurement of a probe, if there is one."""
        return next((entry for entry in self.measurements if (entry.model, entry.probe) == key), None)

    def also_unmeasured(self, model: str, probe: str, reason: str) -> list[dict[str, Any]]:
        """Return the data of all entries of probes without a measurement, with a new one among them."""
        others = [one for one in self.unmeasured if (one.model, one.probe) != (model, probe)]
        return [
            *(one.model_dump(mode="json") for one in others),
            {"model": model, "probe": probe, "reason": reason},
        ]

    def settings_of(self, key: tuple[str, str]) -> Settings:
        """Return how a measurement is to be analysed, as the last command that asked for it said.

        A manifest of an older evenband says it only for the whole directory.
        """
        entry = self.entry_of(key)
        if entry is None or entry.detailed is None:
            return self._settings_of_old(key[0])
        seed = self.seed if entry.seed is None else entry.seed
        return Settings(
            seed,
            entry.detailed,
            entry.reference,
            entry.suite,
            entry.detailed,
            tolerance=entry.tolerance,
            costs=entry.costs or {},
        )

    def _settings_of_old(self, subject: str) -> Settings:
        """Return how all measurements of a subject are to be analysed, by an older evenband's manifest."""
        probes = {entry.probe for entry in self.measurements if CONTROLS_SUFFIX not in entry.probe}
        others = {entry.model for entry in self.measurements} - {self.reference}
        reference = None if subject == self.reference and others else self.reference
        return Settings(self.seed, len(probes) <= MOST_DETAILED, reference)

    def merged(
        self,
        fields: Mapping[str, Any],
        models: Sequence[Mapping[str, Any]] = (),
        measurements: Sequence[Mapping[str, Any]] = (),
        commands: Sequence[Mapping[str, Any]] = (),
    ) -> Manifest:
        """Return the manifest with fields and entries merged into it.

        What an older evenband recorded for the whole directory is first written down for each of its
        measurements, so that it holds for them whatever the new fields say.

        Args:
            fields: replace the manifest's own.
            models: replace the entries of the same name.
            measurements: update the entries of the same subject and probe; fields not given stay.
            commands: are appended, unless the same command is there with the time of its first start.
        """
        data = self.to_json()
        data["measurements"] = [self._with_settings(entry) for entry in self.measurements]
        named = {entry["name"]: entry for entry in data.get("models", ())}
        named.update({entry["name"]: dict(entry) for entry in models})
        keyed = {(entry["model"], entry["probe"]): entry for entry in data.get("measurements", ())}
        for entry in measurements:
            key = (entry["model"], entry["probe"])
            keyed[key] = {**keyed.get(key, {}), **entry}
        lists = {
            "commands": _merge_commands(data, commands),
            "models": list(named.values()),
            "measurements": list(keyed.values()),
        }
        return Manifest.model_validate({**data, **fields, "format": MANIFEST_FORMAT, **lists})

    def _with_settings(self, entry: MeasurementEntry) -> dict[str, Any]:
        """Return the data of an entry, with the settings of its measurement filled in."""
        data = entry.model_dump(mode="json", exclude_unset=True)
        if entry.detailed is not None:
            return data
        settings = self.settings_of((entry.model, entry.probe))
        data |= {"suite": settings.suite, "detailed": settings.detailed}
        return data | {"reference": settings.reference, "seed": settings.seed}


def read_manifest(text: str, source: str) -> Manifest:
    """Parse and validate the manifest in a JSON text; ``source`` names it in errors.

    Raises:
        RunError: if it is damaged, naming the field, or has another format.
    """
    try:
        data = json.loads(text)
        version = data.get("format")
    except (ValueError, AttributeError) as error:
        raise RunError(f"{source}: damaged: {error}; delete it to start again") from None
    if version != MANIFEST_FORMAT:
        raise RunError(
            f"{source}: got format {version}, expected {MANIFEST_FORMAT}; "
            "update evenband or choose another folder"
        )
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"])
        raise RunError(
            f"{source}: damaged: {field}: got {fault['input']!r}: {fault['msg']}; delete it to start again"
        ) from None


def _merge_commands(data: Mapping[str, Any], commands: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the commands of a manifest and new ones, each once.

    A manifest of an older evenband has no list but one command among its fields.
    """
    first = {key: data[key] for key in ("command", "sample", "seed") if key in data}
    listed = data.get("commands") or ([{**first, "started": data.get("written")}] if first else [])
    merged: dict[str, dict[str, Any]] = {}
    for entry in (*listed, *commands):
        identity = {key: value for key, value in entry.items() if key != "started"}
        merged.setdefault(json.dumps(identity, sort_keys=True), dict(entry))
    return list(merged.values())
