"""Reports of stored runs, written again from their measurements; no model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evenband import report
from evenband.analysis import assemble
from evenband.errors import InputError
from evenband.records import RunDirectory
from evenband.running.identity import RUNS
from evenband.running.reading import read_run

MERGED = RUNS / "report"
"""Folder of the report of several runs, unless another one is given."""


def write_report(directories: Sequence[RunDirectory], out: Path | str | None = None) -> Path:
    """Write summary and report of one run or several; see :func:`evenband.api.write_report`.

    Raises:
        EvenbandError: if a directory cannot be read, has no finished measurement, two of them have a model
            and probe in common, or ``out`` is another run's directory.
    """
    target = directories[0] if out is None and len(directories) == 1 else RunDirectory(Path(out or MERGED))
    is_run = (target.path / "manifest.json").exists()
    if is_run and target.path.resolve() not in [directory.path.resolve() for directory in directories]:
        raise InputError(f"{target.path} is another run's directory; choose another folder with -o")
    results = assemble([read_run(directory) for directory in directories])
    if not results.audits:
        raise InputError(
            f"{directories[0].path}: no measurement is finished; start the same audit again to go on"
        )
    return report.write(target.path, results)
