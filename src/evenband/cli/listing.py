"""``evenband list``: show what exists."""

from __future__ import annotations

import click

LISTABLE = ("models", "probes", "slots", "suites")


@click.command("list")
@click.argument("kind", type=click.Choice(LISTABLE))
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def listing(kind: str, name: str | None, as_json: bool) -> None:
    """List models, probes, slots or suites. `list probes NAME` shows one probe with all its sentences."""
    from evenband.cli import inventory
    from evenband.cli.printing import console, listings

    if name is not None:
        if kind != "probes":
            raise click.UsageError(f"got the name {name!r}, expected none: only probes can be shown by name")
        listings.print_probe(inventory.show_probe(name), as_json)
        return
    rows = getattr(inventory, f"list_{kind}")()
    if kind == "probes" and not as_json:
        rows = [listings.shorten_row(row) for row in rows]
    console.print_rows(rows, as_json)
