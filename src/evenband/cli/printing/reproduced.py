"""What ``evenband reproduce`` prints: the claims and what they lack here, or one, expected and found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from evenband.cli.printing.console import console_of, print_report_path, table_of
from evenband.narrative.formats import MISSING
from evenband.running.reproductions import Checked, Claim, Reproduction, missing_for, remarks_on
from evenband.wording import counted


def print_claims(claims: Sequence[Claim], files: Mapping[str, Path], as_json: bool) -> None:
    """Print every claim, and whether it can be reproduced here; as JSON with what it needs."""
    rows = [_row(claim, files) for claim in claims]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = table_of("")
    table.add_column("claim", no_wrap=True)
    table.add_column("is", overflow="fold")
    table.add_column("here", overflow="fold")
    for row in rows:
        here = "; ".join(["runs", *row["remarks"]] if row["runs"] else ["needs", *row["missing"]])
        here = here.replace("runs; ", "runs: ").replace("needs; ", "needs ")
        table.add_row(row["name"], row["title"], Text(here, style="" if row["runs"] else "yellow"))
    console_of().print(table)
    running = sum(row["runs"] for row in rows)
    print(f"{running} of {counted(len(rows), 'claim')} can run here: evenband reproduce NAME")


def _row(claim: Claim, files: Mapping[str, Path]) -> dict[str, Any]:
    """Return a claim as plain data, with what is missing here."""
    own = {name: path for name, path in files.items() if name in claim.needs.files}
    missing = missing_for(claim, own)
    return {
        "name": claim.name,
        "title": claim.title,
        "source": claim.source,
        "origin": claim.origin,
        "date": claim.date or None,
        "runs": not missing,
        "missing": missing,
        "remarks": remarks_on(claim),
        "needs": claim.needs.model_dump(mode="json"),
        "figures": len(claim.expected),
    }


def print_reproduction(result: Reproduction, as_json: bool) -> None:
    """Print each figure of a claim, expected and found, and whether all are as expected."""
    if as_json:
        print(json.dumps(result.to_dict(), ensure_ascii=False, indent=1, allow_nan=False))
        return
    claim = result.claim
    table = table_of(claim.title)
    table.add_column("claim", overflow="fold")
    table.add_column("expected", justify="right", overflow="fold")
    table.add_column("found", justify="right", overflow="fold")
    table.add_column("")
    for one in result.checked:
        verdict = Text("ok") if one.passed else Text("FAIL", style="red")
        table.add_row(Text(one.expected.claim), Text(_expected(one)), Text(_shown(one.found)), verdict)
    console = console_of()
    console.print(table)
    console.print(Text(f"source: {claim.source}{', ' + claim.date if claim.date else ''}"))
    if claim.origin == "ours":
        console.print(Text("These figures are evenband's own first run, not a publication."))
    if claim.note:
        console.print(Text(f"note: {claim.note}"))
    if result.out is not None:
        print_report_path(result.out / "report.html")
    held = sum(one.passed for one in result.checked)
    print(f"{claim.name}: {held} of {counted(len(result.checked), 'figure')} as expected")


def _expected(one: Checked) -> str:
    """Return what is expected of a figure in a few characters."""
    expected, parts = one.expected, []
    if expected.value is not None:
        near = f" ± {expected.tolerance:g}" if expected.tolerance else ""
        parts.append(f"{_shown(expected.value)}{near}")
    if expected.above is not None:
        parts.append(f"above {_shown(one.above)}")
    if expected.below is not None:
        parts.append(f"below {_shown(one.below)}")
    return ", ".join(parts)


def _shown(value: Any) -> str:
    """Return a figure as text: numbers with four decimals, lists with commas between."""
    if value is None or value != value:
        return MISSING
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
