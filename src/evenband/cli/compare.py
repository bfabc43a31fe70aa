"""``evenband compare``: set models side by side."""

from __future__ import annotations

import click


@click.command()
@click.argument("directories", nargs=-1, required=True, metavar="DIR [DIR]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def compare(directories: tuple[str, ...], as_json: bool) -> None:
    """Compare the models of one run, or the same model in two runs: DIR, or NAME=DIR."""
    if len(directories) > 2:
        raise click.UsageError(f"got {len(directories)} directories, expected one or two")
    from evenband import api
    from evenband.cli.printing.pairs import comparisons
    from evenband.encoders.given_names import split_name

    named = [split_name(directory) for directory in directories]
    names = [name or folder for name, folder in named]
    comparisons.print_comparisons(api.compare_runs([folder for _, folder in named]), as_json, names)
