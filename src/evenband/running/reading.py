"""Reader of a whole run directory: the values that an analysis takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evenband.analysis import Run
from evenband.records import RunDirectory
from evenband.running import inspections
from evenband.slots.lexical import lexical_columns
from evenband.types import Measurement
from evenband.types.details import LEXICAL_PREFIX


def read_run(
    directory: RunDirectory, measurements: Mapping[tuple[str, str], Measurement] | None = None
) -> Run:
    """Return everything that a run directory holds.

    Args:
        directory: of the run.
        measurements: those that are in memory already, by subject and probe.

    Raises:
        RunError: if a file is damaged.
    """
    in_memory = measurements or {}
    completed = tuple(_complete(in_memory.get(key) or directory.read(*key)) for key in directory.listed())
    return Run(completed, directory.manifest(), inspections.read_all(directory, completed))


def _complete(measurement: Measurement) -> Measurement:
    """Add the columns of the word lists to a measurement of minimal pairs that an older evenband wrote."""
    is_complete = measurement.known(f"{LEXICAL_PREFIX}senses") is not None
    if measurement.kind != "pairs" or measurement.probe.of or is_complete:
        return measurement
    looked_up = lexical_columns(measurement.items)
    own = None if measurement.own is None else measurement.own | looked_up.keys()
    return replace(measurement, columns={**measurement.columns, **looked_up}, own=own)
