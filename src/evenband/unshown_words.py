"""Words that are measured like all others but not shown as examples.

WordNet's list of nouns for persons has about a hundred that are slurs or offensive names, nearly all of
them marked as such by WordNet itself. They are measured, counted and stored like every other. Examples,
captions, tooltips and tables' first rows pass them over, unless a cell is certified as an outlier;
``--all-words`` shows all. The list is ``unshown.txt``, of digests, made from WordNet's marks and a few
additions by ``scripts/build_unshown.py``. The user's own lists are never filtered.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources

NOT_SHOWN = "(word not shown)"
"""Stands in a table or chart for a word that is passed over, where its figure is needed."""

FILTERED_SCHEMES = ("wordnet:", "letters:")
"""Slots whose words are not the user's own: WordNet's nouns, strings of a pattern and words beside them."""

LONGEST_ENTRY = 4
"""Number of words of the longest entry that is looked for in a text."""

VALUE_SEPARATOR = " + "
"""Between the values of several slots in a label."""

_COMBINED = re.compile(r" x (?=[a-z]+:)")
"""Between the references of several slots."""

_JOINED_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")

_EVERY_WORD: ContextVar[bool] = ContextVar("every word", default=False)


@contextmanager
def every_word() -> Iterator[None]:
    """Show all words while the block runs."""
    token = _EVERY_WORD.set(True)
    try:
        yield
    finally:
        _EVERY_WORD.reset(token)


def may_be_shown(slot: str, label: str) -> bool:
    """Return whether a label may be an example.

    Args:
        slot: reference of the slot that it comes from, or of several slots.
        label: a value, or several slots' values as :data:`VALUE_SEPARATOR` joins them.
    """
    if _EVERY_WORD.get() or not is_filtered(slot):
        return True
    return not any(word_digest(part) in _unshown() for part in (label, *label.split(VALUE_SEPARATOR)))


def text_may_be_shown(slot: str, text: str) -> bool:
    """Return whether a whole text of a probe may be an example; none with a word that is passed over may.

    Args:
        slot: reference of the slot that fills the text, or of several slots.
        text: a sentence with its label.
    """
    if _EVERY_WORD.get() or not is_filtered(slot):
        return True
    words = _JOINED_WORD.findall(text)
    return not any(
        word_digest(" ".join(words[start : start + n])) in _unshown()
        for n in range(1, LONGEST_ENTRY + 1)
        for start in range(len(words) - n + 1)
    )


def examples_of(slot: str, labels: Iterable[str]) -> list[str]:
    """Return the labels that may be examples, in their order; a stand-in if there are labels and none may."""
    labels = list(labels)
    return [label for label in labels if may_be_shown(slot, label)] or [NOT_SHOWN] * bool(labels)


def is_filtered(slot: str) -> bool:
    """Return whether words of a slot, or of one of several combined slots, may be passed over."""
    return any(part.startswith(FILTERED_SCHEMES) for part in _COMBINED.split(slot))


def word_digest(word: str) -> str:
    """Return 16 hexadecimal digits of a word, regardless of case."""
    return hashlib.blake2b(word.casefold().encode("utf-8", "replace"), digest_size=8).hexdigest()


@cache
def _unshown() -> frozenset[str]:
    text = resources.files("evenband").joinpath("unshown.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
