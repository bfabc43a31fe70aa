"""Scorecards in the terminal: a model's families on one screen, or several models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from evenband.analysis.pairs.head_to_head import HeadToHead
from evenband.analysis.pairs.scorecard import Grade, Line, Scorecard
from evenband.cli.printing.console import console_of
from evenband.narrative.formats import MISSING, bracketed, short, signed
from evenband.narrative.pairs.findings import (
    MOST_SENTENCES,
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
from evenband.narrative.pairs.measures import sentence_on, with_similarity
from evenband.narrative.pairs.reservations import rivalry, unmeasured

WIDTH = 80
"""Columns of the terminal."""

FAMILY_WIDTH, TYPE_AND_BASELINE_WIDTH, MODEL_WIDTH = 20, 14, 13
"""Columns, with the space beside them, that a row needs for a family, its type and baseline, each model."""

LONGEST_NAME = 16
"""Columns of a model's name, at most; of a longer one its end is shown, in which versions differ."""

MANY_FAMILIES = 30
"""With more families than this there is less room for sentences."""

FEWER_SENTENCES, FEWEST_SENTENCES = 5, 3
"""Sentences on a model with many families, and on each of several models at least."""

STYLES: dict[Grade, str] = {
    "reliable": "green",
    "inconsistent": "yellow",
    "fails": "red",
    "blind": "magenta",
}
MARKS: dict[Grade, str] = {"reliable": "+", "inconsistent": "~", "fails": "-", "blind": "o"}
NO_GRADE = "."
"""Mark of a family without a grade."""

LEGEND = "+ reliable   ~ inconsistent   - fails   o blind   ? not certain   C: consistency"


DIFFERENCE = "difference: right minus left; * its 90% interval is clear of zero"


def print_scorecards(cards: Sequence[Scorecard], head_to_heads: Sequence[HeadToHead] = ()) -> None:
    """Print one table for all models if they fit side by side, then what it means for each.

    Args:
        cards: of the models.
        head_to_heads: of two models; their paired differences become a column of the table.
    """
    width = FAMILY_WIDTH + TYPE_AND_BASELINE_WIDTH + len(cards) * MODEL_WIDTH
    is_together = len(cards) > 1 and width <= WIDTH
    if is_together:
        differences = _differences(head_to_heads) if len(cards) == 2 else {}
        console_of().print(_side_by_side(cards, differences))
        console_of().print(LEGEND)
        if any(card.ungraded for card in cards):
            console_of().print(f"{NO_GRADE} no grade")
        if differences:
            console_of().print(DIFFERENCE)
    for card in cards:
        if not is_together:
            console_of().print(_alone(card))
        _print_meaning(card, len(cards))


def _print_meaning(card: Scorecard, cards: int) -> None:
    console = console_of()
    console.print(Text(f"\n{card.model}: {counts_of(card)}", style="bold"))
    console.print(Text(headline(card)))
    console.print(Text("What this means for search:"))
    most = MOST_SENTENCES if len(card.lines) <= MANY_FAMILIES else FEWER_SENTENCES
    sentences = meanings(card, max(FEWEST_SENTENCES, most // cards))
    if cards > 1 and (measure := sentence_on(card.similarity)):
        console.print(Text(measure))
    others = (unmeasured(card), rivalry(card), freshness(card), staleness(card), sameness(card))
    for sentence in filter(None, (*sentences, *others)):
        print_item(sentence)
    console.print()


def print_item(sentence: str) -> None:
    """Print a sentence with a hanging indent."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row("-", Text(sentence))
    console_of().print(grid)


def _alone(card: Scorecard) -> Table:
    """Return a row for each family, worst first."""
    measure = sentence_on(card.similarity)
    title = f"scorecard · {card.model} · {len(card.lines)} families\n{size_of(card)}"
    table = _table(f"{title}\n{measure}" if measure else title)
    drawn = any(line.fresh is not None for line in card.lines)
    for name in ("family", "type", "grade", "pass [90%]", "C", "words", *(["fresh"] if drawn else [])):
        table.add_column(
            name, justify="left" if name in ("family", "type", "grade") else "right", overflow="fold"
        )
    for line in ranked(card.lines):
        grade = grade_of(line)
        cells = [Text(grade, style=_style(line))]
        figures = (bracketed(line.pass_rate, short), short(line.consistency.value), _baseline(line))
        cells += [Text(figure) for figure in figures]
        table.add_row(Text(line.probe), line.type, *cells, *([_fresh(line)] if drawn else []))
    return table


def _differences(head_to_heads: Sequence[HeadToHead]) -> dict[str, Text]:
    """Return the paired difference of two models' pass rates by family, marked where it is clear of zero."""
    return {
        family.probe: Text(
            f"{signed(family.difference.value)} {' ' if family.better is None else '*'}",
            style="" if family.better is None else "bold",
        )
        for one in head_to_heads[:1]
        for family in one.families
    }


def _side_by_side(cards: Sequence[Scorecard], differences: Mapping[str, Text]) -> Table:
    """Return a row for each family and a column for each model, worst mean rank first."""
    sizes = "\n".join(dict.fromkeys(size_of(card) for card in cards))
    table = _table(f"scorecards · {len(cards[0].lines)} families · pass rate, grade, C\n{sizes}")
    table.add_column("family", overflow="fold")
    table.add_column("type")
    table.add_column("words", justify="right")
    for card in cards:
        name = with_similarity(card.model, card.similarity)
        name = name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"
        table.add_column(Text(name), justify="right", overflow="fold", max_width=LONGEST_NAME)
    if differences:
        table.add_column("difference", justify="right")
    by_name = [{line.probe: line for line in card.lines} for card in cards]
    for name in ranked_over(cards):
        first = next(lines[name] for lines in by_name if name in lines)
        of_name = [lines[name] for lines in by_name if name in lines]
        is_mixed = len({line.rivals for line in of_name}) > 1
        by_name = [{**lines, name: _common(lines[name])} if name in lines else lines for lines in by_name]
        cells = [_group(lines[name], is_mixed) if name in lines else Text(MISSING) for lines in by_name]
        more = [differences.get(name, Text(MISSING))] if differences else []
        table.add_row(Text(name), first.type, _baseline(first), *cells, *more)
    return table


def _common(line: Line) -> Line:
    """Return the line among as many rivals as all models have."""
    return line.common or line


def _group(line: Line, is_mixed: bool) -> Text:
    """Return pass rate, mark of the grade, consistency, and the rivals where the models' differ."""
    mark = NO_GRADE if line.grade is None else MARKS[line.grade] + ("" if line.certain else "?")
    figures = f"{short(line.pass_rate.value)} {mark:<2} {short(line.consistency.value):>4}"
    return Text(f"{figures}\n{line.rivals} rivals" if is_mixed else figures, style=_style(line))


def _style(line: Line) -> str:
    if line.grade is None:
        return "dim"
    return STYLES["reliable" if line.harmless else line.grade]


def _table(title: str) -> Table:
    """Return an empty table with as little space as possible."""
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
        return Text(MISSING)
    is_harder = line.fresh.harder
    mark = " !" if is_harder else "  "
    return Text(short(line.fresh.pass_rate.value) + mark, style="red" if is_harder else "")


def _baseline(line: Line) -> str:
    return short(line.baselines.get("words"))
