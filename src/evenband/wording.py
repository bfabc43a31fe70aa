"""Lists of names and numbers of things, for every sentence: messages, notes, tables and the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NAMES_LISTED = 3
"""Names that a sentence lists, unless it says otherwise."""


def listed(names: Iterable[str], most: int = NAMES_LISTED, total: int | None = None) -> str:
    """List names once each: ``a``, ``a and b``, ``a, b, c and 4 more``.

    A single name beyond the limit is written out: ``1 more`` would be no shorter.

    Args:
        names: in the order to list them.
        most: number of names from which on the others are counted.
        total: number of all, if ``names`` are only the first.
    """
    unique = list(dict.fromkeys(names))
    rest = max(total or 0, len(unique)) - most
    shown = unique if rest <= 1 and len(unique) >= (total or 0) else [*unique[:most], f"{rest:,} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def counted(value: int, noun: str, plural: str = "") -> str:
    """Write a number of things: ``1 noun``, ``10,153 nouns``, ``2 families``.

    Args:
        value: how many.
        noun: what, in the singular.
        plural: its plural; by default with an s.
    """
    return f"{value:,} {noun if value == 1 else plural or f'{noun}s'}"


def plural(noun: str) -> str:
    """Return the plural of a regular noun: ``labels``, ``queries``."""
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def signed_as_read(number: str) -> str:
    """Return a formatted number with a true minus sign, as all numbers have that people read."""
    return number.replace("-", "−")


def shared_start(texts: Sequence[str]) -> int:
    """Return the number of characters that all texts begin with; 0 for none."""
    first, last = min(texts, default=""), max(texts, default="")  # the others lie between these
    ends = (place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return next(ends, min(len(first), len(last)))
