"""How a picture is written where a text stands: ``picture:DIGEST:NAME``.

A picture is a cell of a probe like a text. What identifies it is the digest of its file; the name is for
people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WRITTEN = re.compile(r"picture:([0-9a-f]{32}):(.+)", re.DOTALL)


def written(digest: str, name: str) -> str:
    """Return what stands for a picture: 32 hexadecimal digits of its content, and its name."""
    return f"picture:{digest}:{name}"


def is_picture(text: str) -> bool:
    """Return whether a text stands for a picture."""
    return _WRITTEN.fullmatch(text) is not None


def digest_in(text: str) -> str:
    """Return the digest of a picture; empty for a text."""
    match = _WRITTEN.fullmatch(text)
    return match[1] if match else ""


def shown_text(text: str) -> str:
    """Return a text for people: a picture's name, any other text as it is."""
    match = _WRITTEN.fullmatch(text)
    return match[2] if match else text


def any_picture(texts: Iterable[str]) -> bool:
    """Return whether one of the texts stands for a picture."""
    return any(is_picture(text) for text in texts)
