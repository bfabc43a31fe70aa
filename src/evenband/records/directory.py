"""The run directory: a contract, with a format version.

::

    DIR/manifest.json                              what was done, with what, when
    DIR/measurements/<model>/<probe>.parquet       written once, at its end
    DIR/summary.json                               for other programs
    DIR/report.html, DIR/figures/                  for people

A file is written under a temporary name, then renamed, so a half file is never read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evenband.errors import RunError
from evenband.records import parquet
from evenband.storage import replace_file
from evenband.types import Measurement, ModelSpec, ProbeSpec

FORMAT = 1


class RunDirectory:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """An existing run directory.

        Raises:
            RunError: if there is none at that path.
        """
        if not (path / "manifest.json").is_file():
            if (path / "summary.json").is_file():
                raise RunError(f"{path}: the report of several runs, without measurements; name those runs")
            raise RunError(
                f"{path}: not a run directory (no manifest.json); expected what `evenband audit -o` wrote"
            )
        return cls(path)

    def manifest(self) -> dict[str, Any]:
        """The manifest, empty for a new directory.

        Raises:
            RunError: if it is damaged or of another format.
        """
        file = self.path / "manifest.json"
        if not file.exists():
            return {}
        try:
            manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            found = manifest.get("format")
        except (OSError, ValueError, AttributeError) as error:
            raise RunError(f"{file}: damaged: {error}; delete it to start again") from None
        if found != FORMAT:
            raise RunError(
                f"{file}: got format {found}, expected {FORMAT}; update evenband or choose another folder"
            )
        return manifest

    def update_manifest(
        self,
        fields: Mapping[str, Any],
        models: Sequence[Mapping[str, Any]] = (),
        measurements: Sequence[Mapping[str, Any]] = (),
        commands: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Merge into the manifest: fields replace, models go by name, measurements by model and probe.

        Commands follow one another, each once, with the time at which it was first started: what was
        measured under an earlier one stays.

        Another run may write into the directory at the same time, so it is read again first; what
        was measured is in the measurement files and is never lost with it.
        """
        manifest = self.manifest()
        known = {entry["name"]: entry for entry in manifest.get("models", [])}
        made = {(entry["model"], entry["probe"]): entry for entry in manifest.get("measurements", [])}
        known.update({entry["name"]: dict(entry) for entry in models})
        made.update({(entry["model"], entry["probe"]): dict(entry) for entry in measurements})
        lists = {
            "commands": _merge_commands(manifest, commands),
            "models": list(known.values()),
            "measurements": list(made.values()),
        }
        self.write_json("manifest.json", {**manifest, **fields, "format": FORMAT, **lists})

    def write_json(self, name: str, data: Mapping[str, Any]) -> Path:
        """Write a JSON file into the directory, whole or not at all."""
        return self.write(
            name, (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
        )

    def write(self, name: str, content: bytes) -> Path:
        """Write a file into the directory, whole or not at all.

        Raises:
            RunError: if the system refuses: disk full, no permission, a file where a folder must be.
        """
        target = self.path / name
        try:
            replace_file(target, content)
        except OSError as error:
            raise RunError(f"{target}: cannot be written: {error.strerror or error}") from None
        return target

    def file_of(self, model: str, probe: str) -> str:
        """Name of a measurement's file inside the directory."""
        return f"measurements/{model}/{probe}.parquet"

    def write_measurement(
        self, measurement: Measurement, seconds: float | None = None, facts: Mapping[str, Any] | None = None
    ) -> Path:
        """Write a measurement, whole or not at all; the manifest says how long it took, and other facts."""
        name = self.file_of(measurement.model.name, measurement.probe.name)
        path = self.write(name, parquet.to_bytes(measurement))
        entry = {
            "model": measurement.model.name,
            "probe": measurement.probe.name,
            "probe_digest": measurement.probe.digest,
            "texts": measurement.scores.size * len(measurement.texts),
            "seconds": None if seconds is None else round(seconds, 3),
            **(facts or {}),
        }
        self.update_manifest({}, measurements=[entry])
        return path

    def find(self, model: ModelSpec, probe: ProbeSpec) -> Measurement | None:
        """The measurement of that probe on that model, if it was made here already.

        Raises:
            RunError: if the directory holds one of the same names that is not comparable,
                naming the field that differs.
        """
        file = self.path / self.file_of(model.name, probe.name)
        if not file.exists():
            return None
        found = parquet.read(file)
        for what, old, new in (("model", found.model, model), ("probe", found.probe, probe)):
            if old.digest != new.digest:
                raise RunError(
                    f"{file}: {_tell_difference(what, old.to_dict(), new.to_dict())}; "
                    f"give another folder with -o, or delete {self.path}"
                )
        return found

    def measurements(self) -> Iterator[Measurement]:
        """All measurements, follow-ups included, in the order in which they were made.

        Raises:
            RunError: if a file is damaged.
        """
        listed = [
            self.path / self.file_of(entry["model"], entry["probe"])
            for entry in self.manifest().get("measurements", [])
        ]
        there = sorted((self.path / "measurements").glob("*/*.parquet"))
        for file in dict.fromkeys([*listed, *there]):
            if file.exists():
                yield parquet.read(file)


def _merge_commands(
    manifest: Mapping[str, Any], commands: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The commands of a manifest, from its only one if it has no list yet, and new ones."""
    first = {key: manifest[key] for key in ("command", "sample", "seed") if key in manifest}
    known = manifest.get("commands") or ([{**first, "started": manifest.get("written")}] if first else [])
    merged: dict[str, dict[str, Any]] = {}
    for entry in (*known, *commands):
        same = {key: value for key, value in entry.items() if key != "started"}
        merged.setdefault(json.dumps(same, sort_keys=True), dict(entry))
    return list(merged.values())


def _tell_difference(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The first field that differs, other than how the user called the thing, or else the texts."""
    for key in new:
        if key not in ("ref", "name", "why", "effect", "digest", "of") and old.get(key) != new[key]:
            return f"was measured with {what} {key} = {old.get(key)}, now it is {new[key]}"
    return f"the sentences or slot values of {what} {new['name']!r} have changed since it was measured"
