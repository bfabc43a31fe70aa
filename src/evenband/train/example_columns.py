"""Columns of training examples: which column of a file holds what, by the usual names or as given."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.slots.rows import Table
from evenband.train.training_examples import (
    ANCHOR,
    EXPECTED,
    FIRST,
    NEGATIVE,
    POSITIVE,
    SCORE,
    SECOND,
    ExampleKind,
)
from evenband.wording import listed

ALIASES: Mapping[str, tuple[str, ...]] = {
    ANCHOR: (
        "anchor",
        "query",
        "question",
        "sentence1",
        "sentence_1",
        "sent1",
        "text1",
        "text_a",
        "premise",
        "a",
    ),
    POSITIVE: (
        *("positive", "pos", "positives", "relevant", "answer", "passage", "document", "response"),
        *("sentence2", "sentence_2", "sent2", "text2", "text_b", "hypothesis", "paraphrase", "b"),
    ),
    NEGATIVE: ("negative", "neg", "negatives", "irrelevant", "changed"),
    SCORE: ("score", "scores", "similarity", "similarity_score", "label", "labels"),
}
"""Names of the columns by what they hold, the most usual first."""

COLUMN_CONTENTS = {
    ANCHOR: "the first text",
    POSITIVE: "the second text",
    NEGATIVE: "the negative",
    SCORE: "the score",
}

INFERENCE = ("premise", "hypothesis")
"""Names of columns whose labels are classes of inference, not scores."""

MOST_UNUSED = 8
"""Columns not used that a remark names."""

_NUMBERED = re.compile(rf"({'|'.join(ALIASES[NEGATIVE])})[ _-]?([0-9]+)")


@dataclass(frozen=True)
class Header:
    """Columns of a table by what they hold; negatives may have several, the score and negatives none.

    Attributes:
        anchor: name of the column of first texts.
        positive: of second texts.
        negatives: of negatives, in order.
        score: of scores.
        names: of all columns.
    """

    anchor: str
    positive: str
    negatives: tuple[str, ...]
    score: str | None
    names: tuple[str, ...]

    @property
    def kind(self) -> ExampleKind:
        """Kind of examples that the columns make."""
        return "triplets" if self.negatives else "scored" if self.score else "pairs"

    def remarks(self) -> Iterator[str]:
        """Yield which column is read as what, and which is not used; nothing where the names say it."""
        first, second = (FIRST, SECOND) if self.kind == "scored" else (ANCHOR, POSITIVE)
        several = len(self.negatives) > 1
        used = {self.anchor: first, self.positive: second}
        used |= {
            name: f"{NEGATIVE}_{k}" if several else NEGATIVE for k, name in enumerate(self.negatives, start=1)
        }
        used |= {self.score: SCORE} if self.kind == "scored" and self.score else {}
        unused = [name for name in self.names if name not in used]
        if not unused and all(name.lower() == what for name, what in used.items()):
            return
        shown = (name if name.lower() == what else f"{name} -> {what}" for name, what in used.items())
        left = f"; not used: {listed(unused, MOST_UNUSED)}" if unused else ""
        yield f"{self.kind}: {', '.join(shown)}{left}"


def holds_labels(name: str) -> bool:
    """Return whether a column's name says that it holds labels, which may be classes."""
    return "label" in name.lower()


def check_classes(table: Table, header: Header, path: Path, given: Mapping[str, str]) -> None:
    """Refuse labels of inference, which are neither scores nor the same for all rows.

    Datasets of inference number entailment 0 and contradiction 2: read as scores, these are upside down.

    Args:
        table: of the file.
        header: what its columns hold.
        path: of the file.
        given: columns that the user named; one that is called a score is taken as one.

    Raises:
        InputError: if a column of labels beside premise and hypothesis holds classes.
    """
    texts = {header.anchor.lower(), header.positive.lower()}
    if SCORE in given or header.negatives or not texts & set(INFERENCE):
        return
    labels = [name for name in header.names if holds_labels(name)]
    for name in labels:
        if all(map(_is_class, table.columns[name])):
            raise InputError(
                f"{path}: {name!r} beside {header.anchor} and {header.positive} is a class of inference "
                "(entailment, neutral, contradiction), expected a score from unlike to alike; give entailed "
                "pairs only and --columns score=, or the contradiction as a column negative"
            )


def _is_class(cell: object) -> bool:
    """Return whether a cell holds a class: a whole number, a word or nothing."""
    try:
        value = float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return True
    return value.is_integer() or not math.isfinite(value)


def header_of(table: Table, path: Path, given: Mapping[str, str]) -> Header:
    """Find the columns.

    Args:
        table: of the file.
        path: of the file.
        given: names of columns by what they hold; an empty name for one that is not to be used.

    Raises:
        InputError: if one is missing, two mean the same, or one is given for two.
    """
    names = [name for name in table.columns if name]
    for what, name in given.items():
        if what not in ALIASES:
            raise InputError(f"got the column {what}={name}, expected one of {', '.join(ALIASES)}")
        if name and name not in names:
            raise InputError(
                f"{path}: no column is called {name!r}{nearest(name, names)} (there are: {', '.join(names)})"
            )
        if other := next((one for one in given if name and given[one] == name and one != what), None):
            raise InputError(f"--columns: got {name!r} for {what} and {other}, expected two columns")
    found = {what: _columns_of(what, names, given, path) for what in ALIASES}
    if not found[ANCHOR] or not found[POSITIVE]:
        raise InputError(
            f"{path}: got the columns {', '.join(names) or 'none with a name'}, expected {EXPECTED}; other "
            "names are given with --columns anchor=NAME,positive=NAME"
        )
    score = found[SCORE][0] if found[SCORE] else None
    return Header(found[ANCHOR][0], found[POSITIVE][0], found[NEGATIVE], score, tuple(names))


def _columns_of(what: str, names: Sequence[str], given: Mapping[str, str], path: Path) -> tuple[str, ...]:
    """Return the columns that hold something; several only for negatives (``neg_1``, ``neg_2``).

    Raises:
        InputError: if two names mean the same.
    """
    if what in given:
        return (given[what],) if given[what] else ()
    taken = set(given.values())
    lowered = {name.lower(): name for name in names if name not in taken}
    found = [lowered[alias] for alias in ALIASES[what] if alias in lowered]
    numbered = [match for match in map(_NUMBERED.fullmatch, lowered) if match] if what == NEGATIVE else []
    numbered.sort(key=lambda match: int(match[2]))
    stems = {name.lower() for name in found} | {match[1] for match in numbered}
    found += [lowered[match[0]] for match in numbered]
    if len(stems) > 1:
        raise InputError(
            f"{path}: the columns {' and '.join(found)} both mean {COLUMN_CONTENTS[what]}; say which with "
            f"--columns {what}={found[0]}"
        )
    return tuple(found)
