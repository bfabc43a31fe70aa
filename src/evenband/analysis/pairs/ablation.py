"""Which rows of a letter ablation are what: strings, real words among them, matched real words."""

from __future__ import annotations

from evenband.analysis.pairs.values import PairsAudit


def has_letters(audit: PairsAudit) -> bool:
    """Return whether the labels are the strings of a letter ablation."""
    return audit.measurement.probe.letters


def letter_rows(audit: PairsAudit) -> tuple[list[int], list[int]]:
    """Rows of the strings with a letter put in, and rows of the words matched to them."""
    letters = audit.measurement.columns["letter"]
    strings = [row for row, letter in enumerate(letters) if letter]
    return strings, [row for row, letter in enumerate(letters) if not letter]


def real_words(audit: PairsAudit) -> list[int]:
    """Rows of the strings that are words."""
    is_word = audit.measurement.columns["is_word"]
    return [row for row in letter_rows(audit)[0] if is_word[row]]


def matched_by(audit: PairsAudit) -> str:
    """What the matched words have in common with the real ones among the strings."""
    known = audit.measurement.columns.get("zipf", ())
    return "length and frequency" if any(zipf is not None for zipf in known) else "length only"
