"""Templates: texts with gaps, and how they are filled.

A gap is written ``{x}`` for a slot's value, ``{x.plural}`` for a form or a column of it. Filling
is one pass, so that braces inside a value stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenband.errors import InputError

PLACEHOLDER = "{x}"
"""The gap of a probe with one slot."""

_GAP = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\}")


@dataclass(frozen=True)
class Template:
    """Two or more texts with gaps.

    Attributes:
        name: for tables.
        a: the first text.
        b: the second: INV the variant, DIFF the changed text, ORDER the relevant one.
        others: DIFF the paraphrases of a, ORDER the irrelevant text.
    """

    name: str
    a: str
    b: str
    others: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts, a and b first."""
        return (self.a, self.b, *self.others)

    def fill(self, values: Mapping[str, Sequence[str]]) -> tuple[list[str], ...]:
        """Every text for every label, n each.

        Args:
            values: n strings for each gap, by what stands between its braces.

        Raises:
            InputError: for a gap that nothing fills.
        """
        return tuple(fill(text, values) for text in self.texts)


def gaps(text: str) -> tuple[str, ...]:
    """What stands between the braces of a text's gaps, in order, each once."""
    return tuple(dict.fromkeys(_GAP.findall(text)))


def fill(text: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """One text for every label.

    Raises:
        InputError: for a gap that nothing fills.
    """
    parts = _GAP.split(text)
    for name in parts[1::2]:
        if name not in values:
            raise InputError(f"template {text!r}: nothing fills {{{name}}} (there are: {', '.join(values)})")
    columns = [values[name] for name in parts[1::2]]
    n = len(columns[0]) if columns else len(next(iter(values.values())))
    if not columns:
        return [text] * n
    return [
        "".join(piece for pair in zip(parts[0::2], (*row, ""), strict=True) for piece in pair)
        for row in zip(*columns, strict=True)
    ]


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with those gaps filled that are named; the others stay."""
    return _GAP.sub(lambda match: values.get(match[1], match[0]), text)
