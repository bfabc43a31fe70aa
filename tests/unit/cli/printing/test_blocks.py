"""A section of the report on the terminal: all of its words, in 80 columns."""

from __future__ import annotations

import pytest

from evenband.cli.printing.blocks import print_block, print_section
from evenband.report.views import (
    Cell,
    Column,
    Notes,
    Points,
    Prose,
    Row,
    Section,
    Table,
    TextPair,
    Tree,
)

LONG = "The answer of every query is looked for among all documents, and its place is written down. " * 2


def table(columns: int, rows: int = 2) -> Table:
    """Subjects by pipelines, each with a long name."""
    heads = (Column("Subject"), *(Column(f"pipeline-{k}-exact+rerank", True) for k in range(columns)))
    body = tuple(
        Row((Cell(f"subject-{j}"), *(Cell(f"0.{j}{k}", note="0.10 to 0.20") for k in range(columns))))
        for j in range(rows)
    )
    return Table("t", "Mean nDCG@10 over 50 queries.", heads, body)


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed, in 80 columns, with single spaces."""
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    return " ".join(out.split())


@pytest.mark.parametrize("columns", [1, 3, 8])
def test_a_section_is_printed_whole_in_80_columns(columns: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Title, notes, sentences, points and table, in their order; a wide table is folded."""
    blocks = (
        Notes((("short", LONG), ("long", "few queries"))),
        Prose((LONG, "Second paragraph.")),
        Points("What follows", (LONG, "Second point.")),
        table(columns),
    )
    print_section(Section("kind-0", "Probe questions", blocks))
    out = printed(capsys)
    words = " ".join(LONG.split())
    parts = ["Probe questions", f"! short: {words}", "! long: few queries", words, "Second paragraph."]
    parts += ["What follows", f"- {words}", "- Second point.", "Mean nDCG@10 over 50 queries."]
    assert out.startswith(" ".join(parts))
    if columns == 1:
        assert "subject-1 0.10 [0.10 to 0.20]" in out


def test_a_row_has_its_head_and_how_to_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row((Cell("−0.02", note="−0.05 to 0.01"),), head="recall@10", reads="right minus left")
    print_block(Table("t", "Paired over items.", (Column("Figure"), Column("Change", True)), (row,)))
    assert "recall@10 (right minus left) −0.02 [−0.05 to 0.01]" in printed(capsys)


def test_two_texts_of_one_cell_stand_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """Both whole, also what they have in common."""
    pair = TextPair("let's eat", ",", "", " grandma")
    print_block(Table("t", "Pairs.", (Column("Texts"),), (Row((Cell("", pair=pair),)),)))
    assert "let's eat, grandma let's eat grandma" in printed(capsys)


def test_an_empty_table_says_that_it_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    print_block(Table("t", "What moved.", (Column("Value"),), (), empty="Nothing moved."))
    assert printed(capsys) == "What moved. Nothing moved."


def test_nothing_in_a_text_is_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """Square brackets, colons and tags are printed as they are."""
    hostile = "[red]x[/red] :smile: <b> [link=a]b[/link]"
    cells = (Cell(hostile, user=True),)
    blocks = {
        Notes(((hostile, hostile),)): 2,
        Prose((hostile,)): 1,
        Points(hostile, (hostile,)): 2,
        Table("t", hostile, (Column(hostile),), (Row(cells),)): 3,
    }
    for block, times in blocks.items():
        print_block(block)
        assert printed(capsys).count(hostile) == times


def test_what_a_terminal_cannot_show_is_left_to_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    print_block(Tree("The run", (("seed", "0"),)))
    assert capsys.readouterr().out == ""
