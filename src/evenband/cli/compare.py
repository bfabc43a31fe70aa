"""``evenband compare``: set models side by side."""

from __future__ import annotations

import click

from evenband.cli.progress import display


@click.command()
@click.argument("directories", nargs=-1, required=True, metavar="DIR [DIR]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def compare(directories: tuple[str, ...], as_json: bool) -> None:
    """Compare the models of one run, or the same model in two runs: DIR, or NAME=DIR."""
    if len(directories) > 2:
        raise click.UsageError(f"got {len(directories)} directories, expected one or two")
    with display(f"reading {directories[0]}"):
        from evenband import api
        from evenband.encoders.given_names import split_name

        named = [split_name(directory) for directory in directories]
        compared = api.compare_runs([folder for _, folder in named])
    from evenband.cli.printing.pairs import comparisons

    comparisons.print_comparisons(compared, as_json, [name or folder for name, folder in named])
