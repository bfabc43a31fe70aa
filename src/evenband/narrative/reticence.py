"""Slurs among WordNet's persons: measured like all nouns, but not shown as examples.

WordNet's list of nouns for persons has about a hundred that are slurs or offensive names, nearly all of
them marked as such by WordNet itself. They are measured, counted and stored like every other. Tables'
first rows, captions and examples pass them over, unless a cell is certified as an outlier;
``--all-words`` shows all. The list is ``unshown.txt``, of digests, made from WordNet's marks and a few
additions by ``scripts/build_unshown.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources

from evenband.analysis import Explanation, Outlier, PairsAudit
from evenband.analysis.limits import LEVEL
from evenband.types import PairsMeasurement

_EVERY_WORD: ContextVar[bool] = ContextVar("every word", default=False)


@contextmanager
def every_word() -> Iterator[None]:
    """Show all words while the block runs."""
    token = _EVERY_WORD.set(True)
    try:
        yield
    finally:
        _EVERY_WORD.reset(token)


def is_shown(measurement: PairsMeasurement, label: str) -> bool:
    """Return whether a label may be an example; every label of the user's own lists may."""
    if _EVERY_WORD.get() or not measurement.probe.slot.startswith("wordnet:"):
        return True
    return word_digest(label) not in _unshown()


def shown_outliers(audit: PairsAudit) -> list[Outlier]:
    """Return an audit's outliers in their order, without those that may be no examples.

    A cell that is certified, by its own q or by its move against the reference, is always shown.
    """
    return [
        outlier
        for outlier in audit.outliers
        if is_shown(audit.measurement, outlier.label) or _is_certified(outlier, audit.level)
    ]


def shown_explanations(explanations: Sequence[Explanation]) -> list[Explanation]:
    """Return the explanations of labels that may be examples, and of those that somebody asked for."""
    return [
        one
        for one in explanations
        if one.insight is not None
        or is_shown(one.measurement, one.label)
        or _is_certified(one.outlier, LEVEL)
    ]


def word_digest(word: str) -> str:
    """Return 16 hexadecimal digits of a word, regardless of case."""
    return hashlib.blake2b(word.casefold().encode("utf-8", "replace"), digest_size=8).hexdigest()


def _is_certified(outlier: Outlier, level: float) -> bool:
    return any(q is not None and q <= level for q in (outlier.q, outlier.shift_q))


@cache
def _unshown() -> frozenset[str]:
    text = resources.files("evenband.narrative").joinpath("unshown.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
