"""The run directory: a contract with a format version.

::

    DIR/manifest.json                              what was measured, with what and when
    DIR/measurements/<subject>/<probe>.parquet     a row per item and condition, written once at its end
    DIR/rankings/<subject>/<probe>.parquet         query, condition, rank, document, score; *.trec on request
    DIR/inspections/<subject>/<probe>-*.json       what ``explain`` saw inside a model
    DIR/summary.json                               for other programs
    DIR/report.html, DIR/figures/, DIR/scorecard.md    for people

A file is written under a temporary name, then renamed, so half a file is never read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evenband.errors import RunError
from evenband.records import parquet
from evenband.records.manifest import Manifest, read_manifest
from evenband.storage import replace_file, why_not_written
from evenband.types import Details, Measurement, ModelSpec, ProbeSpec


class RunDirectory:
    """The files of one run.

    Args:
        path: of the directory; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """Open an existing run directory.

        Raises:
            RunError: if there is no run directory at that path.
        """
        if not (path / "manifest.json").is_file():
            if (path / "summary.json").is_file():
                raise RunError(f"{path}: the report of several runs, without measurements; name those runs")
            raise RunError(
                f"{path}: not a run directory (no manifest.json); expected what `evenband audit -o` wrote"
            )
        return cls(path)

    def manifest(self) -> Manifest:
        """Return the manifest, empty for a new directory.

        Raises:
            RunError: if it is damaged or has another format.
        """
        file = self.path / "manifest.json"
        if not file.exists():
            return Manifest()
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise RunError(f"{file}: damaged: {error}; delete it to start again") from None
        return read_manifest(text, str(file))

    def update_manifest(
        self,
        fields: Mapping[str, Any],
        models: Sequence[Mapping[str, Any]] = (),
        measurements: Sequence[Mapping[str, Any]] = (),
        commands: Sequence[Mapping[str, Any]] = (),
    ) -> Manifest:
        """Merge fields and entries into the manifest; see :meth:`evenband.records.Manifest.merged`.

        Another run may write into the directory at the same time, so the manifest is read again first.
        Measurements are in files of their own and are never lost with it.

        Returns:
            The manifest as written.

        Raises:
            RunError: if it is damaged or cannot be written.
        """
        manifest = self.manifest().merged(fields, models, measurements, commands)
        self.write_json("manifest.json", manifest.to_json())
        return manifest

    def write_json(self, name: str, data: Mapping[str, Any]) -> Path:
        """Write a JSON file into the directory, whole or not at all.

        Raises:
            ValueError: if a number is NaN or infinite.
            RunError: if the file cannot be written.
        """
        return self.write(name, json_bytes(data))

    def write(self, name: str, content: bytes) -> Path:
        """Write a file into the directory, whole or not at all.

        Raises:
            RunError: if it cannot be written: disk full, no permission, a file in place of a folder.
        """
        target = self.path / name
        try:
            replace_file(target, content)
        except OSError as error:
            raise RunError(why_not_written(target, error)) from None
        return target

    def file_of(self, model: str, probe: str) -> str:
        """Return the path of a measurement's file, relative to the directory."""
        return f"measurements/{model}/{probe}.parquet"

    def write_measurement(
        self, measurement: Measurement, seconds: float | None = None, facts: Mapping[str, Any] | None = None
    ) -> Path:
        """Write a measurement, whole or not at all, and its entry in the manifest.

        Args:
            measurement: what was measured.
            seconds: how long it took.
            facts: other fields of the entry.

        Raises:
            RunError: if a file cannot be written.
        """
        path = self.write(self.file_of(*measurement.key), parquet.to_bytes(measurement))
        self.update_manifest({}, measurements=[entry_of(measurement, seconds, facts)])
        return path

    def find(self, subject: ModelSpec, probe: ProbeSpec) -> Measurement | None:
        """Return the stored measurement of a probe on a subject; ``None`` if there is none.

        Raises:
            RunError: if the file is damaged, or holds a measurement of the same names that is not
                comparable; the message names the field that differs.
        """
        file = self.path / self.file_of(subject.name, probe.name)
        if not file.exists():
            return None
        stored = parquet.read(file)
        for what, old, new in (("model", stored.subject, subject), ("probe", stored.probe, probe)):
            if old.digest != new.digest:
                difference = _tell_difference(what, old.to_dict(), new.to_dict(), stored.details)
                raise RunError(f"{file}: {difference}; give another folder with -o, or delete {self.path}")
        return stored

    def listed(self) -> list[tuple[str, str]]:
        """Return subject and probe of all measurements, controls included, in the order of measurement."""
        keys = [(entry.model, entry.probe) for entry in self.manifest().measurements]
        files = sorted((self.path / "measurements").glob("*/*.parquet"))
        keys += [(file.parent.name, file.name.removesuffix(".parquet")) for file in files]
        return [key for key in dict.fromkeys(keys) if (self.path / self.file_of(*key)).exists()]

    def read(self, subject: str, probe: str) -> Measurement:
        """Return a measurement by the names of its subject and probe.

        Raises:
            RunError: if its file is missing or damaged.
        """
        return parquet.read(self.path / self.file_of(subject, probe))


def json_bytes(data: Mapping[str, Any]) -> bytes:
    """Return indented JSON in UTF-8; a lone surrogate, such as of a file's name, becomes its escape.

    Raises:
        ValueError: if a number is NaN or infinite.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def entry_of(
    measurement: Measurement, seconds: float | None = None, facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the manifest's entry of a measurement.

    Args:
        measurement: what was measured.
        seconds: how long it took.
        facts: other fields, such as how it is to be analysed.
    """
    tables = measurement.details.to_tables().values()
    return {
        "model": measurement.subject.name,
        "probe": measurement.probe.name,
        "probe_digest": measurement.probe.digest,
        "texts": measurement.scores.size * sum(table.dtype == object for table in tables),
        "seconds": None if seconds is None else round(seconds, 3),
        **(facts or {}),
    }


def _tell_difference(what: str, old: Mapping[str, Any], new: Mapping[str, Any], details: Details) -> str:
    """Name the first field that differs, apart from names that the user chose, or else the texts.

    The numbers of items and conditions are called as in the kind's tables.
    """
    counts = {"items": f"{details.item}s", "conditions": f"{details.condition}s"}
    apart = ("ref", "name", "notes", "role_notes", "why", "effect", "digest", "of")
    for key in new:
        if key not in apart and old.get(key) != new[key]:
            field = counts.get(key, key)
            return f"was measured with {what} {field} = {old.get(key)}, now it is {new[key]}"
    return f"the sentences or slot values of {what} {new['name']!r} have changed since it was measured"
