"""Word arithmetic by several conventions, in blocks of words so that millions fit into memory.

*raw*: the vectors are added as they are, and the question's own words stay among the candidates, as in the
table of king - man + woman where king comes first. *normalised*: unit vectors are added and the question's
words are dropped (3CosAdd; Mikolov et al., 2013; gensim's ``most_similar``). *multiplied*: similarities are
multiplied and divided (3CosMul; Levy and Goldberg, 2014; ``most_similar_cosmul``), and the question's words
are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenband.probes.analogy.word_space import WordSpace
from evenband.types import Releasing, Vectors

Convention: TypeAlias = Literal["raw", "normalised", "multiplied"]

CONVENTIONS: tuple[Convention, ...] = ("raw", "normalised", "multiplied")

EPSILON = 1e-6
"""Added to a divisor in 3CosMul, as published."""

WORDS_PER_BLOCK = 16_384
QUESTIONS_PER_BLOCK = 256
"""Words and questions in one matrix product."""

Rows: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Nearest:
    """The words nearest to an expression, by one convention.

    Attributes:
        convention: how the words were added up.
        words: the nearest first; equal scores in the list's order.
        scores: cosines, or 3CosMul's quotients.
    """

    convention: Convention
    words: tuple[str, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Ranked:
    """Answers to q questions by one convention. All arrays have the shape (q,).

    Attributes:
        rank: 1 for an expected word with the highest score of all candidates.
        score: of the expected word.
        best: row of the word with the highest score.
        best_score: its score.
    """

    rank: Rows
    score: NDArray[np.float64]
    best: Rows
    best_score: NDArray[np.float64]


def nearest_words(
    space: WordSpace, rows: Sequence[int], signs: Sequence[int], convention: Convention, k: int
) -> Nearest:
    """Return the k words nearest to an expression.

    Args:
        space: the words.
        rows: of the expression's words.
        signs: 1 or -1 for each.
        convention: how they are added up.
        k: number of words.
    """
    query = _Query(space, np.array([rows]), np.array(signs), convention)
    best_scores, best_rows = np.zeros(0, np.float32), np.zeros(0, np.int64)
    for start, scores in query.blocks(slice(0, 1), words=8 * WORDS_PER_BLOCK):
        column = scores[:, 0]
        found = _candidates(column, k, best_scores)
        joined_scores = np.concatenate([best_scores, column[found]])
        joined_rows = np.concatenate([best_rows, found + start])
        order = np.lexsort((joined_rows, -joined_scores))[:k]
        best_scores, best_rows = joined_scores[order], joined_rows[order]
    kept = np.isfinite(best_scores)
    words = tuple(space.vocabulary.words[row] for row in best_rows[kept].tolist())
    return Nearest(convention, words, tuple(best_scores[kept].astype(float).tolist()))


def _candidates(scores: Vectors, k: int, best: Vectors) -> Rows:
    """Return the rows of a block that may be among the k best, ties included.

    Args:
        scores: of the block's words.
        k: number of words.
        best: scores of the best words of earlier blocks, which come before equal ones of this block.
    """
    if len(best) == k:  # few are left then, and looking for them is far quicker than sorting
        found = np.flatnonzero(scores > best[-1])
        scores = scores[found]
    else:
        found = np.arange(len(scores))
    if len(scores) <= k:
        return found
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    return np.asarray(found[scores >= least], dtype=np.int64)


def rank_answers(
    space: WordSpace, rows: Rows, signs: Sequence[int], expected: Rows, convention: Convention
) -> Ranked:
    """Rank the expected word of each question among all words.

    Words with the expected one's score do not push it down. No expected word may be one of its question's
    own.

    Shape: rows (q, m), signs (m,), expected (q,).
    """
    query = _Query(space, rows, np.array(signs), convention)
    q = len(rows)
    rank, best = np.ones(q, np.int64), np.zeros(q, np.int64)
    score, best_score = np.zeros(q), np.full(q, -np.inf)
    for start in range(0, q, QUESTIONS_PER_BLOCK):
        part = slice(start, min(start + QUESTIONS_PER_BLOCK, q))
        own = query.scores_of(part, expected[part])
        score[part] = own
        for first, scores in query.blocks(part):
            # In another shape the product's last bit may differ, which would rank it second to itself.
            inside = np.flatnonzero((expected[part] >= first) & (expected[part] < first + len(scores)))
            scores[expected[part][inside] - first, inside] = own[inside]
            rank[part] += (scores > own).sum(axis=0)
            top = scores.argmax(axis=0)
            top_scores = scores[top, np.arange(scores.shape[1])]
            is_better = top_scores > best_score[part]
            best[part] = np.where(is_better, top + first, best[part])
            best_score[part] = np.where(is_better, top_scores, best_score[part])
    return Ranked(rank, score, best, best_score)


def expression_vector(space: WordSpace, rows: Sequence[int], signs: Sequence[int], *, unit: bool) -> Vectors:
    """Return the sum of an expression's vectors, as they are or scaled to length 1 first. Shape: (d,)."""
    vectors = space.vectors_at(np.array(rows, dtype=np.int64)).astype(np.float64)
    if unit:
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.array(signs) @ vectors, dtype=np.float64)


