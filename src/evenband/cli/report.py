"""``evenband report``: write a run's report again, on any machine. No model is loaded."""

from __future__ import annotations

from pathlib import Path

import click

from evenband.cli.audit import OUT
from evenband.cli.progress import display


@click.command()
@click.argument("directories", nargs=-1, required=True, metavar="DIR...", type=click.Path(path_type=Path))
@OUT
def report(directories: tuple[Path, ...], out: Path | None) -> None:
    """Write summary and report again. Several runs make one report, in evenband-runs/report or -o."""
    with display(f"reading {directories[0]}"):
        from evenband import api

        path = api.write_report(*directories, out=out)
    from evenband.cli.printing import console

    console.print_report_path(path)
