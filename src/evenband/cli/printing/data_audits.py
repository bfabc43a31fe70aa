"""What an audit of training data found, on stdout: a verdict for each question, figures, quoted rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.text import Text

from evenband.cli.printing.console import console_of, table_of
from evenband.narrative.formats import MISSING
from evenband.train.data_verdicts import verdicts_of
from evenband.wording import counted

if TYPE_CHECKING:
    from evenband.train.data_findings import Coverage, DataAudit, Quotation, Shortcut, Tally

QUOTED_WIDTH = 74
MOST_TALLIES = 10


def print_data_audit(audit: DataAudit, as_json: bool) -> None:
    """Print an audit of training data, as text or as JSON."""
    if as_json:
        print(json.dumps(_fields(audit), ensure_ascii=False, indent=1))
        return
    print(
        f"{audit.source} · {audit.kind} · {counted(audit.rows, 'row')}, {counted(audit.texts, 'text')} · "
        f"{audit.seconds:.0f} s"
    )
    verdicts = verdicts_of(audit)
    _print_shortcuts(audit.shortcuts, audit.kind, verdicts["shortcuts"])
    _print_section("duplicates", verdicts["duplicates"], audit.duplicates)
    _print_section("leakage", verdicts["leakage"], audit.leaks, "texts")
    if audit.coverage is not None:
        _print_coverage(audit.coverage, verdicts["coverage"])
    _print_section("famous pairs", verdicts["famous pairs"], audit.famous)
    for remark in audit.remarks:
        print(f"! {remark}")


def _fields(audit: DataAudit) -> dict[str, Any]:
    fields = asdict(audit)
    if audit.coverage is not None:
        fields["coverage"]["corpus"] = str(audit.coverage.corpus)
    return {"format": 1, "verdicts": verdicts_of(audit), **fields}


def _print_shortcuts(shortcuts: Sequence[Shortcut], kind: str, verdict: str) -> None:
    asked = {
        "triplets": "positive or negative?",
        "pairs": "own positive?",
        "scored": "score above the median?",
    }[kind]
    _print_verdict("shortcuts", verdict)
    table = table_of("")
    table.add_column(asked)
    for name in ("AUC [90%]", "chance", "p"):
        table.add_column(name, justify="right")
    table.add_column("")
    for one in shortcuts:
        if one.auc is None or one.auc.value is None or one.chance is None or one.p is None:
            table.add_row(one.name, MISSING, MISSING, MISSING, "")
            continue
        interval = f"{one.auc.value:.2f} [{one.auc.low:.2f}, {one.auc.high:.2f}]"
        flag = "flagged" if one.is_flagged else ""
        table.add_row(one.name, interval, f"to {one.chance:.2f}", f"{one.p:.3f}", flag)
    console = console_of()
    console.print(table)
    for one in shortcuts:
        if not one.is_flagged and one.auc is not None:
            continue
        console.print(Text(f"{one.name}: {one.how}"))
        _print_quotations(one.quotations)


def _print_section(title: str, verdict: str, tallies: Sequence[Tally], unit: str = "rows") -> None:
    _print_verdict(title, verdict)
    console = console_of()
    shown = [tally for tally in tallies if tally.count]
    for tally in shown[:MOST_TALLIES]:
        console.print(Text(f"{tally.count:>7,} of {tally.of:,} {unit}: {tally.name}"))
        _print_quotations(tally.quotations)
    if len(shown) > MOST_TALLIES:
        console.print(Text(f"and {len(shown) - MOST_TALLIES:,} more; all are in --json"))


def _print_coverage(coverage: Coverage, verdict: str) -> None:
    _print_verdict("coverage", verdict)
    console = console_of()
    console.print(Text(f"words of the corpus, by frequency, that the data has: {coverage.vocabulary:.1%}"))
    if coverage.missing:
        names = ", ".join(f"{word} ({count:,})" for word, count in coverage.missing)
        console.print(Text(f"most frequent that it lacks: {names}"))
    console.print(
        Text(
            f"median {coverage.measure} similarity of {counted(coverage.documents, 'document')} to the "
            f"nearest training text {coverage.nearest:.2f}, to the nearest other document "
            f"{coverage.within:.2f}; {coverage.far:.0%} are far from all training texts"
        )
    )
    _print_quotations(coverage.quotations)


def _print_verdict(title: str, verdict: str) -> None:
    console_of().print(Text(f"\n{title}: {verdict}", style="bold"))


def _print_quotations(quotations: Sequence[Quotation]) -> None:
    console = console_of()
    for quoted in quotations:
        for line in _lines(quoted):
            console.print(Text(line, style="dim"))


def _lines(quoted: Quotation) -> Iterator[str]:
    """Yield the place, then each text cut to a line."""
    yield f"    {quoted.place}:"
    for text in quoted.texts:
        line = " ".join(text.split())
        yield f"      {line if len(line) <= QUOTED_WIDTH else line[: QUOTED_WIDTH - 1] + '…'}"
