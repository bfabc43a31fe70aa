"""What a repair gained and what it cost, as tables and sentences or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from evenband.analysis.repairs import RepairJudgement, RepairLine
from evenband.cli.printing.console import console_of, print_report_path, table_of
from evenband.narrative.formats import short
from evenband.narrative.repairs import NOTHING_FOUND, points, repair_verdicts
from evenband.train.repair_folder import REPAIR_RECORD, RepairFolder

if TYPE_CHECKING:
    from evenband.train.repairing import Repair

TITLES = {"repaired": "to repair", "kept": "to keep", "other": "other families"}


def print_repair(done: Repair, as_json: bool) -> None:
    """Print a repair's tables, verdicts and files, or its record as JSON."""
    assert done.out is not None
    folder = RepairFolder(done.out)
    if as_json:
        print((folder.path / REPAIR_RECORD).read_text(encoding="utf-8"), end="")
        return
    console = console_of()
    if done.judgement is None:
        console.print(Text(NOTHING_FOUND))
        return
    print_tables(done.judgement)
    for sentence in repair_verdicts(done.judgement):
        console.print(Text(f"- {sentence}"))
    print(f"map: {folder.matrix} (rows of vectors times this; evenband.train.apply_repair)")
    if done.model is not None:
        print(f"repaired model: {done.model}")
    print_report_path(folder.audit / "report.html")


def print_tables(judgement: RepairJudgement) -> None:
    """Print a table of families for each part of a repair that has some."""
    console = console_of()
    for part, title in TITLES.items():
        lines = [line for line in judgement.lines if line.part == part]
        if not lines:
            continue
        table = table_of(f"{title} · {judgement.model}, on texts that nothing was learned from")
        for name in ("family", "type"):
            table.add_column(name)
        together = any(line.at_once is not None for line in lines)
        interval = f"points [90%, {len(lines)} at once]" if together else "points [90%]"
        for name in ("pass", "after", interval, "C", "after"):
            table.add_column(name, justify="right")
        for line in lines:
            table.add_row(*_row(line))
        console.print(table)


def _row(line: RepairLine) -> list[str]:
    figures = (line.before, line.after)
    evenness = (line.consistency_before, line.consistency_after)
    return [
        line.family,
        line.type,
        *(short(one.value) for one in figures),
        points(line.deciding),
        *(short(one.value) for one in evenness),
    ]
