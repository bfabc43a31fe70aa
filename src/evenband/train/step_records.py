"""The run directory of a watched training: each evaluation is written at its end, the report at the last."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from evenband import report
from evenband.analysis import assemble
from evenband.errors import RunError
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.records import RunDirectory, parquet
from evenband.records.training_entries import StepEntry, TrainingEntry
from evenband.running.reading import read_run
from evenband.running.sinks import MemorySink
from evenband.types import PairsMeasurement


class StepRecords:
    """The run directory of a training.

    Args:
        path: of the directory; it need not exist.
        probes: that are measured at every step.
        data: digest of the training data.

    Raises:
        RunError: if it holds something else: an audit, or a training with other probes or data.
    """

    def __init__(self, path: Path, probes: Sequence[MinimalPairs], data: str) -> None:
        self.directory = RunDirectory(path)
        report.prepare()
        manifest = self.directory.manifest()
        if manifest.measurements and manifest.training is None:
            raise RunError(f"{path}: holds an audit, expected a new folder or that of a watched training")
        if manifest.training is not None:
            self._check(manifest.training, {probe.name: probe.spec.digest for probe in probes}, data)

    def _check(self, earlier: TrainingEntry, probes: Mapping[str, str], data: str) -> None:
        """Refuse to go on with another training.

        Raises:
            RunError: naming what differs.
        """
        differing = [
            name for name in {**earlier.probes, **probes} if earlier.probes.get(name) != probes.get(name)
        ]
        if earlier.data != data:
            what = "training data"
        elif differing:
            what = f"probe {differing[0]}"
        else:
            return
        raise RunError(
            f"{self.directory.path}: holds a training that was watched with another {what}; give another "
            "folder"
        )

    def earlier(self) -> TrainingEntry:
        """Return the record of the training that the directory holds, empty for a new one."""
        return self.directory.manifest().training or TrainingEntry()

    def check_start(self, steps: Sequence[StepEntry], step: int, digest: str) -> None:
        """Refuse a training that starts anew with other weights than the one that the directory holds.

        Raises:
            RunError: if the first step is measured again and differs.
        """
        if steps and step <= steps[0].step and digest != steps[0].digest:
            raise RunError(
                f"{self.directory.path}: step {steps[0].step} had other weights; it is of another "
                "training: delete this folder, or choose another one (with --watch, another -o)"
            )

    def histories(
        self, steps: Sequence[StepEntry], probes: Collection[str]
    ) -> dict[str, list[tuple[int, PairsMeasurement]]]:
        """Return step and measurement of the probes at earlier steps."""
        found: dict[str, list[tuple[int, PairsMeasurement]]] = {}
        for probe in probes:
            for step in steps:
                file = self.directory.path / self.directory.file_of(step.subject, probe)
                if file.exists():
                    measurement: Any = parquet.read(file)
                    found.setdefault(probe, []).append((step.step, measurement))
        return found

    def keep(self, sink: MemorySink, training: TrainingEntry) -> None:
        """Write the measurements of one evaluation, then the manifest, which makes them count.

        Sample inputs stand with the first step only: the tokenizer does not change.
        """
        for measurement in sink.measurements.values():
            self.directory.write(self.directory.file_of(*measurement.key), parquet.to_bytes(measurement))
        data = sink.manifest.to_json()
        lists = {name: data.pop(name, []) for name in ("models", "measurements", "commands")}
        if len(training.steps) > 1:
            for model in lists["models"]:
                model.pop("inputs", None)
        fields = {**data, "training": training.model_dump(mode="json")}
        self.directory.update_manifest(fields, lists["models"], lists["measurements"], lists["commands"])

    def write_training(self, training: TrainingEntry) -> None:
        """Write the record of the training without a new evaluation."""
        self.directory.update_manifest({"training": training.model_dump(mode="json")})

    def drop(self, subjects: Collection[str]) -> None:
        """Remove steps that a resumed training takes again."""
        manifest = self.directory.manifest()
        update = {
            "models": tuple(one for one in manifest.models if one.name not in subjects),
            "measurements": tuple(one for one in manifest.measurements if one.model not in subjects),
        }
        self.directory.write_json("manifest.json", manifest.model_copy(update=update).to_json())
        for subject in subjects:
            shutil.rmtree(self.directory.path / "measurements" / subject, ignore_errors=True)

    def report(self) -> Path:
        """Write summary and report, and return the page's path."""
        return report.write(self.directory.path, assemble([read_run(self.directory)]))
