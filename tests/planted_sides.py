"""Encoders that differ from another one by a known rotation of some texts, or lack some texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evenband import encoders
from evenband.probes.agreement import Side, SideBySide, TextSet
from evenband.types import AgreementMeasurement, Encoder, ModelSpec, Role, Tokens, Vectors


class Turned:
    """Another encoder's vectors, those of some texts turned by an angle in radians."""

    def __init__(
        self,
        encoder: Encoder,
        angles: Mapping[str, float],
        name: str = "turned",
        missing: Collection[str] = (),
    ) -> None:
        self._encoder, self._angles, self._missing = encoder, angles, missing
        self._spec = replace(encoder.spec, name=name, options={**encoder.spec.options, "turned": name})

    @property
    def spec(self) -> ModelSpec:
        return self._spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        vectors = self._encoder.encode(texts, role).astype(np.float64)
        for row, text in enumerate(texts):
            if text in self._angles:
                vectors[row] = turn(vectors[row], self._angles[text])
            if text in self._missing:
                vectors[row] = 0.0
        return vectors.astype(np.float32)


class Telling(Turned):
    """Tells its tokens: the letters' code points, after a prompt."""

    prompt = ""

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        return [len(self.tokens(text, role).ids) for text in texts]

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        final = self.prompt + text
        return Tokens(final, tuple(map(ord, final)), tuple(final))


def turn(vector: np.ndarray, angle: float) -> np.ndarray:
    """A vector turned by an angle towards a direction at right angles to it."""
    aside = np.roll(vector, 1)
    aside = aside - vector * (aside @ vector) / (vector @ vector)
    aside *= np.linalg.norm(vector) / np.linalg.norm(aside)
    return np.asarray(np.cos(angle) * vector + np.sin(angle) * aside)


def side(encoder: Encoder) -> Side:
    return Side(encoder.spec, encoder, encoder)


def text_set(texts: Sequence[str], roles: Sequence[Role] | None = None) -> TextSet:
    return TextSet("own", tuple(texts), tuple(roles or [Role.NONE] * len(texts)))


def measured(
    angles: Mapping[str, float], n: int = 40, kind: str = "toy:chars", **options: Collection[str]
) -> AgreementMeasurement:
    """The comparison of a toy encoder with itself, some texts turned."""
    left = encoders.load(kind)
    right = Turned(left, angles, **options)  # type: ignore[arg-type]
    return SideBySide(text_set(texts(n)), side(left)).measure(side(right))


def texts(n: int) -> list[str]:
    """Texts that are all different, also to a bag of words or of three letters."""
    return [f"text number {index * index} of {n} and {chr(97 + index % 26)}" for index in range(n)]
