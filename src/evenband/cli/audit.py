"""``evenband audit`` and ``evenband run``: measure, sum up, report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenband.errors import InputError
from evenband.running.identity import default_folder

if TYPE_CHECKING:
    from evenband.running.plan import Plan


class Folder(click.Path):
    """A folder's name, which is not empty: nothing would be the folder one is in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As click does.

        Raises:
            InputError: for no name.
        """
        if value == "":
            raise InputError("-o: got an empty name, expected a folder; write -o . for this one")
        return super().convert(value, param, ctx)


OUT = click.option("-o", "--out", type=Folder(path_type=Path, file_okay=False), help="Run directory.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of tables.")
ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "plain"]),
    default="auto",
    help="plain: the model library's own encode.",
)
SCREEN = click.option(
    "--screen",
    flag_value="bfloat16",
    help="All in bfloat16; the farthest and a random tenth again in float32.",
)
TRUST = click.option("--trust-remote-code", is_flag=True, help="Run Python code that came with a model.")
SEED = click.option("--seed", type=click.IntRange(min=0), default=0, help="Of every random choice.")


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "-p", "--probe", "probes", multiple=True, metavar="PROBE,...|FILE", help="Default: comma and ablation."
)
@click.option(
    "--suite",
    type=click.Choice(["quick", "standard", "full"]),
    help="All families; with -p, the size of those (quick: 32 labels).",
)
@click.option("--terms", metavar="FILE", help="Your own words: every operator of the kit over them.")
@click.option(
    "--fresh", type=click.IntRange(min=0), metavar="SEED", help="Also a draw that no published file holds."
)
@click.option(
    "--roles",
    type=click.Choice(["probe", "query", "document", "both"]),
    default="probe",
    help="Role of texts that have none of their own.",
)
@click.option(
    "--reference", metavar="MODEL", help="Hold the others against it: same base, earlier checkpoint ..."
)
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="At most N values of each slot.")
@SEED
@OUT
@ENGINE
@SCREEN
@TRUST
@JSON
def audit(out: Path | None, as_json: bool, **options: Any) -> None:
    """Measure how consistently MODEL behaves, and write a report.

    MODEL is `minilm`, a Hugging Face id or a local folder (`evenband list models`). What was
    measured is kept: the same command goes on where it was stopped.
    """
    from evenband.running import plan

    given = {key: value for key, value in options.items() if value not in (None, ())}
    todo = plan.build(**given)
    _perform(todo, out or default_folder(todo), as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="PLAN.toml")
@OUT
@JSON
def run(file: Path, out: Path | None, as_json: bool) -> None:
    """Carry out a plan file: models, probes, reference, sample, seed, out."""
    from evenband.running import plan

    todo = plan.read(file)
    _perform(todo, out or todo.out or default_folder(todo), as_json)


def _perform(todo: Plan, out: Path, as_json: bool) -> None:
    from evenband import api
    from evenband.cli.progress import bar
    from evenband.running import plan

    for name in plan.find_shadows(todo):
        click.echo(f"note: {name!r} is your own file's probe here, not evenband's of that name", err=True)
    with bar() as progress:
        results = api.perform(todo, out, command=["evenband", *sys.argv[1:]], progress=progress)
    if as_json:
        click.echo((out / "summary.json").read_text(encoding="utf-8"), nl=False)
    else:
        from evenband.cli.printing import console, overview

        overview.print_results(results)
        console.print_report_path(out / "report.html")
