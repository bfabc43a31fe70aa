"""Documents of a corpus, and what is wrong with rows that are none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from evenband.types.columns import is_whole

DIGEST_BYTES = 16
MOST_LEVELS = 100
"""Levels of lists and objects in a document's columns, as a search must be able to read them anywhere."""


@dataclass(frozen=True)
class Document:
    """A document that can be embedded.

    Attributes:
        id: its name, the only one of its corpus.
        text: what is embedded: title and text, joined by a space.
        columns: the corpus's other columns as a JSON object, with sorted keys.
        place: where it stands, such as ``corpus.jsonl line 7``.
    """

    id: str
    text: str
    columns: str
    place: str

    @cached_property
    def digest(self) -> bytes:
        """Digest of text and columns: a document with another one has changed."""
        content = self.text.encode() + b"\0" + self.columns.encode()
        return blake2b(content, digest_size=DIGEST_BYTES).digest()


@dataclass(frozen=True)
class Fault:
    """A row that cannot be embedded.

    Attributes:
        place: where it stands.
        reason: what is wrong with it, such as ``has no id``.
    """

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place} {self.reason}"


def id_digest(id_: str) -> bytes:
    """Return a digest of a document's id, which takes less memory than the id."""
    return blake2b(id_.encode(), digest_size=DIGEST_BYTES).digest()


def document_of(
    cells: Mapping[str, Any], place: str, id_column: str | None, text_columns: tuple[str, ...], row: int
) -> Document | Fault:
    """Return the document of a row, or what is wrong with it.

    Args:
        cells: by name.
        place: of the row, in words.
        id_column: where the id stands; ``None`` for the number of the row.
        text_columns: whose texts are joined.
        row: its number, from 1.
    """
    id_ = str(row) if id_column is None else _as_text(cells.get(id_column))
    if not id_:
        return Fault(place, f"has no id in {id_column!r}" if id_ is None else "has an empty id")
    parts = []
    for name in text_columns:
        cell = cells.get(name)
        if cell is not None and not isinstance(cell, str):
            return Fault(place, f"has {_shown(cell)} in {name!r} instead of a text")
        parts.append(cell or "")
    text = " ".join(part.strip() for part in parts).strip()
    if not text:
        return Fault(place, f"(id {id_!r}) has an empty text")
    used = {id_column, *text_columns}
    rest = {key: cell for key, cell in cells.items() if key not in used and cell not in (None, "")}
    if _is_deeper(rest, MOST_LEVELS):
        return Fault(place, f"(id {id_!a}) has a column nested deeper than {MOST_LEVELS} levels")
    columns = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    if not (is_whole(id_) and is_whole(text) and is_whole(columns)):
        return Fault(place, f"(id {id_!a}) holds half a character")
    return Document(id_, text, columns, place)


def _as_text(value: Any) -> str | None:
    """Return an id as text; ``None`` for what is no id."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _is_deeper(value: Any, levels: int) -> bool:
    """Return whether lists and objects are nested in a value by more levels."""
    if not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels < 0 or any(_is_deeper(one, levels - 1) for one in inner)


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else shown[:37] + "..."
