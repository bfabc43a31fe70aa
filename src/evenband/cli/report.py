"""``evenband report``: write a run's report again, on any machine. No model is loaded."""

from __future__ import annotations

from pathlib import Path

import click

from evenband.cli.audit import OUT


@click.command()
@click.argument("directories", nargs=-1, required=True, metavar="DIR...", type=click.Path(path_type=Path))
@OUT
def report(directories: tuple[Path, ...], out: Path | None) -> None:
    """Write summary and report again. Several runs make one report, in evenband-runs/report or -o."""
    from evenband import api
    from evenband.cli.printing import console

    console.print_report_path(api.write_report(*directories, out=out))
