"""What ``evenband reproduce`` prints: the claims and what they lack here, or one, expected and found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from evenband.cli.printing.console import console_of, print_report_path, table_of
from evenband.narrative.formats import MISSING
from evenband.running.reproductions import (
    Checked,
    Claim,
    Earlier,
    Reproduction,
    missing_for,
    remarks_on,
)
from evenband.wording import counted

WORDS_OF_ORIGINS = {
    "third party": "somebody else's, not the source's",
    "ours": "evenband's own first run, not a publication",
}
"""What is said of figures by their origin."""


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
    for line in _origins(claim):
        console.print(Text(line))
    if claim.note:
        console.print(Text(f"note: {claim.note}"))
    if result.earlier is not None:
        console.print(Text(_told_earlier(result.earlier)))
    if result.out is not None:
        print_report_path(result.out / "report.html")
    held = sum(one.passed for one in result.checked)
    print(f"{claim.name}: {held} of {counted(len(result.checked), 'figure')} as expected")


def _origins(claim: Claim) -> list[str]:
    """Return what is to be said of figures that are not the source's own."""
    origins = [claim.origin_of(one) for one in claim.expected]
    lines = []
    for origin, words in WORDS_OF_ORIGINS.items():
        if set(origins) == {origin}:
            lines.append(f"These figures are {words}.")
        elif origin in origins:
            named = [one.claim for one in claim.expected if claim.origin_of(one) == origin]
            verb = "is" if len(named) == 1 else "are"
            lines.append(f"{counted(len(named), 'figure')} {verb} {words}: {'; '.join(named)}")
    return lines


def _told_earlier(earlier: Earlier) -> str:
    """Return when the measurements were made that this command found, and with which other versions."""
    date = "at an unknown time" if earlier.measured is None else f"on {earlier.measured[:10]}"
    if not earlier.versions:
        return f"Measured {date} with unknown versions, and not again; another -o measures anew."
    if not earlier.others:
        return f"Measured {date} with the versions that are here now, and not again."
    others = [f"{name} {then} (here: {now or 'none'})" for name, (then, now) in earlier.others.items()]
    return f"Measured {date} with {', '.join(others)}, and not again; another -o measures anew."


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
