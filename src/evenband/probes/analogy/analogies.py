"""The probe of word arithmetic: the rank of every question's answer, by every convention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.digests import digest_of
from evenband.errors import MissingVectorsError
from evenband.probes.analogy.arithmetic import CONVENTIONS, Ranked, rank_answers
from evenband.probes.analogy.question_files import SIGNS, Question
from evenband.probes.analogy.word_space import WordSpace
from evenband.types import ANSWER_RANK, AnalogyDetails, AnalogyMeasurement, Encoder, Measurement, ProbeSpec

WHY = "A direction such as king - queen that holds for one pair of words should hold for others."


@dataclass(frozen=True)
class Analogies:
    """Questions, and the words among which their answers are ranked.

    Attributes:
        name: for tables and files.
        questions: one or more, all different.
        words: to embed and rank in place of the encoder's own list of words.
        limit: rank the first words of the list only; ``None`` for all.
    """

    name: str
    questions: tuple[Question, ...]
    words: tuple[str, ...] = ()
    limit: int | None = None

    @property
    def spec(self) -> ProbeSpec:
        """The identity that a measurement of this probe carries."""
        content = [[one.section, *one.words, one.answer] for one in self.questions]
        return ProbeSpec(
            name=self.name,
            why=WHY,
            digest=digest_of([content, list(self.words), self.limit]),
            items=len(self.questions),
            conditions=len(CONVENTIONS),
        )

    def measure(self, encoder: Encoder) -> AnalogyMeasurement:
        """Rank the answer of every question whose four words have a vector.

        Raises:
            InputError: if the encoder has no list of words and the probe names none.
            MissingVectorsError: if no question can be asked.
            ModelError: if the encoder fails.
        """
        space = WordSpace.of(encoder, self.words, self.limit)
        asked: list[tuple[Question, list[int]]] = []
        missing: list[tuple[str, str]] = []
        for question in self.questions:
            absent, rows = _rows(space, question)
            if absent is None:
                asked.append((question, rows))
            else:
                missing.append((str(question), absent))
        if not asked:
            raise MissingVectorsError(
                f"probe {self.name!r}: {encoder.spec.ref} lacks a word of each of its {len(missing):,} "
                f"questions, such as {missing[0][1]!r}"
            )
        table = np.array([rows for _, rows in asked], dtype=np.int64)
        ranked = [rank_answers(space, table[:, :3], SIGNS, table[:, 3], name) for name in CONVENTIONS]
        return self._assemble(encoder, space, [question for question, _ in asked], ranked, missing)

    def _assemble(
        self,
        encoder: Encoder,
        space: WordSpace,
        asked: Sequence[Question],
        ranked: Sequence[Ranked],
        missing: Sequence[tuple[str, str]],
    ) -> AnalogyMeasurement:
        words = space.vocabulary.words
        found = np.empty((len(asked), len(ranked)), dtype=object)
        for column, one in enumerate(ranked):
            found[:, column] = [words[row] for row in one.best.tolist()]
        return Measurement(
            probe=self.spec,
            subject=encoder.spec,
            metric=ANSWER_RANK,
            items=tuple(str(question) for question in asked),
            conditions=CONVENTIONS,
            scores=np.stack([one.rank for one in ranked], axis=1).astype(np.float64),
            noise=None,
            details=AnalogyDetails(
                found=found,
                found_score=np.stack([one.best_score for one in ranked], axis=1),
                answer_score=np.stack([one.score for one in ranked], axis=1),
                candidates=space.size,
                missing=tuple(missing),
            ),
            columns={
                "section": tuple(question.section for question in asked),
                "answer": tuple(question.answer for question in asked),
            },
        )


def _rows(space: WordSpace, question: Question) -> tuple[str | None, list[int]]:
    """Return the rows of a question's four words; or the first word that has none, or that repeats."""
    rows: list[int] = []
    for word in (*question.words, question.answer):
        row = space.row(word)
        if row is None:
            return word, []
        rows.append(row)
    return (question.answer, []) if rows[3] in rows[:3] else (None, rows)
