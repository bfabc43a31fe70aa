"""Sinks: where a session keeps its measurements, in memory or in a directory."""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evenband import encoders, report
from evenband.analysis import Results, Run, assemble
from evenband.errors import RunError
from evenband.records import Manifest, RunDirectory, entry_of
from evenband.running.reading import read_run
from evenband.types import Measurement, ModelSpec, ProbeSpec


class Sink(ABC):
    """Store of the measurements and the manifest of a session."""

    def __init__(self) -> None:
        self.measurements: dict[tuple[str, str], Measurement] = {}

    @property
    def where(self) -> str:
        """Where the measurements are kept, for messages."""
        return "this session"

    @property
    @abstractmethod
    def manifest(self) -> Manifest:
        """The manifest as it is now."""

    @abstractmethod
    def find(self, subject: ModelSpec, probe: ProbeSpec, *, or_none: bool = False) -> Measurement | None:
        """Return the stored measurement of a probe on a subject; ``None`` if there is none.

        Args:
            subject: what is measured.
            probe: the probe's identity.
            or_none: return ``None`` for a stored measurement that is not comparable, and do not raise.

        Raises:
            RunError: if a measurement of the same names is stored that is not comparable; the message
                names the field that differs.
        """

    @abstractmethod
    def describe(
        self,
        fields: Mapping[str, Any],
        models: Sequence[Mapping[str, Any]] = (),
        measurements: Sequence[Mapping[str, Any]] = (),
        commands: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Merge fields and entries into the manifest; see :meth:`evenband.records.Manifest.merged`."""

    def keep(self, measurement: Measurement, seconds: float, facts: Mapping[str, Any]) -> None:
        """Store a new measurement, and in the manifest how long it took and other facts."""
        self.measurements[measurement.key] = measurement
        self.describe({}, measurements=[entry_of(measurement, seconds, facts)])

    def attach(self, name: str, content: bytes) -> None:
        """Store a file that belongs to a measurement; a sink in memory drops it.

        Args:
            name: path of the file in the run directory.
            content: of the file.
        """
        del name, content

    def keep_settings(self, measurement: Measurement, settings: Mapping[str, Any]) -> None:
        """Store how an earlier measurement is to be analysed from now on."""
        self.measurements[measurement.key] = measurement
        model, probe = measurement.key
        self.describe({}, measurements=[{"model": model, "probe": probe, **settings}])

    def reference_of(self, measurement: Measurement, name: str | None) -> Measurement | None:
        """Return this session's measurement of the same probe on the reference, if there is one."""
        other = self.measurements.get((name or "", measurement.probe.name))
        return None if other is None or other is measurement else other

    @abstractmethod
    def finish(self) -> Results:
        """Analyse everything that is stored; a directory gets its summary and report."""


class MemorySink(Sink):
    """Store in memory; nothing is written."""

    def __init__(self) -> None:
        super().__init__()
        self._manifest = Manifest()

    @property
    def manifest(self) -> Manifest:
        """The manifest as it is now."""
        return self._manifest

    def find(self, subject: ModelSpec, probe: ProbeSpec, *, or_none: bool = False) -> Measurement | None:
        """As :meth:`Sink.find`, but a measurement that is not comparable is always passed over."""
        del or_none
        measurement = self.measurements.get((subject.name, probe.name))
        if measurement is None:
            return None
        digests = (measurement.subject.digest, measurement.probe.digest)
        return measurement if digests == (subject.digest, probe.digest) else None

    def describe(
        self,
        fields: Mapping[str, Any],
        models: Sequence[Mapping[str, Any]] = (),
        measurements: Sequence[Mapping[str, Any]] = (),
        commands: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """As :meth:`Sink.describe`."""
        self._manifest = self._manifest.merged(fields, models, measurements, commands)

    def finish(self) -> Results:
        """As :meth:`Sink.finish`."""
        return assemble([Run(tuple(self.measurements.values()), self._manifest)])


class DirectorySink(Sink):
    """Store in a run directory.

    The manifest is written when a subject is loaded and after each measurement, and a measurement at its
    end. A run that was killed anywhere thus resumes when it is started again.

    Args:
        path: of the directory; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.directory = RunDirectory(path)

    @property
    def where(self) -> str:
        """The directory's path."""
        return str(self.directory.path)

    @property
    def manifest(self) -> Manifest:
        """The manifest as it is now, read from the directory."""
        return self.directory.manifest()

    def find(self, subject: ModelSpec, probe: ProbeSpec, *, or_none: bool = False) -> Measurement | None:
        """As :meth:`Sink.find`."""
        try:
            return self.directory.find(subject, probe)
        except RunError:
            if or_none:
                return None
            raise

    def describe(
        self,
        fields: Mapping[str, Any],
        models: Sequence[Mapping[str, Any]] = (),
        measurements: Sequence[Mapping[str, Any]] = (),
        commands: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """As :meth:`Sink.describe`; of a relative folder it is written down where it starts."""
        located = [self._located(entry) for entry in models]
        self.directory.update_manifest(fields, located, measurements, commands)

    def _located(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a model's entry with the path from the run directory to where its folder's path starts.

        That path holds wherever the two lie, so that `explain` finds the model from any working directory,
        and in a project that was moved as a whole. No absolute path is written.
        """
        if not encoders.is_relative(entry["ref"]):
            return entry
        with contextlib.suppress(ValueError):  # two drives of Windows have no path between them
            return {**entry, "base": os.path.relpath(Path.cwd(), self.directory.path.resolve())}
        return entry

    def keep(self, measurement: Measurement, seconds: float, facts: Mapping[str, Any]) -> None:
        """As :meth:`Sink.keep`; the file is written before the manifest names it."""
        self.measurements[measurement.key] = measurement
        self.directory.write_measurement(measurement, seconds, facts)

    def attach(self, name: str, content: bytes) -> None:
        """As :meth:`Sink.attach`; the file is written whole or not at all."""
        self.directory.write(name, content)

    def finish(self) -> Results:
        """As :meth:`Sink.finish`."""
        results = assemble([read_run(self.directory, self.measurements)])
        report.write(self.directory.path, results)
        return results
