"""Letter ablations in the terminal: the strings, real words marked, similar real words beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from rich.table import Table
from rich.text import Text

from evenband.analysis import PairsAudit
from evenband.cli.printing.console import console_of, table_of
from evenband.narrative.formats import number
from evenband.narrative.reticence import name_of


def print_ablation(audit: PairsAudit, as_json: bool) -> None:
    """Print the 26 strings with real words marked, and matched real words beside them; or rows as JSON."""
    rows = list(_ablation_rows(audit, every_label=as_json))
    if as_json:
        print(
            json.dumps({"model": audit.measurement.subject.name, "rows": rows}, ensure_ascii=False, indent=1)
        )
        return
    for template in audit.measurement.conditions:
        title = f"{audit.measurement.subject.name} · {template}"
        console_of().print(_template_table(title, [row for row in rows if row["template"] == template]))
        console_of().print("* a real word. Bars: how far s is below the largest s.")


def _template_table(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    """Return the strings of one template beside the matched real words, lowest of these first."""
    low, high = min(row["score"] for row in rows), max(row["score"] for row in rows)
    table = table_of(title)
    for name in ("string", "s", "", "matched word", "s", ""):
        table.add_column(name, justify="right" if name == "s" else "left", no_wrap=True)
    letters = [row for row in rows if row["group"] == "letter"]
    matched = sorted((row for row in rows if row["group"] != "letter"), key=lambda row: row["score"])
    for left, right in zip_longest(letters, matched):
        table.add_row(*_ablation_cells(left, low, high), *_ablation_cells(right, low, high))
    return table


def letters_table(audits: Sequence[PairsAudit]) -> Table:
    """Return s of the real words among the 26 strings, and the ranges of the other strings and words."""
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


def _ablation_rows(audit: PairsAudit, *, every_label: bool = False) -> Iterable[dict[str, Any]]:
    measurement = audit.measurement
    for i, label in enumerate(measurement.items):
        for j, template in enumerate(measurement.conditions):
            yield {
                "label": label if every_label else name_of(audit, i, j),
                "template": template,
                "group": measurement.columns["group"][i],
                "letter": measurement.columns["letter"][i],
                "is_word": measurement.columns["is_word"][i],
                "score": float(measurement.scores[i, j]),
            }


def _ablation_cells(row: dict[str, Any] | None, low: float, high: float) -> list[Any]:
    if row is None:
        return ["", "", ""]
    width = 0 if high <= low else round(8 * (high - row["score"]) / (high - low))
    mark = " *" if row["is_word"] and row["group"] == "letter" else ""
    return [Text(row["label"] + mark, style="bold" if mark else ""), f"{row['score']:.4f}", "█" * width]
