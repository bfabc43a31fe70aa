"""Sections of the report as terminal text, for kinds of measurement without a printer of their own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from rich.text import Text

from evenband.analysis.audits import subject_notes
from evenband.cli.printing.console import console_of, table_of
from evenband.report.views import Cell, Notes, Points, Prose, Section, Table
from evenband.types import Measurement


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
    for column in block.columns:
        table.add_column(Text(column.name), justify="right" if column.numeric else "left", overflow="fold")
    for row in block.rows:
        head = [] if row.head is None else [Text(f"{row.head} ({row.reads})" if row.reads else row.head)]
        table.add_row(*head, *(_cell(cell) for cell in row.cells))
    console_of().print(table)


def _cell(cell: Cell) -> Text:
    """Return a cell's text with its note in brackets; a pair of texts on two lines."""
    if cell.pair is not None:
        pair = cell.pair
        return Text(f"{pair.before}{pair.a}{pair.after}\n{pair.before}{pair.b}{pair.after}")
    return Text(f"{cell.text} [{cell.note}]" if cell.note else cell.text)
