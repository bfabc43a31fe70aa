"""``evenband ablate``: try all 26 letters in one place of a word."""

from __future__ import annotations

from typing import Any

import click

from evenband.cli.audit import ENGINE, SEED, TRUST
from evenband.cli.progress import QUIET, display, loading


@click.command()
@click.argument("model")
@click.argument("pattern", metavar='"grand?a"')
@click.option("-p", "--probe", default="comma", metavar="PROBE|FILE", help="Whose templates to fill.")
@SEED
@ENGINE
@TRUST
@click.option("--json", "as_json", is_flag=True, help="Print rows of JSON instead of a table.")
@QUIET
def ablate(model: str, pattern: str, as_json: bool, quiet: bool, **options: Any) -> None:
    """Put every letter in place of the `?`. Real words are marked, with similar real words beside them."""
    with display(loading([model]), quiet=quiet) as progress:
        from evenband import api

        audit = api.ablate(model, pattern, progress=progress, **options)
    from evenband.cli.printing.pairs import ablations

    ablations.print_ablation(audit, as_json)
