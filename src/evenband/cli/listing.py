"""``evenband list``: what exists."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

LISTABLE = ("models", "probes", "slots", "suites")
AROUND = 3
"""Words that are shown before and after a change."""

LONGEST = 66
"""Characters of an example."""


@click.command("list")
@click.argument("kind", type=click.Choice(LISTABLE))
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def listing(kind: str, name: str | None, as_json: bool) -> None:
    """Show which models, probes, slots or suites there are; of a probe by NAME, all of it."""
    from evenband.cli import inventory
    from evenband.cli.printing import console

    if name is not None:
        if kind != "probes":
            raise click.UsageError(f"got the name {name!r}, expected none: only probes can be looked at")
        _show(inventory.show_probe(name), as_json)
        return
    rows = getattr(inventory, f"list_{kind}")()
    if kind == "probes" and not as_json:
        rows = [_shortened(row) for row in rows]
    console.print_rows(rows, as_json)


def _show(probe: dict[str, Any], as_json: bool) -> None:
    """One probe: what it is for, then every sentence with an example."""
    from rich.table import Table
    from rich.text import Text

    from evenband.cli.printing import console

    if as_json:
        print(json.dumps(probe, ensure_ascii=False, indent=1))
        return
    terminal = console.console_of()
    terminal.print(
        Text(f"{probe['probe']} · {probe['type']} · {probe['size']} · {probe['effect']} the meaning")
    )
    for key in ("why", "covers", "weakness"):
        if probe[key]:
            terminal.print(Text(f"{key}: {probe[key]}"))
    filled = ", ".join(f"{{{gap}}} from {reference}" for gap, reference in probe["slots"].items())
    terminal.print(Text(f"slots: {filled}; suites: {', '.join(probe['suites']) or 'none'}"))
    for texts in probe["sentences"]:
        grid = Table.grid(padding=(0, 1))
        for name, text in texts:
            grid.add_row(Text(name, style="dim"), Text(text))
        terminal.print()
        terminal.print(grid)


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    """A probe's row for 80 columns: its smallest suite, and only the change of its example."""
    suites = row["suites"]
    return {
        "probe": row["probe"],
        "type": row["type"],
        "size": row["size"].replace(" x ", "x"),
        "suite": suites[0] if suites else None,
        "example": _change(row["example"][-2:] if row["type"] == "ORDER" else row["example"][:2]),
    }


def _change(texts: Sequence[str]) -> str:
    """``the patient has [asthma -> no asthma]``: what differs, with a few words around it."""
    a, b = (text.split() for text in texts)
    shortest = min(len(a), len(b))
    start = next((k for k in range(shortest) if a[k] != b[k]), shortest)
    room = shortest - start
    end = next((k for k in range(room) if a[-1 - k] != b[-1 - k]), room)
    before, after = a[:start], a[len(a) - end :]
    shown = ["…"] * (len(before) > AROUND) + before[-AROUND:]
    shown += [f"[{' '.join(a[start : len(a) - end])} → {' '.join(b[start : len(b) - end])}]"]
    shown += after[:AROUND] + ["…"] * (len(after) > AROUND)
    text = " ".join(shown)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
