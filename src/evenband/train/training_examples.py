"""Examples that embedding models and rerankers are trained on: pairs, triplets and scored pairs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from evenband.digests import digest_of
from evenband.errors import InputError
from evenband.slots.rows import Fault, fault_of_text, refuse

ExampleKind: TypeAlias = Literal["pairs", "triplets", "scored"]

ANCHOR, POSITIVE, NEGATIVE, SCORE = "anchor", "positive", "negative", "score"
FIRST, SECOND = "sentence1", "sentence2"

EXPECTED = "anchor, positive; anchor, positive, negative; or sentence1, sentence2, score"
"""Columns of the three kinds, for messages."""


@dataclass(frozen=True)
class Examples:
    """Examples of one kind, n rows.

    * ``pairs``: an anchor and a positive, two texts that belong together;
    * ``triplets``: an anchor, a positive, and one or more negatives that do not belong to the anchor;
    * ``scored``: two texts and how similar they are.

    Attributes:
        kind: which of the three.
        texts: the columns of texts, n strings each: anchors, positives, negatives.
        scores: of scored pairs, n numbers in [0, 1]; empty for other kinds.
        places: where each row stands, such as ``line 7``; counted from 1 if not given.
        source: what messages call them, such as the file's name.
        remarks: what a reader of the results must know of how they were read.
    """

    kind: ExampleKind
    texts: tuple[tuple[str, ...], ...]
    scores: tuple[float, ...] = ()
    places: tuple[str, ...] = ()
    source: str = "examples"
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the columns and every row.

        Raises:
            InputError: naming the column or the first rows that cannot be used.
        """
        counts = {"pairs": (2, 2), "triplets": (3, 1000), "scored": (2, 2)}
        if self.kind not in counts:
            raise InputError(f"got the kind {self.kind!r}, expected pairs, triplets or scored")
        least, most = counts[self.kind]
        if not least <= len(self.texts) <= most:
            raise InputError(f"{self.source}: got {len(self.texts)} columns of texts for {self.kind}")
        n = len(self.texts[0])
        if not self.places:
            object.__setattr__(self, "places", tuple(f"row {row}" for row in range(1, n + 1)))
        lengths = [len(column) for column in (*self.texts, self.places)]
        lengths += [len(self.scores)] if self.kind == "scored" or self.scores else []
        if n == 0 or set(lengths) != {n} or (self.scores and self.kind != "scored"):
            raise InputError(f"{self.source}: got columns of {lengths} cells, expected as many in each")
        refuse(self.source, list(self._faults()))

    def _faults(self) -> Iterator[Fault]:
        """Yield what is wrong with rows, each once."""
        for row, place in enumerate(self.places):
            for name, column in zip(self.names, self.texts, strict=False):
                if what := fault_of_text(column[row]):
                    yield Fault(row, f"{name!r} of {place} {what}, expected a text")
                    break
            else:
                if self.scores and not (math.isfinite(self.scores[row]) and 0 <= self.scores[row] <= 1):
                    yield Fault(row, f"'score' of {place} is {self.scores[row]:g}, expected 0 to 1")

    def __len__(self) -> int:
        return len(self.places)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns as sentence-transformers has them, that of the scores last."""
        if self.kind == "scored":
            return FIRST, SECOND, SCORE
        negatives = len(self.texts) - 2
        several = tuple(f"{NEGATIVE}_{k}" for k in range(1, negatives + 1))
        return (ANCHOR, POSITIVE, *(several if negatives > 1 else (NEGATIVE,) * negatives))

    @cached_property
    def digest(self) -> str:
        """Digest of kind, texts and scores: examples with another one are others."""
        return digest_of([self.kind, self.texts, self.scores])

    def columns(self) -> dict[str, list[str] | list[float]]:
        """Return the columns by name, in the order that the losses of sentence-transformers expect."""
        columns: list[list[str] | list[float]] = [list(column) for column in self.texts]
        columns += [list(self.scores)] if self.scores else []
        return dict(zip(self.names, columns, strict=True))

    def take(self, rows: Sequence[int]) -> Examples:
        """Return some of the rows, in the given order.

        Args:
            rows: numbers from 0, at least one.
        """
        return replace(
            self,
            texts=tuple(tuple(column[row] for row in rows) for column in self.texts),
            scores=tuple(self.scores[row] for row in rows) if self.scores else (),
            places=tuple(self.places[row] for row in rows),
        )

    def one_negative_each(self) -> Examples:
        """Return triplets of three texts: a row for each negative of a row."""
        if self.kind != "triplets" or len(self.texts) == 3:
            return self
        anchors, positives, *negatives = self.texts
        return replace(
            self,
            texts=(
                tuple(text for text in anchors for _ in negatives),
                tuple(text for text in positives for _ in negatives),
                tuple(text for row in zip(*negatives, strict=True) for text in row),
            ),
            places=tuple(place for place in self.places for _ in negatives),
        )

    def all_texts(self) -> list[str]:
        """Return every text once, in order."""
        return list(dict.fromkeys(text for column in self.texts for text in column))


def of_rows(rows: Iterable[Sequence[str | float]], source: str = "examples") -> Examples:
    """Return the examples of rows: (anchor, positive), (anchor, positive, negatives ...) or (a, b, score).

    Args:
        rows: all of one length; the third value of a scored pair is a number.
        source: what messages call them.

    Raises:
        InputError: for rows of other lengths, or cells that cannot be used.
    """
    listed = [tuple(row) for row in rows]
    lengths = sorted({len(row) for row in listed})
    if len(lengths) != 1 or lengths[0] < 2:
        raise InputError(f"{source}: got rows of {lengths or 'no'} cells, expected {EXPECTED}")
    columns = tuple(zip(*listed, strict=True))
    if len(columns) == 3 and all(
        isinstance(cell, (int, float)) and not isinstance(cell, str) for cell in columns[2]
    ):
        return Examples("scored", _texts(columns[:2]), tuple(map(float, columns[2])), source=source)
    return Examples("pairs" if len(columns) == 2 else "triplets", _texts(columns), source=source)


def _texts(columns: Sequence[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    """Return columns as they are; the value's own check refuses a cell that is no text."""
    return tuple(tuple(column) for column in columns)
