"""Sections of the report as terminal text, for kinds of measurement without a printer of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatch

from rich.text import Text

from evenband.analysis.audits import subject_notes
from evenband.cli.printing.console import console_of, table_of
from evenband.report.views import Cell, Notes, Points, Prose, Row, Section, Table
from evenband.types import Measurement

LONGEST_UNBROKEN = 12
"""Characters of a word, or of a column's widest cell, that a table does not break where there is room."""

ROOM_BETWEEN = 3
"""Columns of the terminal between two columns of a table, at most."""


def print_section(section: Section) -> None:
    """Print a section's title, notes, sentences and tables; figures are left out."""
    console_of().print(Text(section.title, style="bold"))
    for block in section.blocks:
        print_block(block)


def print_subject_notes(measurements: Iterable[Measurement]) -> None:
    """Print the notes on the models themselves, each once."""
    print_block(Notes(tuple(subject_notes(measurements))))


@singledispatch
def print_block(block: object) -> None:
    """Print one block, if the terminal can show it."""
    del block


@print_block.register
def _(block: Notes) -> None:
    for subject, note in block.notes:
        console_of().print(Text(f"! {subject}: {note}", style="yellow"))


@print_block.register
def _(block: Prose) -> None:
    for paragraph in block.paragraphs:
        console_of().print(Text(paragraph))


@print_block.register
def _(block: Points) -> None:
    console_of().print(Text(block.title, style="bold"))
    for sentence in block.sentences:
        console_of().print(Text(f"- {sentence}"))


@print_block.register
def _(block: Table) -> None:
    if not block.printed:
        return
    if not block.rows:
        console_of().print(Text(f"{block.caption} {block.empty}"))
        return
    table = table_of(block.caption)
    rows = [_texts(row) for row in block.rows]
    columns = [
        [column.name, *(row[place].plain for row in rows if place < len(row))]
        for place, column in enumerate(block.columns)
    ]
    console = console_of()
    fits = sum(map(_longest_word, columns)) + ROOM_BETWEEN * len(columns) <= console.width
    for column, texts in zip(block.columns, columns, strict=True):
        table.add_column(
            Text(column.name),
            justify="right" if column.numeric else "left",
            overflow="fold",
            no_wrap=fits and not column.numeric and max(map(len, texts)) <= LONGEST_UNBROKEN,
        )
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _texts(row: Row) -> list[Text]:
    """Return the texts of a row, its head first if it has one."""
    head = [] if row.head is None else [Text(f"{row.head} ({row.reads})" if row.reads else row.head)]
    return [*head, *map(_cell, row.cells)]


def _longest_word(texts: Sequence[str]) -> int:
    """Return the length of the longest word that a narrow table does not break."""
    return max((min(LONGEST_UNBROKEN, len(word)) for text in texts for word in text.split()), default=0)


def _cell(cell: Cell) -> Text:
    """Return a cell's text with its note in brackets; a pair of texts on two lines."""
    if cell.pair is not None:
        pair = cell.pair
        return Text(f"{pair.before}{pair.a}{pair.after}\n{pair.before}{pair.b}{pair.after}")
    return Text(f"{cell.text} [{cell.note}]" if cell.note else cell.text)
