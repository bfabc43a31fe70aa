"""Slot: the values that fill a template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evenband.errors import InputError
from evenband.types.columns import is_whole
from evenband.types.summaries import Field, Summarised


@dataclass(frozen=True, repr=False)
class Slot(Summarised):
    """The values that fill a template, unique and in order, with their origin.

    Attributes:
        name: the reference that made it, such as ``wordnet:person.n.01``.
        values: unique, non-empty strings.
        origin: where the values come from, in words that a report can print.
        columns: further facts of each value, by name, each as long as ``values``: ``synset`` and ``sense``
            for WordNet, a file's own columns for files.
        letters: whether the values are one word with each letter in one place, and words matched to it.
            They belong together and are never sampled.
        language: of the values, such as ``en``; empty where they belong to none, such as numbers.
        own: names of those columns that evenband made and reads, such as ``synset``; a file's are the user's.
        skipped: what was left out of the user's file and why, a row each.
        remarks: what a reader of the results must know of how the file was read.

    Raises:
        InputError: if there is no value, a value repeats or is empty, or a column has another length.
    """

    name: str
    values: tuple[str, ...]
    origin: str
    columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    language: str = ""
    letters: bool = False
    own: frozenset[str] = frozenset()
    skipped: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.values:
            raise InputError(f"slot {self.name!r} has no values; expected at least one")
        if len(set(self.values)) != len(self.values):
            repeated = next(value for value in self.values if self.values.count(value) > 1)
            raise InputError(f"slot {self.name!r} has {repeated!r} twice; expected unique values")
        for index, value in enumerate(self.values):
            if not value.strip():
                raise InputError(f"slot {self.name!r}: value {index} is empty; expected a word")
            if not is_whole(value):
                raise InputError(
                    f"slot {self.name!r}: value {index} is {value!r}, which holds half a character; "
                    "expected whole ones"
                )
        for key, column in self.columns.items():
            if len(column) != len(self.values):
                raise InputError(
                    f"slot {self.name!r}: column {key!r} has {len(column)} rows, expected {len(self.values)}"
                )

    def __len__(self) -> int:
        return len(self.values)

    def summary_fields(self) -> Iterable[Field]:
        """Return the reference, the number of values and the first of them."""
        yield from (("name", self.name), ("values", len(self.values)), ("first", self.values[0]))
        yield "columns", ", ".join(self.columns) or None

    def take(self, rows: Sequence[int]) -> Slot:
        """Return the slot with those rows only, in the order given."""
        return replace(
            self,
            values=tuple(self.values[row] for row in rows),
            columns={key: tuple(column[row] for row in rows) for key, column in self.columns.items()},
        )
