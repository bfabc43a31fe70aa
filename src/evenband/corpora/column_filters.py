"""Filters over the columns of documents, such as ``section=games`` or ``year>=2000``."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evenband.errors import InputError
from evenband.registry import nearest

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SIZE_SIGNS = ("<", "<=", ">", ">=")

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,300}")
_FILTER = re.compile(r"\s*([^=!<>]+?)\s*(<=|>=|!=|=|<|>)\s*(.*?)\s*", re.DOTALL)


@dataclass(frozen=True)
class ColumnFilter:
    """A condition that documents must meet. A document without the column does not.

    Attributes:
        column: name.
        sign: of the comparison.
        value: to compare with: as a number where value and cell are numbers, else as text. A text that reads
            as a number is one for < <= > >=, as files such as CSV hold only texts.
    """

    column: str
    sign: str
    value: str

    @classmethod
    def parse(cls, text: str) -> ColumnFilter:
        """Read a filter.

        Raises:
            InputError: if it is none.
        """
        match = _FILTER.fullmatch(text)
        if match is None:
            raise InputError(
                f"filter: got {text!r}, expected COLUMN=VALUE, or one of != < <= > >= in place of ="
            )
        return cls(*match.groups())

    def accepts(self, columns: str) -> bool:
        """Return whether a document meets the condition, given its columns as a JSON object."""
        if f'"{self.column}"' not in columns and self.column.isascii() and self.column.isidentifier():
            return False
        cell = json.loads(columns).get(self.column)
        if cell is None:
            return False
        if isinstance(cell, list) and self.sign == "=":
            return any(self._compare(one) for one in cell)
        if self.sign in SIZE_SIGNS and isinstance(cell, (list, dict, bool)):
            return False  # neither smaller nor larger than anything
        return self._compare(cell)

    def _compare(self, cell: Any) -> bool:
        compare, value = _COMPARISONS[self.sign], number_of(self.value)
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            return self.sign == "!=" if value is None else compare(cell, value)
        text = json.dumps(cell) if not isinstance(cell, str) else cell
        number = number_of(text) if self.sign in SIZE_SIGNS else None
        return compare(text, self.value) if value is None or number is None else compare(number, value)

    @staticmethod
    def explain_nothing(filters: Sequence[ColumnFilter], columns: Iterable[Sequence[str]]) -> None:
        """Refuse filters that no document meets because a column does not exist, or holds numbers only.

        Raises:
            InputError: naming the column, and those that exist, or the value that is no number.
        """
        has_text: dict[str, bool] = {}
        for document in (json.loads(one) for part in columns for one in part):
            for name, cell in document.items():
                has_text[name] = has_text.get(name, False) or _is_text(cell)
        names = sorted(has_text)
        for one in filters:
            if one.column in names and not has_text[one.column] and number_of(one.value) is None:
                raise InputError(
                    f"filter {one.column}{one.sign}{one.value}: {one.value!r} is no number, and every "
                    f"{one.column} is one"
                )
            if one.column not in names:
                there = f"there are: {', '.join(names)}" if names else "its documents have none"
                raise InputError(
                    f"no document has a column {one.column!r}{nearest(one.column, names)} ({there})"
                )


def _is_text(cell: Any) -> bool:
    """Return whether a cell says something that is no number; a missing one does not."""
    if cell is None or (isinstance(cell, (int, float)) and not isinstance(cell, bool)):
        return False
    return not isinstance(cell, str) or number_of(cell) is None


def number_of(text: str) -> int | float | None:
    """Return the number that a text is, whole ones exactly; ``None`` if it is none."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else None
