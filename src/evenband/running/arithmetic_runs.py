"""Word arithmetic on request: the words nearest to an expression, two expressions, or a file of questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evenband import encoders, slots
from evenband.analysis import Results
from evenband.errors import InputError
from evenband.probes.analogy import (
    CONVENTIONS,
    Analogies,
    Expression,
    Nearest,
    WordSpace,
    nearest_words,
    read_questions,
)
from evenband.probes.analogy.arithmetic import expression_vector
from evenband.probes.analogy.word_space import no_list
from evenband.running.given_models import refs_of
from evenband.running.plan import Plan
from evenband.running.provenance import describe_subject
from evenband.running.session import Session
from evenband.running.sinks import Sink
from evenband.running.subjects import RerankerSubject, load_subjects
from evenband.types import Encoder, ModelSpec, Progress

NEAREST_SHOWN = 10


SMALLEST_SUM = 1e-6
"""Length of a sum, as a share of what its words' lengths add up to, below which they cancel out."""


@dataclass(frozen=True)
class Arithmetic:
    """The words nearest to one expression.

    Attributes:
        expression: as it was read.
        subject: identity of the vectors.
        candidates: number of words that were ranked.
        nearest: for each convention.
    """

    expression: Expression
    subject: ModelSpec
    candidates: int
    nearest: tuple[Nearest, ...]

    def __repr__(self) -> str:
        best = "; ".join(f"{one.convention}: {', '.join(one.words[:3])}" for one in self.nearest)
        return f"<{self.expression} of {self.subject.name}: {best}>"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {
            "expression": str(self.expression),
            "model": self.subject.ref,
            "candidates": self.candidates,
            "nearest": [asdict(one) for one in self.nearest],
        }


@dataclass(frozen=True)
class Parallel:
    """Two expressions, and the cosine of their vectors, in [-1, 1].

    Attributes:
        left: the first expression.
        right: the second.
        subject: identity of the vectors.
        raw: cosine where the words' vectors are added as they are.
        normalised: cosine where each has length 1 first.
    """

    left: Expression
    right: Expression
    subject: ModelSpec
    raw: float
    normalised: float

    def __repr__(self) -> str:
        cosines = f"raw {self.raw:.4f}, normalised {self.normalised:.4f}"
        return f"<{self.left} beside {self.right} of {self.subject.name}: {cosines}>"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        sides = {"left": str(self.left), "right": str(self.right), "model": self.subject.ref}
        return {**sides, "cosine": {"raw": self.raw, "normalised": self.normalised}}


def solve(space: WordSpace, expression: str, k: int = NEAREST_SHOWN) -> Arithmetic:
    """Return the words nearest to an expression, by every convention.

    Raises:
        InputError: if the expression cannot be read, or k is below 1.
        MissingVectorsError: naming the words without a vector.
    """
    if k < 1:
        raise InputError(f"got k = {k}, expected 1 or more")
    parsed = Expression.parse(expression)
    space = space.with_phrases(parsed.words)
    rows = space.rows(parsed.words)
    if not _has_direction(space, parsed):
        raise InputError(f"{expression!r} adds up to nothing, expected a direction")
    nearest = tuple(nearest_words(space, rows, parsed.signs, name, k) for name in CONVENTIONS)
    return Arithmetic(parsed, space.subject, space.size, nearest)


def hold_against(space: WordSpace, left: str, right: str) -> Parallel:
    """Return the cosine of two expressions, such as ``king - man`` and ``queen - woman``.

    Raises:
        InputError: if an expression cannot be read, or its vectors add up to zero.
        MissingVectorsError: naming the words without a vector.
    """
    parsed = [Expression.parse(text) for text in (left, right)]
    space = space.with_phrases([word for one in parsed for word in one.words])
    cosines = []
    for unit in (False, True):
        a, b = (expression_vector(space, space.rows(one.words), one.signs, unit=unit) for one in parsed)
        if not all(_has_direction(space, one) for one in parsed):
            raise InputError(f"{left!r} or {right!r} adds up to nothing, expected a direction")
        cosines.append(float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))))
    return Parallel(parsed[0], parsed[1], space.subject, cosines[0], cosines[1])


def _has_direction(space: WordSpace, expression: Expression) -> bool:
    """Return whether the words of an expression do not cancel out, as those of ``king - king`` do."""
    rows = space.rows(expression.words)
    lengths = space.norms_at(np.array(rows, dtype=np.int64)).astype(np.float64).sum()
    sums = (expression_vector(space, rows, expression.signs, unit=unit) for unit in (False, True))
    smallest = (SMALLEST_SUM * scale for scale in (lengths, len(rows)))
    return all(float(np.linalg.norm(one)) > least for one, least in zip(sums, smallest, strict=True))


def words_of(reference: str | None) -> tuple[str, ...]:
    """Return the values of a slot or file that stand in for a list of words; none if not given.

    Raises:
        InputError: if it cannot be read.
    """
    return () if reference is None else tuple(slots.load(reference).values)


def words_for(models: Sequence[object], reference: str | None) -> tuple[str, ...]:
    """Return the words to search in place of the models' own lists, before a model is loaded.

    Raises:
        InputError: if they cannot be read, or none are given and a model surely has no list.
    """
    if reference is None:
        for model in models:
            if isinstance(model, str) and not encoders.may_list_words(model):
                raise no_list(model)
    return words_of(reference)


def run_analogies(
    models: Sequence[str | Encoder],
    questions: Path,
    sink: Sink,
    *,
    words: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    trust_remote_code: bool = False,
    progress: Progress | None = None,
    command: Sequence[str] = (),
) -> Results:
    """Rank the answers of a file of questions with every model; what the sink has is not measured again.

    Args:
        models: references or encoders.
        questions: a file in the format of ``questions-words.txt``.
        sink: keeps measurements and manifest, in memory or in a directory.
        words: slot or file of the words to rank; the model's own list if not given.
        limit: rank the first words only.
        seed: of the bootstrap.
        trust_remote_code: run code that came with a model.
        progress: told how far it is.
        command: what the user typed, for the manifest.

    Raises:
        EvenbandError: if a model, the questions, the words or the sink cannot be used.
    """
    probe = Analogies(questions.stem, tuple(read_questions(questions)), words_for(models, words), limit)
    plan = Plan(models=tuple(refs_of(models)), seed=seed, trust_remote_code=trust_remote_code)
    session = Session(plan, sink, probes=[], progress=progress, command=command)
    settings = {"suite": None, "detailed": True, "reference": None, "seed": seed}
    with session.tracker.listening():
        for subject in load_subjects(plan, models, session.tracker):
            if isinstance(subject, RerankerSubject):
                raise InputError(
                    f"model {subject.spec.ref!r} is a reranker, which has no vectors for word arithmetic"
                )
            session.begin({}, [describe_subject(subject, [], sink.manifest)])
            key = (subject.spec.name, probe.name)
            session.check_seed(key)
            make = partial(probe.measure, subject.cached)
            earlier = sink.find(subject.spec, probe.spec)
            found = session.obtain(earlier, make, lambda _: settings, asked=key)
            session.asked += [] if found is None else [found.key]
        return session.finish()
