"""Letter ablations as printed: the strings, real words marked, matched real words beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from evenband.analysis import PairsAudit
from evenband.cli.printing.console import console_of, number, table_of


def print_ablation(audit: PairsAudit, as_json: bool) -> None:
    """The 26 strings, real words marked; matched real words beside them."""
    rows = list(_ablation_rows(audit))
    if as_json:
        print(
            json.dumps({"model": audit.measurement.subject.name, "rows": rows}, ensure_ascii=False, indent=1)
        )
        return
    console = console_of()
    for template in audit.measurement.conditions:
        here = [row for row in rows if row["template"] == template]
        low, high = min(row["score"] for row in here), max(row["score"] for row in here)
        table = table_of(f"{audit.measurement.subject.name} · {template}")
        for name in ("string", "s", "", "matched word", "s", ""):
            table.add_column(name, justify="right" if name == "s" else "left", no_wrap=True)
        letters = [row for row in here if row["group"] == "letter"]
        matched = sorted((row for row in here if row["group"] != "letter"), key=lambda row: row["score"])
        for index in range(max(len(letters), len(matched))):
            cells: list[Any] = []
            for side in (letters, matched):
                row = side[index] if index < len(side) else None
                cells += _ablation_cells(row, low, high)
            table.add_row(*cells)
        console.print(table)
        console.print("* a real word. Bars: how far s lies below the largest one.")


def letters_table(audits: Sequence[PairsAudit]) -> Table:
    """S of the real words among the 26 strings, and the range of the other strings and words."""
    first = audits[0].measurement
    table = table_of(f"{first.probe.name} · {first.probe.slot.partition(':')[2].partition('@')[0]}")
    table.add_column("similarity s", no_wrap=True)
    for audit in audits:
        table.add_column(Text(audit.measurement.subject.name), justify="right")
    rows = [list(_ablation_rows(audit)) for audit in audits]
    words = [row["label"] for row in rows[0] if row["is_word"] and row["group"] == "letter"]
    for word in dict.fromkeys(words):
        table.add_row(
            Text(word), *(_range(row["score"] for row in one if row["label"] == word) for one in rows)
        )
    for name, group, is_word in (
        ("the other strings", "letter", False),
        ("matched real words", "matched", True),
    ):
        chosen = [
            [row["score"] for row in one if (row["group"], row["is_word"]) == (group, is_word)]
            for one in rows
        ]
        if chosen[0]:
            table.add_row(name, *(_range(scores) for scores in chosen))
    return table


def _range(scores: Iterable[float]) -> str:
    ordered = sorted(scores)
    low, high = number(ordered[0]), number(ordered[-1])
    return low if low == high else f"{low} to {high}"


def _ablation_rows(audit: PairsAudit) -> Iterable[dict[str, Any]]:
    made = audit.measurement
    for i, label in enumerate(made.items):
        for j, template in enumerate(made.conditions):
            yield {
                "label": label,
                "template": template,
                "group": made.columns["group"][i],
                "letter": made.columns["letter"][i],
                "is_word": made.columns["is_word"][i],
                "score": float(made.scores[i, j]),
            }


def _ablation_cells(row: dict[str, Any] | None, low: float, high: float) -> list[Any]:
    if row is None:
        return ["", "", ""]
    width = 0 if high <= low else round(8 * (high - row["score"]) / (high - low))
    mark = " *" if row["is_word"] and row["group"] == "letter" else ""
    return [Text(row["label"] + mark, style="bold" if mark else ""), f"{row['score']:.4f}", "█" * width]
