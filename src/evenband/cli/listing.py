"""``evenband list``: what exists."""

from __future__ import annotations

import click

KINDS = ("models", "probes", "slots", "suites")


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def listing(kind: str, as_json: bool) -> None:
    """Show which models, probes, slots or suites there are."""
    from evenband import inventory
    from evenband.cli import tables

    tables.print_rows(getattr(inventory, f"list_{kind}")(), as_json)
