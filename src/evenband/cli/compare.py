"""``evenband compare``: set models side by side."""

from __future__ import annotations

from pathlib import Path

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
        from evenband.encoders.given_names import split_name
        from evenband.running import run_comparisons

        named = [split_name(directory) for directory in directories]
        names = [name or folder for name, folder in named]
        compared = run_comparisons.compare_directories([Path(folder) for _, folder in named], names)
    from evenband.cli.printing import overview
    from evenband.cli.printing.pairs import comparisons

    if not as_json:
        overview.print_answers(compared.head_to_heads)
    comparisons.print_comparisons(compared.comparisons, as_json, names)
