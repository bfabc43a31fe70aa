"""``evenband compare``: set models side by side."""

from __future__ import annotations

from pathlib import Path

import click

from evenband.cli.progress import display


@click.command()
@click.argument("directories", nargs=-1, required=True, metavar="DIR [DIR]", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def compare(directories: tuple[Path, ...], as_json: bool) -> None:
    """Compare the models of one run, or the same model in two runs."""
    if len(directories) > 2:
        raise click.UsageError(f"got {len(directories)} directories, expected one or two")
    with display(f"reading {directories[0]}"):
        from evenband import api

        compared = api.compare_runs(directories)
    from evenband.cli.printing.pairs import comparisons

    comparisons.print_comparisons(compared, as_json, directories)
