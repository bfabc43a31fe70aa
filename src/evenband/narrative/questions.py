"""The question that a report answers, by the kind of its measurements."""

from __future__ import annotations

from collections.abc import Collection

QUESTIONS = {
    "pairs": "How evenly does a small change of a text move its embedding, over a whole distribution?",
    "agreement": "Do two references that should be one model give the same vectors for the same texts?",
}

GENERAL = "What was measured, and how exact is it?"


def question_of(kinds: Collection[str]) -> str:
    """Return the question of the first kind that has one; that of minimal pairs where they were measured."""
    if not kinds or "pairs" in kinds:
        return QUESTIONS["pairs"]
    return next((QUESTIONS[kind] for kind in kinds if kind in QUESTIONS), GENERAL)
