"""What ``evenband check`` prints: figures that do not hold, and the others."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from rich.text import Text

from evenband.analysis.gates import Gate, GateVerdict
from evenband.cli.printing.console import console_of, table_of
from evenband.narrative.formats import bracketed, counted, number, signed
from evenband.running.gate_checks import GateCheck
from evenband.wording import listed

VERDICT_WORDS: dict[GateVerdict, str] = {
    "holds": "holds",
    "worse": "surely worse",
    "uncertain": "may be worse",
    "limit": "beyond the limit",
    "missing": "not measured",
}


def print_gates(check: GateCheck, as_json: bool) -> None:
    """Print the result of a check as a sentence and a table, or as JSON."""
    if as_json:
        print(json.dumps(_plain(check), ensure_ascii=False, indent=1))
        return
    print(sentence(check))
    table = table_of("")
    table.add_column("figure", no_wrap=True)
    table.add_column("of", overflow="fold")
    for heading in ("before", "now", "change"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", min_width=12)
    for gate in sorted(check.gates, key=lambda gate: gate.holds):
        table.add_row(*map(Text, _cells(gate)))
    console_of().print(table)
    if check.earlier is not None:
        print("Intervals hold for all figures at once with 90%.")
    if check.new:
        names = listed([f"{probe} on {model}" for model, probe in check.new])
        print(f"not in the earlier run, and so held against nothing of it: {names}")


def warn_of_gates(check: GateCheck) -> None:
    """Print what does not hold on stderr, beside a command's own JSON."""
    print(sentence(check), file=sys.stderr)
    for gate in check.broken:
        print(" ".join(" ".join(filter(None, _cells(gate))).split()), file=sys.stderr)


def sentence(check: GateCheck) -> str:
    """Return how many figures hold, and against what."""
    against = f" against {check.earlier}" if check.earlier is not None else ""
    figures = counted(len(check.gates), "figure")
    broken = len(check.broken)
    outcome = f"{broken} {'does' if broken == 1 else 'do'} not hold" if broken else "all hold"
    return f"{figures} held{against}: {outcome}"


def _cells(gate: Gate) -> tuple[str, ...]:
    verdict = VERDICT_WORDS[gate.verdict]
    if gate.verdict == "limit":
        verdict += f" {number(gate.limit)}"
    elif gate.verdict in ("worse", "uncertain") and gate.allowed:
        verdict += f" by more than {number(gate.allowed)}"
    return (
        gate.metric,
        f"{' '.join(filter(None, (gate.probe, gate.condition)))} on {gate.model}",
        number(gate.before),
        number(gate.after),
        bracketed(gate.change, signed, "\n"),
        verdict,
    )


def _plain(check: GateCheck) -> dict[str, Any]:
    """Return everything of a check as plain data."""
    return {
        "holds": not check.broken,
        "baseline": check.earlier,
        "gates": [asdict(gate) for gate in check.gates],
        "new": [{"model": model, "probe": probe} for model, probe in check.new],
    }
