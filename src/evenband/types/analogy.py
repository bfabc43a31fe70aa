"""Analogy: the rank of a question's answer among all words, by several conventions of word arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from evenband.types.arrays import Scores, Texts
from evenband.types.details import Details, Tables
from evenband.types.measurement import Measurement, Metric
from evenband.types.specs import ProbeSpec

ANSWER_RANK = Metric("rank of the answer", "rank", "lower")


@dataclass(frozen=True)
class AnalogyDetails(Details):
    """Answers to n questions such as *man is to king as woman is to ...*, by t conventions.

    Attributes:
        found: the word with the highest score. Shape: (n, t).
        found_score: its score. Shape: (n, t).
        answer_score: score of the expected word. Shape: (n, t).
        candidates: number of words that were ranked, the question's own ones included.
        missing: question and word of each question that has a word without a vector; these have no row.
    """

    kind: ClassVar[str] = "analogy"
    item: ClassVar[str] = "question"
    condition: ClassVar[str] = "convention"

    found: Texts
    found_score: Scores
    answer_score: Scores
    candidates: int = 0
    missing: tuple[tuple[str, str], ...] = ()

    def to_tables(self) -> Tables:
        """Return the words that were found, and the scores, (n, t) each."""
        return {
            "found": self.found,
            "found_score": self.found_score,
            "answer_score": self.answer_score,
        }

    def to_facts(self) -> dict[str, Any]:
        """Return the number of candidates and the questions without a row."""
        return {"candidates": self.candidates, "missing": [list(pair) for pair in self.missing]}

    @classmethod
    def rebuild(cls, tables: Tables, facts: Mapping[str, Any]) -> AnalogyDetails:
        """Return the details of these tables and facts."""
        return cls(
            found=tables["found"],
            found_score=tables["found_score"],
            answer_score=tables["answer_score"],
            candidates=int(facts["candidates"]),
            missing=tuple((str(question), str(word)) for question, word in facts["missing"]),
        )


AnalogyMeasurement: TypeAlias = Measurement[ProbeSpec, AnalogyDetails]
"""A measurement of analogies."""
