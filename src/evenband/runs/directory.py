"""The run directory: a contract, with a format version.

::

    DIR/manifest.json                              what was done, with what, when
    DIR/measurements/<model>/<probe>.parquet       written once, at its end
    DIR/summary.json                               for other programs
    DIR/report.html, DIR/figures/                  for people

A file is written under a temporary name, then renamed, so a half file is never read.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evenband.errors import RunError
from evenband.runs import parquet
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

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Replace the manifest."""
        self.write_json("manifest.json", {"format": FORMAT, **manifest})

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
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).chmod(0o644)
                Path(temporary).replace(target)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
                raise
        except OSError as error:
            raise RunError(f"{target}: cannot be written: {error.strerror or error}") from None
        return target

    def file_of(self, model: str, probe: str) -> str:
        """Name of a measurement's file inside the directory."""
        return f"measurements/{model}/{probe}.parquet"

    def write_measurement(self, measurement: Measurement) -> Path:
        """Write a measurement, whole or not at all."""
        name = self.file_of(measurement.model.name, measurement.probe.name)
        return self.write(name, parquet.to_bytes(measurement))

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
                field, before, after = _difference(old.to_dict(), new.to_dict())
                raise RunError(
                    f"{file}: was measured with {what} {field} = {before}, now it is {after}; "
                    "choose another folder with -o"
                )
        return found

    def measurements(self) -> Iterator[Measurement]:
        """All measurements, in the order of the manifest.

        Raises:
            RunError: if a file is damaged.
        """
        listed = self.manifest().get("measurements", [])
        for entry in listed:
            yield parquet.read(self.path / self.file_of(entry["model"], entry["probe"]))


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """The first field that differs, other than how the user called the thing."""
    for key in new:
        if key not in ("ref", "name", "why", "effect") and old.get(key) != new[key]:
            return key, old.get(key), new[key]
    return "digest", old.get("digest"), new.get("digest")
