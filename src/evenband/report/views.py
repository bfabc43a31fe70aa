"""What the template prints: plain values, no numbers left to compute.

A page is a list of sections, a section a list of blocks, and each block names the macro that
prints it; a new kind of block is a dataclass here and a macro in ``assets/blocks.html.j2``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class TextPair:
    """Two texts cut where they differ: what is common before, their own middles, what is common after."""

    before: str
    a: str
    b: str
    after: str


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: what it says.
        note: small print below, such as an interval.
        title: shown on hover.
        sort: what it sorts by; the text itself if ``None``.
        pair: two texts in place of one.
        user: the text came from a user or a model: isolated from the page's writing direction.
        details: sentences that unfold below the text.
        kind: what the text is one of, such as a verdict; it decides the look of a pill.
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
    """A column's head; numbers are set flush right."""

    name: str
    numeric: bool = False
    title: str = ""
    user: bool = False


@dataclass(frozen=True)
class Row:
    """A row: its head with an explanation, then its cells; a claimed one stands out."""

    cells: tuple[Cell, ...]
    head: str | None = None
    reads: str = ""
    claimed: bool = False


@dataclass(frozen=True)
class Table:
    """A table; a searchable one can be sorted and searched where JavaScript runs."""

    kind: ClassVar[str] = "table"
    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    searchable: bool = False
    empty: str = "Nothing to show."


@dataclass(frozen=True)
class Notes:
    """Warnings, each with whom it is about."""

    kind: ClassVar[str] = "notes"
    notes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Prose:
    """Paragraphs."""

    kind: ClassVar[str] = "prose"
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """One picture of a figure that can show several: a chart in each size; ``leading`` ones become files.

    ``axes`` are the fields of a point that the chart's axes show.
    """

    name: str
    specs: tuple[tuple[int, dict[str, Any]], ...]
    points: tuple[str, ...]
    title: str = ""
    leading: bool = True
    axes: tuple[str, str] = ("x", "s")


@dataclass(frozen=True)
class Figure:
    """A figure with what it shows, how to read it and a text for those who do not see it."""

    kind: ClassVar[str] = "figure"
    id: str
    title: str
    alt: str
    reads: tuple[str, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Strip:
    """A band on a common scale, all in per cent of its width."""

    minimum: float
    low: float
    median: float
    high: float
    maximum: float
    names: tuple[str, str]


@dataclass(frozen=True)
class Card:
    """The ten-second verdict of one model on one probe."""

    model: str
    probe: str
    headline: str
    sentence: str
    facts: tuple[tuple[str, str, str], ...]
    strip: Strip | None
    tone: str = "plain"


@dataclass(frozen=True)
class Cards:
    """Verdicts side by side."""

    kind: ClassVar[str] = "cards"
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Tree:
    """Nested names and values, such as a manifest."""

    kind: ClassVar[str] = "tree"
    title: str
    entries: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Share:
    """A part of a whole, in per cent: where it starts in a bar, how wide it is, what it is."""

    name: str
    start: float
    width: float
    text: str


@dataclass(frozen=True)
class Shares:
    """Wholes cut into parts, a bar each, with what follows from it."""

    kind: ClassVar[str] = "shares"
    id: str
    title: str
    bars: tuple[tuple[str, tuple[Share, ...], tuple[str, ...]], ...]
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """Words with their meanings."""

    kind: ClassVar[str] = "terms"
    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Piece:
    """One token; an ``own`` one has no partner in the other text."""

    text: str
    own: bool


@dataclass(frozen=True)
class Part:
    """One part of an explanation: sentences, the tables they rest on, tokens of both texts."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    sides: tuple[tuple[Piece, ...], ...] = ()


@dataclass(frozen=True)
class Why:
    """Why one value lies where it lies: a card that unfolds."""

    kind: ClassVar[str] = "why"
    id: str
    label: str
    where: str
    verdict: str
    meaning: str
    pair: TextPair
    sentences: tuple[str, ...]
    parts: tuple[Part, ...]
    opened: bool


@dataclass(frozen=True)
class Points:
    """A list of sentences under a title."""

    kind: ClassVar[str] = "points"
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Whisker:
    """A share with its interval on a scale from 0 to 1, all in per cent of its width.

    ``ticks`` are shares to hold it against, with what each is; ``again`` is the same of a fresh draw.
    """

    value: float
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()
    again: float | None = None


@dataclass(frozen=True)
class Case:
    """Texts of one cell: what each is, the text, its similarity to the first; and what is wrong with them."""

    title: str
    texts: tuple[tuple[str, str, str], ...]
    sentence: str


@dataclass(frozen=True)
class Family:
    """One line of a scorecard, and what unfolds below it.

    ``grade`` decides the look of the pill that says ``verdict``; ``sentences`` have their own pass rates, and
    these in per cent.
    """

    name: str
    type: str
    grade: str
    verdict: str
    rate: str
    interval: str
    whisker: Whisker | None
    figures: tuple[tuple[str, str], ...]
    why: str
    cases: tuple[Case, ...]
    facts: tuple[tuple[str, str, str], ...]
    sentences: tuple[tuple[str, str, float], ...] = ()
    notes: tuple[str, ...] = ()
    alarm: str = ""


@dataclass(frozen=True)
class Families:
    """All lines of a scorecard."""

    kind: ClassVar[str] = "families"
    id: str
    title: str
    heads: tuple[str, ...]
    families: tuple[Family, ...]
    reads: tuple[str, ...]


Block = Table | Notes | Prose | Figure | Cards | Tree | Shares | Terms | Why | Points | Families


@dataclass(frozen=True)
class Section:
    """A titled part of the page."""

    id: str
    title: str
    blocks: Sequence[Block]
    lead: str = ""
    pairs: tuple[TextPair, ...] = ()


@dataclass(frozen=True)
class Page:
    """The whole page and the data of its charts."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    points: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    version: str = ""
