"""An expression of word arithmetic, such as ``king - man + woman``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from evenband.errors import InputError

_OPERATOR = re.compile(r"(?:^|\s)([+\u2212-])\s+|\s+([+\u2212-])(?=\s)")
"""Plus or minus (also the typographic one) between spaces, so that ``brother-in-law`` is one word."""

_SIGN = re.compile(r"[+\u2212-](\s|$)")


@dataclass(frozen=True)
class Expression:
    """Words that are added or taken away.

    Attributes:
        words: one or more, as the user wrote them; a word may hold spaces.
        signs: 1 or -1 for each word.
    """

    words: tuple[str, ...]
    signs: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an expression: words with ``+`` or ``-`` between spaces.

        Raises:
            InputError: if it has no word, or a sign without a word.
        """
        parts = [part for part in _OPERATOR.split(f" {text.strip()} ") if part is not None]
        parts = ["+", *parts] if parts[0].strip() else parts[1:]
        signs, words = parts[0::2], [word.strip() for word in parts[1::2]]
        if not words or len(signs) != len(words) or not all(words) or any(map(_SIGN.match, words)):
            raise InputError(
                f"cannot read {text!r}, expected words with + or - between spaces, as in 'king - man + woman'"
            )
        return cls(tuple(words), tuple(1 if sign == "+" else -1 for sign in signs))

    def __str__(self) -> str:
        parts = [
            ("- " if sign < 0 else "+ ") + word for sign, word in zip(self.signs, self.words, strict=True)
        ]
        return " ".join(parts).removeprefix("+ ")
