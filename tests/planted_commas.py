"""Encoders with planted similarities between a text with a comma and the same text without it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from evenband.types import ModelSpec, Role, Vectors

WIDTH = 24
"""Numbers of a vector; the first is the direction in which the comma moves a text."""


class PlantedCommas:
    """A word's text with a comma is a random unit vector; without it, one at the planted cosine from that.

    Words that are not planted get a log-normal 1 - cosine around ``typical``; ``spread`` is the standard
    deviation of its logarithm.
    """

    def __init__(
        self, ref: str, name: str, typical: float, spread: float, planted: Mapping[str, float] | None = None
    ) -> None:
        self.spec = ModelSpec(ref=ref, name=name, source="planted", revision="1", dtype="float32", dim=WIDTH)
        self._typical, self._spread, self._planted = typical, spread, dict(planted or {})
        rng = np.random.default_rng(5)
        self._bases = rng.normal(size=(1 << 16, WIDTH))
        self._bases[:, 0] = 0
        self._bases /= np.linalg.norm(self._bases, axis=1, keepdims=True)
        self._normal = rng.normal(size=1 << 16)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        codes = [zlib.crc32(text.replace(",", "").encode()) & 0xFFFF for text in texts]
        cosines = 1 - self._typical * np.exp(self._spread * self._normal[codes])
        for row, text in enumerate(texts):
            cosines[row] = 1.0 if "," in text else self._planted.get(text.rpartition(" ")[2], cosines[row])
        vectors = self._bases[codes] * cosines[:, None]
        vectors[:, 0] = np.sqrt(1 - cosines**2)
        return np.ascontiguousarray(vectors, dtype=np.float32)
