"""Templates: texts with gaps, and how they are filled.

A gap is written ``{x}`` for a slot's value, ``{x.plural}`` for a form or a column of it. All gaps are filled
in one pass, so braces inside a value are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenband.errors import InputError

PLACEHOLDER = "{x}"
"""The gap of a probe with one slot."""

_GAP_PATTERN = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\}")


@dataclass(frozen=True)
class Template:
    """Two or more texts with gaps.

    Attributes:
        name: for tables.
        a: the first text.
        b: the second text. INV: the variant; DIFF: the changed text; ORDER: the relevant text.
        others: further texts. DIFF: the paraphrases of text a; ORDER: the irrelevant text.
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
        """Return each text filled for every label, n strings for each text.

        Args:
            values: n strings for each gap, by what stands between its braces.

        Raises:
            InputError: for a gap that nothing fills.
        """
        return tuple(fill(text, values) for text in self.texts)


def gaps(text: str) -> tuple[str, ...]:
    """Return what stands between the braces of a text's gaps, in order, without repeats."""
    return tuple(dict.fromkeys(_GAP_PATTERN.findall(text)))


def fill(text: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Fill a text's gaps for every label, and return n strings.

    Args:
        text: with its gaps.
        values: n strings for each gap, by what stands between its braces.

    Raises:
        InputError: for a gap that nothing fills.
    """
    pieces = _GAP_PATTERN.split(text)
    names = pieces[1::2]
    for name in names:
        if name not in values:
            raise InputError(f"template {text!r}: nothing fills {{{name}}} (there are: {', '.join(values)})")
    if not names:
        return [text] * len(next(iter(values.values())))
    return [
        "".join(piece for pair in zip(pieces[0::2], (*row, ""), strict=True) for piece in pair)
        for row in zip(*(values[name] for name in names), strict=True)
    ]


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Fill those gaps of a text that are named, and leave the others."""
    return _GAP_PATTERN.sub(lambda match: values.get(match[1], match[0]), text)
