"""``evenband audit`` and ``evenband run``: measure, analyse, report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenband.cli import consent
from evenband.cli.consent import PRICE, YES
from evenband.cli.progress import QUIET, display, loading
from evenband.errors import InputError
from evenband.running.identity import default_folder

if TYPE_CHECKING:
    from evenband.running.plan import Plan


class Folder(click.Path):
    """A folder's name. It must not be empty: an empty name would mean the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert the name as click does.

        Raises:
            InputError: if the name is empty.
        """
        if value == "":
            raise InputError("-o: got an empty name, expected a folder; write -o . for the current one")
        return super().convert(value, param, ctx)


OUT = click.option("-o", "--out", type=Folder(path_type=Path, file_okay=False), help="Run directory.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of tables.")
ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "plain"]),
    default="auto",
    help="plain: the model library's own encode, slower.",
)
SCREEN = click.option(
    "--screen",
    flag_value="bfloat16",
    help="Encode in bfloat16, then the farthest pairs and a random tenth again in float32.",
)
TRUST = click.option("--trust-remote-code", is_flag=True, help="Run Python code that comes with a model.")
SKIP = click.option(
    "--skip-bad", is_flag=True, help="Leave out rows and texts that cannot be measured, and list them."
)
SEED = click.option("--seed", type=click.IntRange(min=0), default=0, help="Seed of all random choices.")


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "-p", "--probe", "probes", multiple=True, metavar="PROBE,...|FILE", help="Default: comma and ablation."
)
@click.option(
    "--suite",
    type=click.Choice(["quick", "standard", "full"]),
    help="Audit all probe families; with -p, those in this size (quick: 32 labels).",
)
@click.option("--terms", metavar="FILE", help="Audit fifteen probe families over your own list of words.")
@click.option(
    "--fresh",
    type=click.IntRange(min=0),
    metavar="SEED",
    help="Also measure sentences that no published file holds.",
)
@click.option(
    "--roles",
    type=click.Choice(["probe", "query", "document", "both"]),
    default="probe",
    help="Role of the texts whose probe gives them none.",
)
@click.option(
    "--reference",
    metavar="MODEL",
    help="Compare the others with this one: their base, a checkpoint ...",
)
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Use at most N labels of each slot.")
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    metavar="N",
    help="Embed at most N texts of each probe: some at random, the rest where the farthest are expected.",
)
@click.option(
    "--predictor", metavar="MODEL", help="A cheap model that helps the budget to choose: `minilm`, say."
)
@SKIP
@SEED
@OUT
@ENGINE
@SCREEN
@TRUST
@YES
@PRICE
@JSON
@QUIET
def audit(
    out: Path | None, as_json: bool, quiet: bool, yes: bool, price: float | None, **options: Any
) -> None:
    """Measure how consistently MODEL behaves, and write a report.

    MODEL is `minilm`, a Hugging Face id or a local folder (`evenband list models`). Finished
    measurements are kept: the same command continues an interrupted run.
    """
    settings = {key: value for key, value in options.items() if value not in (None, ())}

    def build() -> tuple[Plan, Path]:
        from evenband.running import plan

        planned = plan.build(**settings)
        return planned, out or default_folder(planned)

    _perform(build, settings["models"], as_json, quiet, (yes, price))


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="PLAN.toml")
@OUT
@YES
@PRICE
@JSON
@QUIET
def run(file: Path, out: Path | None, as_json: bool, quiet: bool, yes: bool, price: float | None) -> None:
    """Carry out a plan file, which holds the options of `evenband audit`."""

    def read() -> tuple[Plan, Path]:
        from evenband.running import plan

        planned = plan.read(file)
        return planned, out or planned.out or default_folder(planned)

    _perform(read, (), as_json, quiet, (yes, price))


def _perform(
    planned: Callable[[], tuple[Plan, Path]],
    models: Sequence[str],
    as_json: bool,
    quiet: bool,
    paid: tuple[bool, float | None],
) -> None:
    """Carry out a plan and print its results.

    Args:
        planned: makes the plan and names the run directory; called after the display is there, since it
            imports much.
        models: references of the models, as far as known before.
        as_json: print summary.json.
        quiet: show no progress.
        paid: whether a large run on a paid API is agreed to, and the price of a million tokens.
    """
    with display(loading(models), quiet=quiet):
        from evenband import api
        from evenband.running import costs, plan

        todo, out = planned()
        expected = costs.estimate_plan(todo)
    consent.ask(lambda: expected, *paid)
    with display(loading(models), quiet=quiet) as progress:
        for name in plan.find_shadows(todo):
            click.echo(f"note: {name!r} is your own file's probe here, not evenband's", err=True)
        results = api.perform(todo, out, command=["evenband", *sys.argv[1:]], progress=progress)
    if as_json:
        click.echo((out / "summary.json").read_text(encoding="utf-8"), nl=False)
    else:
        from evenband.cli.printing import console, overview

        overview.print_results(results)
        console.print_report_path(out / "report.html")
        overview.print_moved(results)
