"""Rows of a letter ablation: one word with each letter in one place, and real words matched to it."""

from __future__ import annotations

from evenband.analysis.pairs.values import PairsAudit


def has_letters(audit: PairsAudit) -> bool:
    """Return whether the labels are the strings of a letter ablation."""
    return audit.measurement.probe.letters


def letter_rows(audit: PairsAudit) -> tuple[list[int], list[int]]:
    """Return the rows of the strings with a letter put in, and those of the words matched to them."""
    letters = audit.measurement.columns["letter"]
    strings = [row for row, letter in enumerate(letters) if letter]
    return strings, [row for row, letter in enumerate(letters) if not letter]


def real_words(audit: PairsAudit) -> list[int]:
    """Return the rows of the strings that are real words."""
    is_word = audit.measurement.columns["is_word"]
    return [row for row in letter_rows(audit)[0] if is_word[row]]


def matched_by(audit: PairsAudit) -> str:
    """Return, in words, the traits by which words were matched to the real ones among the strings."""
    frequencies = audit.measurement.columns.get("zipf", ())
    return "length and frequency" if any(zipf is not None for zipf in frequencies) else "length only"
