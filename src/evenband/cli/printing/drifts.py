"""What ``evenband canary check`` prints: the texts that moved, and how far."""

from __future__ import annotations

import json
from typing import Any

from rich.text import Text

from evenband.cli.printing.console import console_of, table_of
from evenband.encoders.redaction import redact
from evenband.narrative.formats import MISSING
from evenband.running.canaries import CanaryCheck, Drift
from evenband.types import Role
from evenband.wording import counted, signed_as_read

TEXT_WIDTH = 34
"""Characters of a text in the table."""


def print_check(check: CanaryCheck, as_json: bool) -> None:
    """Print the result of a check as a sentence and a table, or as JSON."""
    if as_json:
        print(json.dumps(_plain(check), ensure_ascii=False, indent=1))
        return
    model, vectors = redact(check.spec.ref), counted(len(check.drifts), "vector")
    if check.moved:
        print(
            f"{model}: of {vectors} {len(check.moved)} moved since {check.canary.saved} "
            f"(1 − cosine above {signed_as_read(f'{check.tolerance:g}')}, or another length)"
        )
        _print_table(check)
    else:
        print(
            f"{model}: {vectors} as on {check.canary.saved}; the largest 1 − cosine is "
            f"{signed_as_read(f'{check.largest_distance or 0:.1e}, up to {check.tolerance:g}')} is allowed"
        )
    for name, (then, now) in check.changes.items():
        print(f"{name} was {then!r}, now it is {now!r}")


def _print_table(check: CanaryCheck) -> None:
    table = table_of("")
    table.add_column("text")
    table.add_column("role")
    for heading in ("1 − cosine", "component", "length"):
        table.add_column(heading, justify="right")
    for drift in check.moved:
        role = MISSING if drift.role == Role.NONE else drift.role.value
        table.add_row(Text(_shortened(drift)), role, *_figures(drift))
    console_of().print(table)


def _figures(drift: Drift) -> tuple[str, str, str]:
    if drift.distance is None or drift.largest is None or drift.length is None:
        return "no vector", MISSING, MISSING
    distance, largest = (signed_as_read(f"{value:.1e}") for value in (drift.distance, drift.largest))
    return distance, largest, f"x {drift.length:.3f}"


def _shortened(drift: Drift) -> str:
    text = " ".join(drift.text.split())
    return text if len(text) <= TEXT_WIDTH else f"{text[: TEXT_WIDTH - 1]}…"


def _plain(check: CanaryCheck) -> dict[str, Any]:
    """Return everything of a check as plain data; ``moved`` are the texts beyond the tolerance."""
    return {
        "model": redact(check.spec.ref),
        "saved": check.canary.saved,
        "tolerance": check.tolerance,
        "texts": len(check.drifts),
        "largest_distance": check.largest_distance,
        "moved": [_row(drift) for drift in check.moved],
        "changes": {name: {"then": then, "now": now} for name, (then, now) in check.changes.items()},
    }


def _row(drift: Drift) -> dict[str, Any]:
    return {
        "text": drift.text,
        "role": drift.role.value,
        "distance": drift.distance,
        "largest_component": drift.largest,
        "length": drift.length,
    }
