"""What ``evenband list`` prints: short rows of all probes, and all the sentences of one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from evenband.cli.printing.console import console_of

WORDS_AROUND = 3
"""Words shown before and after a change."""

EXAMPLE_LENGTH = 66
"""Characters of an example, at most."""


def print_probe(probe: dict[str, Any], as_json: bool) -> None:
    """Print what one probe is for, then an example of each of its sentences."""
    if as_json:
        print(json.dumps(probe, ensure_ascii=False, indent=1))
        return
    console = console_of()
    console.print(
        Text(f"{probe['probe']} · {probe['type']} · {probe['size']} · {probe['effect']} the meaning")
    )
    for key in ("why", "covers", "weakness"):
        if probe[key]:
            console.print(Text(f"{key}: {probe[key]}"))
    gaps = ", ".join(f"{{{gap}}} from {reference}" for gap, reference in probe["slots"].items())
    console.print(Text(f"slots: {gaps}; suites: {', '.join(probe['suites']) or 'none'}"))
    for texts in probe["sentences"]:
        grid = Table.grid(padding=(0, 1))
        for name, text in texts:
            grid.add_row(Text(name, style="dim"), Text(text))
        console.print()
        console.print(grid)


def shorten_row(row: dict[str, Any]) -> dict[str, Any]:
    """Fit a probe's row into 80 columns: its smallest suite, and of its example only the change."""
    suites = row["suites"]
    return {
        "probe": row["probe"],
        "type": row["type"],
        "size": row["size"].replace(" x ", "x"),
        "suite": suites[0] if suites else None,
        "example": _change(row["example"][-2:] if row["type"] == "ORDER" else row["example"][:2]),
    }


def _change(texts: Sequence[str]) -> str:
    """Return what differs, with some words around it: ``the patient has [asthma → no asthma]``."""
    a, b = (text.split() for text in texts)
    shortest = min(len(a), len(b))
    start = next((k for k in range(shortest) if a[k] != b[k]), shortest)
    room = shortest - start
    end = next((k for k in range(room) if a[-1 - k] != b[-1 - k]), room)
    before, after = a[:start], a[len(a) - end :]
    words = ["…"] * (len(before) > WORDS_AROUND) + before[-WORDS_AROUND:]
    words += [f"[{' '.join(a[start : len(a) - end])} → {' '.join(b[start : len(b) - end])}]"]
    words += after[:WORDS_AROUND] + ["…"] * (len(after) > WORDS_AROUND)
    text = " ".join(words)
    return text if len(text) <= EXAMPLE_LENGTH else f"{text[: EXAMPLE_LENGTH - 1]}…"