class _Query:
    """Scores of blocks of words for q questions of m words each."""

    def __init__(
        self, space: WordSpace, rows: Rows, signs: NDArray[np.int64], convention: Convention
    ) -> None:
        self._space, self._rows, self._signs, self._convention = space, rows, signs, convention
        terms = space.vectors_at(rows.ravel()).reshape(*rows.shape, -1)
        if convention != "raw":
            terms = terms / space.norms_at(rows.ravel()).reshape(*rows.shape, 1)
        self._terms: Vectors = terms
        total = np.einsum("m,qmd->qd", signs.astype(np.float64), terms)
        lengths = np.linalg.norm(total, axis=1, keepdims=True)
        self._totals: Vectors = (total / np.where(lengths > 0, lengths, 1)).astype(np.float32)

    def blocks(self, part: slice, words: int = WORDS_PER_BLOCK) -> Iterator[tuple[int, Vectors]]:
        """Yield each block's first row and its scores for some questions. Shape: (block, questions)."""
        space = self._space
        for start in range(0, space.size, words):
            end = min(start + words, space.size)
            if isinstance(space.vocabulary, Releasing):
                space.vocabulary.prefetch(start, end)
            scores = self._score(
                np.asarray(space.vocabulary.vectors[start:end]),
                np.asarray(space.vocabulary.norms[start:end]),
                part,
            )
            if self._convention != "raw":
                self._drop_inputs(scores, part, start, end)
            if isinstance(space.vocabulary, Releasing):
                space.vocabulary.release()
            yield start, scores

    def scores_of(self, part: slice, words: Rows) -> Vectors:
        """Return the score of one word for each question, computed as in the blocks. Shape: (questions,)."""
        vectors = np.asarray(self._space.vocabulary.vectors[words])
        scores = self._score(vectors, np.asarray(self._space.vocabulary.norms)[words], part)
        return np.asarray(np.diagonal(scores))

    def _score(self, vectors: Vectors, norms: NDArray[np.float32], part: slice) -> Vectors:
        """Return the scores of some words; one without a direction is never found."""
        # Nearly every list has a direction for all words; then two passes over the block are saved.
        has_zeros = not norms.all()
        lengths = (np.where(norms > 0, norms, 1) if has_zeros else norms)[:, None]
        if self._convention == "multiplied":
            scores = self._quotients(vectors, lengths, part)
        else:
            totals = self._totals[part]
            # A product with a vector is faster than one with a matrix of one row.
            one = len(totals) == 1
            scores = np.asarray((vectors @ totals[0])[:, None] if one else vectors @ totals.T, np.float32)
            scores /= lengths
        if has_zeros:
            scores[norms == 0] = -np.inf
        return scores

    def _quotients(self, vectors: Vectors, lengths: NDArray[np.float32], part: slice) -> Vectors:
        """Return 3CosMul: shifted similarities to the added words over those to the subtracted ones."""
        above: Vectors = np.ones((len(vectors), self._totals[part].shape[0]), np.float32)
        below = above
        for term, sign in enumerate(self._signs.tolist()):
            shifted: Vectors = np.asarray((1 + vectors @ self._terms[part, term].T / lengths) / 2, np.float32)
            above, below = (above * shifted, below) if sign > 0 else (above, below * shifted)
        return np.asarray(above / (below + np.float32(EPSILON)), np.float32)

    def _drop_inputs(self, scores: Vectors, part: slice, start: int, end: int) -> None:
        """Take the questions' own words out of the candidates."""
        question, term = np.nonzero((self._rows[part] >= start) & (self._rows[part] < end))
        scores[self._rows[part][question, term] - start, question] = -np.inf
