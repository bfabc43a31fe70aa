"""``evenband parity``: the same texts through two references that should be one model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evenband.cli import consent
from evenband.cli.audit import JSON, OUT, SEED, SKIP, TRUST
from evenband.cli.consent import PRICE, YES
from evenband.cli.progress import QUIET, display, loading

BROKEN_LIMIT = 1
"""Exit code where a limit that the user set does not hold."""


@click.command()
@click.argument("left", metavar="MODEL")
@click.argument("right", metavar="MODEL")
@click.option(
    "-p",
    "--probe",
    "probes",
    multiple=True,
    metavar="PROBE,...|FILE",
    help="Probe whose texts are compared (default: comma).",
)
@click.option("--texts", metavar="FILE", help="Texts of your own in place of a probe's: FILE[@column=NAME].")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="At most N values or texts.")
@click.option(
    "--roles",
    type=click.Choice(["probe", "query", "document", "both"]),
    default="probe",
    help="Role of texts that have none of their own.",
)
@click.option("--engines", default="auto,auto", metavar="LEFT,RIGHT", help="One for each side: auto,plain.")
@click.option("--tolerance", type=float, metavar="X", help="Exit with 1 if any text's 1 - cosine exceeds X.")
@SKIP
@SEED
@OUT
@TRUST
@YES
@PRICE
@JSON
@QUIET
def parity(
    left: str,
    right: str,
    engines: str,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    yes: bool,
    price: float | None,
    **options: Any,
) -> int:
    """Embed the same texts with two references that should be one model: do they agree?

    Shows how far vectors, similarities, nearest neighbours and verdicts differ, and what each side
    sent to its model. Exits with 1 beyond the tolerance. Nothing is written without -o.
    """
    given = {key: value for key, value in options.items() if value is not None}
    sides = [engine.strip() for engine in engines.split(",")]
    with display(loading([left]), quiet=quiet):
        from evenband import api
        from evenband.running import costs
        from evenband.running.sides import build_parity

        todo = build_parity(left, right, engines=sides, **given)
        metered = costs.list_metered(todo.plan)
        expected = costs.estimate_sets(todo.text_sets() if metered else [], metered)
    consent.ask(lambda: expected, yes, price)
    with display(loading([left]), quiet=quiet) as progress:
        command = ["evenband", *sys.argv[1:]]
        results = api.perform_parity(todo, out, command=command, progress=progress)
    from evenband.cli.printing import agreements

    holds = agreements.print_agreement(results, as_json, out)
    return 0 if holds else BROKEN_LIMIT
