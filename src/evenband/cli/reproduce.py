"""``evenband reproduce``: published claims, and whether they hold here."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evenband.cli import consent
from evenband.cli.audit import OUT, TRUST
from evenband.cli.consent import PRICE, YES
from evenband.cli.parity import BROKEN_LIMIT
from evenband.cli.progress import QUIET, display, loading
from evenband.running.identity import RUNS


@click.command()
@click.argument("name", required=False, metavar="[NAME|FILE.toml]")
@click.option(
    "--file",
    "files",
    multiple=True,
    metavar="NAME=PATH",
    help="A file that the claim needs and that you have.",
)
@click.option("--anyway", is_flag=True, help="Try with less memory than it needs, and without a GPU.")
@OUT
@TRUST
@YES
@PRICE
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@QUIET
def reproduce(
    name: str | None,
    files: tuple[str, ...],
    out: Path | None,
    anyway: bool,
    as_json: bool,
    quiet: bool,
    trust_remote_code: bool,
    yes: bool,
    price: float | None,
) -> int:
    """List published claims, or measure one: is what was published found here?

    Prints each figure as expected and as found, and exits with 1 if one is outside its tolerance.
    """
    from evenband.cli.printing import reproduced
    from evenband.running import costs, reproductions
    from evenband.running.retrieval_costs import estimate_retrieval

    given = dict(map(_named_file, files))
    if name is None:
        reproduced.print_claims(reproductions.list_claims(), given, as_json)
        return 0
    with display(loading([name]), quiet=quiet):
        claim = reproductions.find_claim(name)
        todo = reproductions.todo_of(claim, given, anyway=anyway, trust_remote_code=trust_remote_code)
        expected = [] if todo.plan is None else costs.estimate_plan(todo.plan)
        expected += [] if todo.retrieval is None else estimate_retrieval(todo.retrieval)
    consent.ask(lambda: expected, yes, price)
    with display(loading([name]), quiet=quiet) as progress:
        folder = out or RUNS / f"reproduce-{claim.name}"
        command = ["evenband", *sys.argv[1:]]
        result = reproductions.reproduce(todo, folder, progress=progress, command=command)
    reproduced.print_reproduction(result, as_json)
    return 0 if result.passed else BROKEN_LIMIT


def _named_file(text: str) -> tuple[str, Path]:
    """Read ``NAME=PATH``.

    Raises:
        UsageError: if it has another form.
    """
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise click.UsageError(f"--file: got {text!r}, expected NAME=PATH, as in vectors=GoogleNews.bin")
    return name, Path(path).expanduser()
