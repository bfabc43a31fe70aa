"""Encoders of the tests with any choice of capabilities, over a toy encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband import encoders
from evenband.encoders import capabilities
from evenband.errors import ModelError
from evenband.probes.analogy.word_space import EmbeddedWords
from evenband.types import Encoder, ModelSpec, Readings, Role, Tokens, Vectors, Vocabulary

WORDS = EmbeddedWords(("king", "queen"), np.eye(2, dtype=np.float32))
"""What an encoder searches that is ``Listing``."""

UNCOVERED = "zxqj"
"""Texts that hold this have no vector if the encoder is ``Covering``."""


class Plain:
    """``toy:chars`` that notes which texts it was asked for."""

    def __init__(self) -> None:
        self.toy: Encoder = encoders.load("toy:chars")
        self.asked: list[str] = []

    @property
    def spec(self) -> ModelSpec:
        return self.toy.spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.asked += texts
        return self.toy.encode(texts, role)


class Tokenizing(Plain):
    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        return [len(text) for text in texts]

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        return Tokens(text, tuple(map(ord, text)), tuple(text))


class Reading(Plain):
    """Reads the first characters of a text, in lower case."""

    limit = 40

    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings | None:
        ids = [list(text.lower().encode()) for text in texts]
        return Readings.of_ids([own[: self.limit] for own in ids], [own[self.limit :] for own in ids])


class Inspecting(Plain):
    def inspect(self, text_a: str, text_b: str, role: Role = Role.NONE, **budget: Any) -> Any:
        return text_a, text_b, role, budget


class Listing(Plain):
    def vocabulary(self) -> Vocabulary:
        return WORDS


class Piecewise(Plain):
    def encode_pieces(
        self, texts: Sequence[str], keep: Callable[[Sequence[int], Vectors], None], role: Role = Role.NONE
    ) -> None:
        for row in reversed(range(len(texts))):
            keep([row], self.encode([texts[row]], role))


class Recomputing(Plain):
    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return self.toy.encode(texts, role)


class SelfChecking(Plain):
    def largest_difference(self) -> float | None:
        return 1e-7


class Batching(Plain):
    slice_size = 3


class Versioned(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.libraries = {"torch": "9.9"}


class Covering(Plain):
    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        return np.array([UNCOVERED not in text for text in texts], dtype=np.bool_)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        if any(UNCOVERED in text for text in texts):
            raise ModelError("asked for a text without a vector")
        return super().encode(texts, role)


class Comparing(Plain):
    declared_similarity = "dot"


class Stored(Plain):
    def stored_in(self) -> str:
        return "vectors.parquet"


PARTS: dict[str, type[Plain]] = {
    kind.__name__: kind
    for kind in (
        Batching,
        Comparing,
        Covering,
        Inspecting,
        Listing,
        Piecewise,
        Reading,
        Recomputing,
        SelfChecking,
        Stored,
        Tokenizing,
        Versioned,
    )
}


def make(names: Iterable[str]) -> Plain:
    """An encoder with these capabilities and no others."""
    parts = tuple(PARTS[name] for name in sorted(names))
    made: Plain = type("Capable", parts or (Plain,), {})()
    return made


def capabilities_of(encoder: Encoder) -> set[str]:
    """Names of the protocols that the encoder has, as anybody finds them out."""
    return {name for name in PARTS if isinstance(encoder, getattr(capabilities, name))}
