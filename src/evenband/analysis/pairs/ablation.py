"""Which rows of a letter ablation are what: strings, real words among them, matched real words."""

from __future__ import annotations

from evenband.analysis.pairs.values import Audit


def has_letters(audit: Audit) -> bool:
    """Whether the slot says which letter was put in and which strings are words."""
    columns = audit.measurement.columns
    return "letter" in columns and "is_word" in columns and any(columns["letter"])


def letter_rows(audit: Audit) -> tuple[list[int], list[int]]:
    """Rows of the strings with a letter put in, and rows of the words matched to them."""
    letters = audit.measurement.columns["letter"]
    strings = [row for row, letter in enumerate(letters) if letter]
    return strings, [row for row, letter in enumerate(letters) if not letter]


def real_words(audit: Audit) -> list[int]:
    """Rows of the strings that are words."""
    is_word = audit.measurement.columns["is_word"]
    return [row for row in letter_rows(audit)[0] if is_word[row]]


def matched_by(audit: Audit) -> str:
    """What the matched words have in common with the real ones among the strings."""
    known = audit.measurement.columns.get("zipf", ())
    return "length and frequency" if any(zipf is not None for zipf in known) else "length only"
