"""Details of a measurement beside its scores, a frozen dataclass for each kind.

A kind is one way of measuring: minimal pairs, retrieval, analogy, agreement. Its details class names its
rows and columns in tables, and says how the details are stored in a file: as tables of n items by t
conditions, and as plain facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError
from evenband.types.arrays import Scores, Texts
from evenband.types.design_details import DesignDetails
from evenband.types.readings import Truncation
from evenband.types.specs import ModelSpec, PairsSpec, ProbeSpec

Tables: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays of n items by t conditions, float64 or text, by name. Shape: (n, t) each."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Letters after which the texts of a cell are called text a, text b ..."""

OWN_SCORE = "own_score"
"""Name of the table of own similarities to text b; those to text c ... end in their letter."""

UNSEEN_PREFIX, ALIKE_TABLE = "unseen_", "alike"
"""Names of the tables of ones and zeros on what is the same tokens to a model; the first ends in a slot."""

LEXICAL_PREFIX = "word_"
"""Prefix of the columns that come from word lists, such as ``word_senses``."""

CONTROLS_SUFFIX = "~controls"
"""What the name of a control measurement adds to its probe's name."""

FOLLOWED, UNREMARKABLE = "followed", "baseline"
"""Groups of labels in a control measurement: those that stood out, and random others to compare them with."""


@dataclass(frozen=True)
class Details:
    """Base of all details. Defining a subclass registers its kind.

    Attributes:
        kind: name of the kind; it selects analysis, report block and printer.
        item: name of a row in tables.
        condition: name of a column in tables.
        spec: class of the probe's specification.
        roles: roles of all texts, for kinds whose texts do not say their own.

    Raises:
        InputError: when a subclass is defined without a kind, or with one that is taken.
    """

    kind: ClassVar[str] = ""
    item: ClassVar[str] = "item"
    condition: ClassVar[str] = "condition"
    spec: ClassVar[type[ProbeSpec]] = ProbeSpec
    roles: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        registered = _KINDS.get(cls.kind)
        if not cls.kind or (registered is not None and registered.__qualname__ != cls.__qualname__):
            raise InputError(f"details {cls.__name__}: got kind {cls.kind!r}, expected a new, non-empty name")
        _KINDS[cls.kind] = cls

    @property
    def others(self) -> tuple[ModelSpec, ...]:
        """Models other than the subject that the measurement rests on."""
        return ()

    @property
    def question(self) -> str:
        """What was asked, apart from how it was answered; empty where only equal probes ask the same.

        Subjects that answer the same question in different ways, such as by other pipelines, share a section.
        """
        return ""

    def to_tables(self) -> Tables:
        """Return the details that have a value per item and condition. Shape: (n, t) each."""
        return {}

    def to_facts(self) -> dict[str, Any]:
        """Return all other details as plain data for JSON."""
        return {}

    def to_bytes(self) -> Mapping[str, Sequence[bytes]]:
        """Return the details that have a row of numbers per item, as n byte strings each."""
        return {}

    @classmethod
    def rebuild(cls, tables: Tables, facts: Mapping[str, Any]) -> Details:
        """Return details from what :meth:`to_tables` gives, and :meth:`to_facts` and :meth:`to_bytes`."""
        del tables, facts
        return cls()

    def take(self, rows: list[int], columns: list[int]) -> Details:
        """Return the details of some items and conditions, in the order given."""
        tables = {name: table[np.ix_(rows, columns)] for name, table in self.to_tables().items()}
        of_items = {name: [cells[row] for row in rows] for name, cells in self.to_bytes().items()}
        return type(self).rebuild(tables, {**self.to_facts(), **of_items})


KINDS_GROUP = "evenband.kinds"
"""Entry points under which plug-ins register the analysis of a kind, by the kind's name."""

_KINDS: dict[str, type[Details]] = {}


def details_class(kind: str) -> type[Details]:
    """Return the details class of a kind. A plug-in's is defined when its analysis is imported.

    Raises:
        InputError: if no class of that kind has been defined.
    """
    if kind not in _KINDS:
        for point in entry_points(group=KINDS_GROUP, name=kind):
            point.load()
    if kind not in _KINDS:
        raise InputError(f"no measurement is of the kind {kind!r} (there are: {', '.join(sorted(_KINDS))})")
    return _KINDS[kind]


