"""The texts that a training shows its model, and which pairs of them it pulls together or pushes apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from evenband.digests import digest_of
from evenband.errors import InputError
from evenband.train.training_examples import Examples

PULLED, PUSHED = -1, 1
"""What training does to the distance of two texts."""

TrainingData: TypeAlias = "Examples | Iterable[str | Sequence[str | float] | Mapping[str, Any]]"
"""Examples, texts, rows of texts with or without a score, or rows by column (``datasets.Dataset``)."""


@dataclass(frozen=True)
class ShownTexts:
    """What the training data hold, each text and each pair once.

    Attributes:
        texts: all texts, in order.
        pairs: two texts of one row, and -1 where training pulls them together, +1 where it pushes them
            apart, 0 where that depends on the model.
    """

    texts: tuple[str, ...]
    pairs: Mapping[tuple[str, str], int]

    @cached_property
    def digest(self) -> str:
        """Digest of the texts and pairs."""
        return digest_of([list(self.texts), [[a, b, way] for (a, b), way in self.pairs.items()]])


def shown_texts(training: TrainingData) -> ShownTexts:
    """Return the texts and pairs of training data.

    In a row of two texts, training pulls them together; in one of three or more, the first and each text from
    the third on apart. A number in a row is its score: 1 pulls together and 0 apart; with one in between it
    depends on how near the texts are, and so it does where rows contradict each other. A list of texts has no
    pairs.

    Raises:
        InputError: for a row that is none of these, a score outside [0, 1], or data without a text.
    """
    rows = _rows_of(training) if isinstance(training, Examples) else map(_row, training)
    texts: dict[str, None] = {}
    pairs: dict[tuple[str, str], int] = {}
    for row in rows:
        own, score = row
        texts.update(dict.fromkeys(own))
        for number, other in enumerate(own[1:]):
            by_place = PULLED if number == 0 else PUSHED
            way = by_place if score is None else (score <= 0) - (score >= 1)
            pair = own[0], other
            pairs[pair] = way if pairs.get(pair, way) == way else 0
    if not texts:
        raise InputError("training: got no texts, expected those that the model is trained on")
    return ShownTexts(tuple(texts), pairs)


_Row: TypeAlias = tuple[tuple[str, ...], float | None]


def _rows_of(examples: Examples) -> Iterator[_Row]:
    """Yield texts and score of each example."""
    for number, texts in enumerate(zip(*examples.texts, strict=True)):
        yield texts, examples.scores[number] if examples.scores else None


def _row(given: str | Sequence[str | float] | Mapping[str, Any]) -> _Row:
    """Return the texts and the score of one row of any form.

    Raises:
        InputError: if it holds anything else, or a score outside [0, 1].
    """
    if isinstance(given, str):
        return (given,), None
    cells = list(given.values()) if isinstance(given, Mapping) else list(given)
    texts = tuple(cell for cell in cells if isinstance(cell, str))
    scores = [float(cell) for cell in cells if isinstance(cell, int | float)]
    if not texts or len(texts) + len(scores) != len(cells) or len(scores) > 1:
        raise InputError(
            f"training: got the row {given!r:.80}, expected a text, several texts, or texts and one score"
        )
    if scores and not (math.isfinite(scores[0]) and 0 <= scores[0] <= 1):
        raise InputError(
            f"training: got the score {scores[0]:g} in the row {given!r:.80}, expected 0 (apart) to 1 "
            "(together); bring scores of another range there, such as 0 to 5 by a division by 5"
        )
    return texts, scores[0] if scores else None
