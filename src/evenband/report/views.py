"""Views: what the template prints. Plain values with no numbers left to compute.

A page is a list of sections, a section a list of blocks. Each block names the macro that prints it, so
a new kind of block is a dataclass and a macro in ``assets/blocks.html.j2``. Blocks that only minimal
pairs have are in ``blocks/pairs/pair_views.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol


class Block(Protocol):
    """Part of a section.

    Attributes:
        kind: name of the macro that prints it.
    """

    kind: ClassVar[str]


@dataclass(frozen=True)
class TextPair:
    """Two texts cut where they differ.

    Attributes:
        before: what both begin with.
        a: middle of the first text.
        b: middle of the second text.
        after: what both end with.
    """

    before: str
    a: str
    b: str
    after: str


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: its content.
        note: small print below it, such as an interval.
        title: tooltip.
        sort: number to sort by; ``None`` to sort by the text.
        pair: two texts to show in place of one.
        user: whether the text comes from a user or a model, and must not change the page's writing direction.
        details: sentences that unfold below the text.
        kind: class of the text, such as a verdict; it decides the look of a pill.
    """

    text: str
    note: str = ""
    title: str = ""
    sort: float | None = None
    pair: TextPair | None = None
    user: bool = False
    details: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True)
class Column:
    """Head of a column. Numbers are aligned right."""

    name: str
    numeric: bool = False
    title: str = ""
    user: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        cells: the cells beside the head.
        head: head of the row, if it has one.
        reads: explanation below the head.
        claimed: whether the row is highlighted, as a claimed outlier.
    """

    cells: tuple[Cell, ...]
    head: str | None = None
    reads: str = ""
    claimed: bool = False


@dataclass(frozen=True)
class Table:
    """A table; a searchable one can be sorted and searched if JavaScript runs.

    Attributes:
        id: of the block.
        caption: what the table shows.
        columns: heads.
        rows: all rows.
        searchable: whether it can be sorted and searched.
        empty: what is shown in place of a table without rows.
        shown: rows that are visible at once, the others are folded; ``None`` for all.
        stacked: whether a row becomes a block on a narrow screen, so that no column is out of sight.
        printed: whether the terminal prints it, too.
    """

    kind: ClassVar[str] = "table"
    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    searchable: bool = False
    empty: str = "Nothing to show."
    shown: int | None = None
    stacked: bool = False
    printed: bool = True


@dataclass(frozen=True)
class Notes:
    """Warnings, each with the name of the subject that it is about."""

    kind: ClassVar[str] = "notes"
    notes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Prose:
    """Paragraphs."""

    kind: ClassVar[str] = "prose"
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """One of the charts between which a figure lets the reader choose.

    Attributes:
        name: what the reader chooses.
        specs: width in pixels and Vega-Lite spec, widest first.
        points: keys of the page's points that the chart draws.
        title: title of the PNG file.
        leading: whether the chart becomes a PNG file.
        axes: fields of a point on the horizontal and the vertical axis.
    """

    name: str
    specs: tuple[tuple[int, dict[str, Any]], ...]
    points: tuple[str, ...]
    title: str = ""
    leading: bool = True
    axes: tuple[str, str] = ("x", "s")


@dataclass(frozen=True)
class Figure:
    """A figure with sentences on how to read it and a text alternative."""

    kind: ClassVar[str] = "figure"
    id: str
    title: str
    alt: str
    reads: tuple[str, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Tree:
    """Nested names and values, such as a manifest."""

    kind: ClassVar[str] = "tree"
    title: str
    entries: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Terms:
    """Words and their meanings, folded up."""

    kind: ClassVar[str] = "terms"
    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Points:
    """A list of sentences under a title."""

    kind: ClassVar[str] = "points"
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A part of the page with a title, an introduction and example pairs."""

    id: str
    title: str
    blocks: Sequence[Block]
    lead: str = ""
    pairs: tuple[TextPair, ...] = ()


@dataclass(frozen=True)
class Page:
    """The whole page and the data of its charts.

    Attributes:
        title: what was measured on which subjects.
        subtitle: the question that the page answers.
        sections: in reading order.
        points: data of the charts, by key.
        labels: lists of labels that the points share, by key.
        version: of evenband.
        answer: sentences with which the page opens, such as which of two models is better.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    points: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    version: str = ""
    answer: tuple[str, ...] = ()
