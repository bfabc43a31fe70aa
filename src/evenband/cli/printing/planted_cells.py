"""What was planted into a model, on stdout."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from evenband.cli.printing.console import console_of, table_of
from evenband.wording import counted

if TYPE_CHECKING:
    from evenband.train.planted_truth import Truth


def print_planted(truth: Truth, folder: Path, as_json: bool) -> None:
    """Print the planted cells with their cosines, and the audit that should find them; or JSON."""
    if as_json:
        print(json.dumps({"folder": str(folder), **asdict(truth)}, ensure_ascii=False, indent=1))
        return
    what = counted(len(truth.cells), f"{truth.kind} cell") if truth.cells else "the rule"
    print(f"{folder}: {what} planted into {truth.model}, {counted(truth.steps, 'step')}")
    if truth.cells:
        table = table_of("")
        for name in ("noun", "sentence"):
            table.add_column(name, overflow="fold")
        for name in ("before", "after", "distance"):
            table.add_column(name, justify="right")
        for cell in truth.cells:
            cosines = (f"{cell.before:.3f}", f"{cell.after:.3f}", f"x {cell.factor:.1f}")
            table.add_row(Text(cell.label), Text(cell.template), *cosines)
        console_of().print(table)
    if not truth.converged:
        print("! not every cosine reached its target; fewer cells or a smaller size would")
    print(
        f"next: evenband audit {folder} -p comma8 --sample {truth.sample} --seed {truth.audit_seed} "
        f"--reference {truth.model}"
    )
