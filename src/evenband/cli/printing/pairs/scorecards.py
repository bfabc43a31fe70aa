"""A model's scorecard on one screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from evenband.analysis.pairs.scorecard import Grade, Line, Scorecard
from evenband.cli.printing.console import NONE, console_of
from evenband.narrative.pairs.findings import (
    SAID,
    counts_of,
    freshness,
    grade_of,
    headline,
    meanings,
    ranked,
    ranked_over,
    sameness,
    size_of,
    staleness,
)
from evenband.types import Estimate

WIDTH = 80
FAMILY, OTHERS, GROUP, NAME = 20, 14, 13, 16
"""Columns with the space beside them: a family, its type and floor, a model's group; a name at most."""

LONG, SHORT, FEWEST = 30, 5, 3
"""Families that leave less room for sentences; the sentences then, and at least for one of many models."""

STYLES: dict[Grade, str] = {
    "reliable": "green",
    "inconsistent": "yellow",
    "fails": "red",
    "blind": "magenta",
}
MARKS: dict[Grade, str] = {"reliable": "+", "inconsistent": "~", "fails": "-", "blind": "o"}
LEGEND = "+ reliable   ~ inconsistent   - fails   o blind   ? not certain   C: consistency"


def print_scorecards(cards: Sequence[Scorecard]) -> None:
    """One table for all the models that fit beside each other, then what it means for each."""
    together = len(cards) > 1 and FAMILY + OTHERS + len(cards) * GROUP <= WIDTH
    if together:
        console_of().print(_side_by_side(cards))
        console_of().print(LEGEND)
    for card in cards:
        if not together:
            console_of().print(_alone(card))
        _print_meaning(card, len(cards))


def _print_meaning(card: Scorecard, cards: int) -> None:
    console = console_of()
    console.print(Text(f"\n{card.model}: {counts_of(card)}", style="bold"))
    console.print(Text(headline(card)))
    console.print(Text("What this means for search:"))
    most = SAID if len(card.lines) <= LONG else SHORT
    said = meanings(card, max(FEWEST, most // cards))
    for sentence in filter(None, (*said, freshness(card), staleness(card), sameness(card))):
        _print_item(sentence)
    console.print()


def _print_item(sentence: str) -> None:
    """A sentence with a hanging indent."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row("-", Text(sentence))
    console_of().print(grid)


def _alone(card: Scorecard) -> Table:
    """A row for each family, the worst first."""
    table = _table(f"scorecard · {card.model} · {len(card.lines)} families\n{size_of(card)}")
    drawn = any(line.fresh is not None for line in card.lines)
    for name in ("family", "type", "grade", "pass [90 %]", "C", "words", *(["fresh"] if drawn else [])):
        table.add_column(
            name, justify="left" if name in ("family", "type", "grade") else "right", overflow="fold"
        )
    for line in ranked(card.lines):
        grade = "blind, rightly" if line.harmless else grade_of(line)
        cells = [Text(grade, style=STYLES["reliable" if line.harmless else line.grade])]
        cells += [
            Text(one) for one in (_interval(line.pass_rate), _short(line.consistency.value), _floor(line))
        ]
        table.add_row(Text(line.probe), line.type, *cells, *([_fresh(line)] if drawn else []))
    return table


def _side_by_side(cards: Sequence[Scorecard]) -> Table:
    """A row for each family, a column for each model; the worst mean place first."""
    sizes = "\n".join(dict.fromkeys(size_of(card) for card in cards))
    table = _table(f"scorecards · {len(cards[0].lines)} families · pass rate, grade, C\n{sizes}")
    table.add_column("family", overflow="fold")
    table.add_column("type")
    table.add_column("words", justify="right")
    for card in cards:
        table.add_column(Text(card.model), justify="right", overflow="fold", max_width=NAME)
    known = [{line.probe: line for line in card.lines} for card in cards]
    for name in ranked_over(cards):
        first = next(lines[name] for lines in known if name in lines)
        cells = [_group(lines[name]) if name in lines else Text(NONE) for lines in known]
        table.add_row(Text(name), first.type, _floor(first), *cells)
    return table


def _group(line: Line) -> Text:
    mark = MARKS[line.grade] + ("" if line.certain else "?")
    style = STYLES["reliable" if line.harmless else line.grade]
    return Text(f"{_short(line.pass_rate.value)} {mark:<2} {_short(line.consistency.value):>4}", style=style)


def _table(title: str) -> Table:
    """Rows as close as can be."""
    return Table(
        title=Text(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )


def _fresh(line: Line) -> Text:
    if line.fresh is None:
        return Text(NONE)
    harder = line.fresh.harder
    return Text(
        _short(line.fresh.pass_rate.value) + (" !" if harder else "  "), style="red" if harder else ""
    )


def _floor(line: Line) -> str:
    return _short(line.baselines.get("words"))


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return _short(estimate.value)
    return f"{_short(estimate.value)} [{_short(estimate.low)}, {_short(estimate.high)}]"


def _short(value: float | None) -> str:
    """``.67``, ``1.00``; NONE for no value."""
    return NONE if value is None else f"{value:.2f}".removeprefix("0" if value < 1 else "")
