"""Word arithmetic as printed."""

from __future__ import annotations

import json
from pathlib import Path

from rich.text import Text

from evenband.analysis import Results
from evenband.cli.printing.console import console_of, print_report_path, table_of
from evenband.cli.printing.overview import print_results
from evenband.narrative.arithmetic import CONVENTION_WORDS
from evenband.report.output import summary_text
from evenband.running.arithmetic_runs import Arithmetic, Parallel


def print_arithmetic(found: Arithmetic | Parallel, as_json: bool) -> None:
    """Print the nearest words of an expression by every convention, or the cosine of two expressions."""
    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    console = console_of()
    if isinstance(found, Parallel):
        console.print(Text(f"{found.left}  against  {found.right}  ({found.subject.name})", style="bold"))
        console.print(f"cosine of the two vectors: raw {found.raw:.4f}, normalised {found.normalised:.4f}")
        return
    title = f"{found.expression}  ({found.subject.name}, {found.candidates:,} words)"
    table = table_of(title)
    table.add_column("", justify="right")
    for one in found.nearest:
        table.add_column(Text(one.convention), overflow="fold")
        table.add_column("", justify="right")
    for place in range(max(len(one.words) for one in found.nearest)):
        cells: list[str | Text] = [str(place + 1)]
        for one in found.nearest:
            has_word = place < len(one.words)
            cells += [Text(one.words[place]), f"{one.scores[place]:.4f}"] if has_word else ["", ""]
        table.add_row(*cells)
    console.print(table)
    for one in found.nearest:
        console.print(Text(f"{one.convention}: {CONVENTION_WORDS[one.convention]}"))


def print_analogies(results: Results, as_json: bool, out: Path | None) -> None:
    """Print accuracy by model, convention and section, or summary.json."""
    if as_json:
        print(summary_text(results), end="")
        return
    print_results(results)
    if out is not None:
        print_report_path(out / "report.html")