@dataclass(frozen=True)
class ScreenDetails:
    """Details of a screen: a measurement in a fast number format, exact where it matters.

    Attributes:
        exact: 1 where the score is the exact format's, else 0. Shape: (n, t).
        drawn: 1 where the cell is of the random tenth that was computed in both formats, else 0.
            Shape: (n, t).
        fast: score in the fast format. Shape: (n, t).
    """

    exact: Scores
    drawn: Scores
    fast: Scores


@dataclass(frozen=True)
class PairsDetails(Details):
    """Details of minimal pairs, n labels by t templates. One that the subject cannot give is ``None``.

    All arrays but ``components`` have the shape (n, t).

    Attributes:
        texts: text a, b, c ...
        swap: median distance of text a to the other labels' text a, in [0, 2].
        hit: 1 where text b is the nearest of all labels' text b to text a, 1/2 at a tie, else 0.
        auc: share of other labels' text b that are farther from text a than its own, in [0, 1].
        passes: how far the ordering holds that the probe's type demands, in [0, 1].
        rivals: number of other texts a; of these, ``passes`` of an INV probe draws its opponents.
        nearer: number of these that are nearer to text a than text b is; of INV probes only.
        tied: number of these that are as near; of INV probes only.
        tokens: number of tokens of text a that the model reads.
        twin_of: row of the first label whose text a the model cannot tell apart from this one's; the label's
            own row where there is none. ``None`` where all texts differ.
        twin_of_b: likewise of text b, of those labels whose texts a differ to the model.
        drawn_with: row of the first label that shares a text a or b with this one, directly or by a chain
            of labels: they are one draw. ``None`` where each is a draw of its own.
        similar: similarity of text a to text c, d ...
        own: similarity of text a to text b, c ... by the subject's own measure, which ``hit``, ``auc``,
            ``passes``, ``nearer`` and ``tied`` follow; empty where that is the cosine, as the scores are.
        exchange: distance of text a to itself with another value in one slot, by the slot's name; NaN
            where it was not measured. Only probes of several slots have it.
        unseen: 1 where the model reads text a with another value in one slot as the same tokens, so that its
            distance is not counted, else 0; by the slot's name. Without the slots where it is 0 throughout.
        alike: 1 where a reranker reads text b of an INV probe as text a, so that it cannot see the change,
            else 0; ``None`` where it is 0 throughout.
        screen: fast scores of a screened measurement.
        design: weights of a measurement under a budget. ``swap``, ``hit``, ``auc``, ``passes`` and the counts
            of rivals are then those among the random part, and NaN for all other labels.
        calibration: percentiles 0 to 100 of the model's own similarities, by kind of pair
            (``unrelated``, ``paraphrase``); empty where not measured.
        baselines: pass rates on the same texts, in [0, 1], of encoders that understand nothing
            (``words``, ``chars``, ``random``); empty where not measured.
        missing: label and text of each cell without a vector; these labels have no row.
        truncation: what the model does not read; ``None`` where it does not tell.
        skipped: rows of the user's file that were left out and why, one each.
        remarks: what a reader must know of how the user's file was read.
        pictures: the texts that are pictures, made small, as data URIs by their digests; empty without any.
        components: what each label means to the model, in few numbers: the first principal components of the
            mean of its texts a, scaled to length one, in float16. Two labels are alike as their rows are.
            ``None`` where cells cannot be tested, and from older versions. Shape: (n, k).
    """

    kind: ClassVar[str] = "pairs"
    item: ClassVar[str] = "label"
    condition: ClassVar[str] = "template"
    spec: ClassVar[type[ProbeSpec]] = PairsSpec

    texts: tuple[Texts, ...] = ()
    swap: Scores | None = None
    hit: Scores | None = None
    auc: Scores | None = None
    passes: Scores | None = None
    rivals: Scores | None = None
    nearer: Scores | None = None
    tied: Scores | None = None
    tokens: Scores | None = None
    twin_of: Scores | None = None
    twin_of_b: Scores | None = None
    drawn_with: Scores | None = None
    similar: tuple[Scores, ...] = ()
    own: tuple[Scores, ...] = ()
    exchange: Mapping[str, Scores] = field(default_factory=dict)
    unseen: Mapping[str, Scores] = field(default_factory=dict)
    alike: Scores | None = None
    screen: ScreenDetails | None = None
    design: DesignDetails | None = None
    calibration: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    baselines: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[tuple[str, str], ...] = ()
    truncation: Truncation | None = None
    skipped: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    components: NDArray[np.float16] | None = None

    def to_tables(self) -> Tables:
        """Return texts, then numbers, by their names in a measurement file. Shape: (n, t) each."""
        screen, design = self.screen, self.design
        numbers: dict[str, Scores | None] = {
            "swap": self.swap,
            "hit": self.hit,
            "auc": self.auc,
            **{f"score_{LETTERS[2 + k]}": table for k, table in enumerate(self.similar)},
            "pass": self.passes,
            "rivals": self.rivals,
            "nearer": self.nearer,
            "tied": self.tied,
            **{OWN_SCORE + f"_{LETTERS[1 + k]}" * (k > 0): table for k, table in enumerate(self.own)},
            **{f"swap_{slot}": table for slot, table in self.exchange.items()},
            **{UNSEEN_PREFIX + slot: table for slot, table in self.unseen.items()},
            ALIKE_TABLE: self.alike,
            "tokens": self.tokens,
            "twin_of": self.twin_of,
            "twin_of_b": self.twin_of_b,
            "drawn_with": self.drawn_with,
            "exact": None if screen is None else screen.exact,
            "drawn": None if screen is None else screen.drawn,
            "fast": None if screen is None else screen.fast,
            **({} if design is None else design.to_tables()),
        }
        return {
            **{f"text_{LETTERS[k]}": table for k, table in enumerate(self.texts)},
            **{name: table for name, table in numbers.items() if table is not None},
        }

    def to_facts(self) -> dict[str, Any]:
        """Return calibration, baselines, what is missing or cut, and how the user's file was read."""
        return {
            "calibration": {name: list(values) for name, values in self.calibration.items()},
            "baselines": dict(self.baselines),
            "missing": [list(pair) for pair in self.missing],
            "truncation": None if self.truncation is None else self.truncation.to_dict(),
            "skipped": list(self.skipped),
            "remarks": list(self.remarks),
            **({"pictures": dict(self.pictures)} if self.pictures else {}),
            **({} if self.design is None else {"design": dict(self.design.facts)}),
        }

    def to_bytes(self) -> Mapping[str, Sequence[bytes]]:
        """Return the components of each label, little-endian."""
        components = self.components
        return (
            {} if components is None else {"components": [row.astype("<f2").tobytes() for row in components]}
        )

    @classmethod
    def rebuild(cls, tables: Tables, facts: Mapping[str, Any]) -> PairsDetails:
        """Return the details from tables, facts and bytes."""
        is_screened = {"exact", "drawn", "fast"} <= tables.keys()
        missing = tuple((str(label), str(text)) for label, text in facts.get("missing", ()))
        truncation = facts.get("truncation")
        return cls(
            texts=tuple(table for name, table in tables.items() if name.startswith("text_")),
            swap=tables.get("swap"),
            hit=tables.get("hit"),
            auc=tables.get("auc"),
            passes=tables.get("pass"),
            rivals=tables.get("rivals"),
            nearer=tables.get("nearer"),
            tied=tables.get("tied"),
            tokens=tables.get("tokens"),
            twin_of=tables.get("twin_of"),
            twin_of_b=tables.get("twin_of_b"),
            drawn_with=tables.get("drawn_with"),
            similar=tuple(table for name, table in tables.items() if name.startswith("score_")),
            own=tuple(table for name, table in tables.items() if name.startswith(OWN_SCORE)),
            exchange={
                name.removeprefix("swap_"): table
                for name, table in tables.items()
                if name.startswith("swap_")
            },
            unseen={
                name.removeprefix(UNSEEN_PREFIX): table
                for name, table in tables.items()
                if name.startswith(UNSEEN_PREFIX)
            },
            alike=tables.get(ALIKE_TABLE),
            screen=ScreenDetails(tables["exact"], tables["drawn"], tables["fast"]) if is_screened else None,
            design=DesignDetails.of(tables, facts),
            calibration={name: tuple(values) for name, values in facts.get("calibration", {}).items()},
            baselines={name: rate for name, rate in facts.get("baselines", {}).items() if np.isfinite(rate)},
            missing=missing,
            truncation=None if truncation is None else Truncation.from_dict(truncation),
            skipped=tuple(map(str, facts.get("skipped", ()))),
            remarks=tuple(map(str, facts.get("remarks", ()))),
            pictures={str(key): str(uri) for key, uri in facts.get("pictures", {}).items()},
            components=_components(facts["components"]) if "components" in facts else None,
        )


def _components(rows: Sequence[bytes]) -> NDArray[np.float16]:
    """Return the array of which each row is given in bytes. Shape: n byte strings -> (n, k)."""
    return np.array([np.frombuffer(row, "<f2") for row in rows], dtype=np.float16)
