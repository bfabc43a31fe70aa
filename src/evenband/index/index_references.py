"""The grammar of an index reference: ``scheme:argument?option=value&...``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from evenband.errors import InputError
from evenband.registry import nearest

LARGEST_INDEX_NUMBER = 1_000_000_000
"""Largest argument or option; faiss counts in 32 bits."""


@dataclass(frozen=True)
class IndexReference:
    """A parsed reference of an index.

    Attributes:
        text: as the user wrote it.
        scheme: the registered name, such as ``exact``.
        argument: what stands after ``scheme:``; empty without one.
        options: what stands after ``?``.
    """

    text: str
    scheme: str
    argument: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def check_options(self, known: Collection[str]) -> None:
        """Refuse options that the index does not have.

        Raises:
            InputError: naming the option and listing those that exist.
        """
        for key in self.options:
            if key not in known:
                there = ", ".join(sorted(known)) or "none"
                raise InputError(
                    f"index {self.text!r} has no option {key!r}{nearest(key, known)} "
                    f"(the options are: {there})"
                )

    def integer(self, key: str, default: int) -> int:
        """Return the value of an option that must be a whole number of 1 or more.

        Raises:
            InputError: if it is anything else.
        """
        return (
            self._whole(f"{key}={self.options[key]!r}", self.options[key]) if key in self.options else default
        )

    def argument_integer(self, default: int) -> int:
        """Return the argument as a whole number of 1 or more.

        Raises:
            InputError: if it is anything else.
        """
        return self._whole(repr(self.argument), self.argument) if self.argument else default

    def choice(self, key: str, known: Collection[str]) -> str | None:
        """Return the value of an option that must be one of a few; ``None`` if not given.

        Raises:
            InputError: if it is none of them.
        """
        value = self.options.get(key)
        if value is not None and value not in known:
            raise InputError(
                f"index {self.text!r}: got {key}={value!r}{nearest(value, known)}, "
                f"expected one of {', '.join(known)}"
            )
        return value

    def _whole(self, what: str, text: str) -> int:
        is_number = text.isascii() and text.isdigit() and text.strip("0") != ""
        if not is_number:
            raise InputError(f"index {self.text!r}: got {what}, expected a whole number of 1 or more")
        if len(text.lstrip("0")) > len(str(LARGEST_INDEX_NUMBER)) or int(text) > LARGEST_INDEX_NUMBER:
            raise InputError(
                f"index {self.text[:60]!r}: got {what[:40]}, expected {LARGEST_INDEX_NUMBER:,} or less"
            )
        return int(text)


def parse_index(text: str) -> IndexReference:
    """Read a reference.

    Raises:
        InputError: for an empty reference, or options that cannot be read.
    """
    body, mark, query = text.strip().partition("?")
    scheme, colon, argument = body.partition(":")
    if not scheme or (colon and not argument):
        raise InputError(
            f"got the index reference {text!r}; expected such as exact, ivf:1024?probes=16 or hnsw"
        )
    options: dict[str, str] = {}
    if mark:
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
        except ValueError:
            pairs = []
        options = dict(pairs)
        if not pairs or len(options) != len(pairs):
            raise InputError(
                f"index {text!r}: cannot read the options {query!r}; expected such as ?probes=16, each once"
            )
    return IndexReference(text.strip(), scheme, argument, options)
