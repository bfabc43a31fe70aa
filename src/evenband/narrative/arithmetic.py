"""Sentences about word arithmetic that terminal and report share."""

from __future__ import annotations

from evenband.analysis import AnalogyAudit
from evenband.narrative.formats import counted, percent

CONVENTION_WORDS = {
    "raw": "vectors added as they are, the question's own words kept",
    "normalised": "unit vectors added, the question's own words dropped (3CosAdd)",
    "multiplied": "similarities multiplied and divided, the question's own words dropped (3CosMul)",
}
"""What each convention does."""


def accuracy_sentence(audit: AnalogyAudit) -> str:
    """Say how often the expected word comes first, with and without the question's own words."""
    measurement = audit.measurement
    dropped, kept = audit.accuracy["normalised"].value, audit.accuracy["raw"].value
    own = sum(
        str(word).lower() in _own_words(question)
        for word, question in zip(measurement.details.found[:, 0], measurement.items, strict=True)
    )
    return (
        f"{measurement.subject.name} finds {percent(dropped, 1)} of "
        f"{counted(len(measurement.items), 'answer')} if a question's own words do not count, and "
        f"{percent(kept, 1)} if they do: in {percent(own / len(measurement.items))} the nearest word is "
        "one of the question's own."
    )


def _own_words(question: str) -> set[str]:
    """Return the first three words of an item such as ``man : king = woman : queen``."""
    left, _, right = question.lower().partition(" = ")
    return {*left.split(" : "), right.rpartition(" : ")[0]}
