"""``evenband doctor``: check the installation."""

from __future__ import annotations

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def doctor(as_json: bool) -> None:
    """Check the installation: versions, extras, the embedded model's weights, cache, processor."""
    from evenband.cli import inventory
    from evenband.cli.printing import console

    rows = inventory.diagnose()
    console.print_rows(rows, as_json)
    if any(row["state"] == "broken" for row in rows):
        raise SystemExit(2)
