"""Views of minimal pairs: headlines, variance shares, explanations, scorecards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evenband.report.views import Table, TextPair


@dataclass(frozen=True)
class Strip:
    """A drawing of the band on a common scale, in per cent of its width.

    Attributes:
        minimum: smallest s.
        low: 5% quantile.
        median: median.
        high: 95% quantile.
        maximum: largest s.
        names: what is written at both ends of the scale.
    """

    minimum: float
    low: float
    median: float
    high: float
    maximum: float
    names: tuple[str, str]


@dataclass(frozen=True)
class Card:
    """The headline of one model on one probe.

    Attributes:
        model: name of the subject.
        probe: name of the probe.
        headline: the result in one line.
        sentence: what it is based on.
        facts: name, value and small print of some figures.
        strip: the band, if there is one.
        tone: ``plain``, ``warn`` or ``alarm``.
    """

    model: str
    probe: str
    headline: str
    sentence: str
    facts: tuple[tuple[str, str, str], ...]
    strip: Strip | None
    tone: str = "plain"


@dataclass(frozen=True)
class Cards:
    """Headlines side by side."""

    kind: ClassVar[str] = "cards"
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Share:
    """Part of a bar, in per cent of its width: name, start, width, and its legend."""

    name: str
    start: float
    width: float
    text: str


@dataclass(frozen=True)
class Shares:
    """Bars that are divided into parts.

    Attributes:
        id: of the block.
        title: of the block.
        bars: name, parts and conclusions of each bar.
        reads: how to read them.
    """

    kind: ClassVar[str] = "shares"
    id: str
    title: str
    bars: tuple[tuple[str, tuple[Share, ...], tuple[str, ...]], ...]
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """One token; an ``own`` one has no partner in the other text."""

    text: str
    own: bool


@dataclass(frozen=True)
class Part:
    """Part of an explanation: sentences, the tables behind them, the tokens of both texts."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    sides: tuple[tuple[Piece, ...], ...] = ()


@dataclass(frozen=True)
class Why:
    """The explanation of one label, which unfolds."""

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
class Whisker:
    """A drawing of a pass rate with its interval on a scale from 0 to 1, in per cent of its width.

    Attributes:
        value: the pass rate.
        low: lower end of its interval.
        high: upper end.
        ticks: pass rates of baselines, with their names.
        again: pass rate of a fresh draw, if there is one.
    """

    value: float
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()
    again: float | None = None


@dataclass(frozen=True)
class Case:
    """The texts of one cell that fails.

    Attributes:
        title: the label.
        texts: role, text and similarity to the first text.
        sentence: what is wrong with them.
        similarity: by which they are compared.
        whole: each text in full where it is cut short in ``texts``, else empty.
    """

    title: str
    texts: tuple[tuple[str, str, str], ...]
    sentence: str
    similarity: str = "cosine"
    whole: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cases:
    """The worst cells of a probe.

    Attributes:
        title: what they are.
        cases: worst first.
    """

    kind: ClassVar[str] = "cases"
    title: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Family:
    """One line of a scorecard, with what unfolds below it.

    Attributes:
        name: of the family.
        type: INV, DIFF or ORDER.
        grade: decides the look of the pill.
        verdict: the grade in words.
        rate: pass rate.
        interval: of the pass rate.
        whisker: drawing of both.
        figures: name and value of more figures.
        why: why the family matters.
        cases: its worst cells.
        facts: name, value and small print of further figures.
        sentences: every sentence with its pass rate as text and in per cent.
        notes: warnings.
        alarm: what the reader must not miss.
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
    """All lines of a scorecard, with the heads of their figures and how to read them."""

    kind: ClassVar[str] = "families"
    id: str
    title: str
    heads: tuple[str, ...]
    families: tuple[Family, ...]
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Sight:
    """A text or picture of a cell: its role, its text or name, its data URI, its similarity to the first."""

    role: str
    text: str
    source: str
    score: str


@dataclass(frozen=True)
class Hanging:
    """One cell of a gallery: the label, whether it fails, and what is compared."""

    label: str
    fails: bool
    sights: tuple[Sight, ...]


@dataclass(frozen=True)
class Gallery:
    """Cells with their pictures, and how to read them."""

    kind: ClassVar[str] = "gallery"
    id: str
    title: str
    rows: tuple[Hanging, ...]
    reads: str
