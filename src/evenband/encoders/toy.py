r"""Deterministic hashing encoders that need no model library.

``toy:words`` adds up a fixed pseudo-random vector for every word (``\w+``, case folded), so
word order and punctuation are invisible to it; ``toy:chars`` does so for every run of three
characters; ``toy:random`` gives every text a vector of its own, so nothing is alike.
``?seed=1`` and so on give other vectors: what depends on them is chance.
They are the controls an audit must expose, and what tests use in place of a model.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.contract import checked_texts, checked_vectors
from evenband.encoders.references import Reference, Settings
from evenband.types import ModelSpec, Role, Vectors

DIM = 64

TOGETHER = 4096
"""Texts that are added up in one step."""


class ToyEncoder:
    """Adds up one pseudo-random vector per feature of a text, then scales to length one."""

    def __init__(self, spec: ModelSpec, features: Callable[[str], list[str]]) -> None:
        """``features`` takes a text apart; it must return at least one feature."""
        self._spec = spec
        self._features = features
        self._seed = spec.options.get("seed", "")
        self._known: dict[str, NDArray[np.float64]] = {}

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Vectors of the texts; the role makes no difference.

        Shape: n texts -> (n, d).
        """
        del role
        texts = checked_texts(texts)
        vectors = np.zeros((len(texts), self._spec.dim))
        for start in range(0, len(texts), TOGETHER):
            part = texts[start : start + TOGETHER]
            sums = self._sums([self._features(text) for text in part])
            vectors[start : start + TOGETHER] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return checked_vectors(vectors, texts, self._spec)

    def _sums(self, features: list[list[str]]) -> NDArray[np.float64]:
        """The sum of each text's vectors; equal for equal multisets of features, to the last bit."""
        from scipy.sparse import csr_array

        places: dict[str, int] = {}
        indices = [places.setdefault(one, len(places)) for text in features for one in text]
        starts = np.cumsum([0, *(len(text) for text in features)])
        counts = csr_array((np.ones(len(indices)), indices, starts), shape=(len(features), len(places)))
        counts.sum_duplicates()
        return np.asarray(counts @ np.stack([self._vector(one) for one in places]))

    def _vector(self, feature: str) -> NDArray[np.float64]:
        found = self._known.get(feature)
        if found is None:
            found = _pseudo_random(self._seed, feature, self._spec.dim)
            if len(self._known) < 100_000:
                self._known[feature] = found
        return found


def words(reference: Reference, settings: Settings) -> ToyEncoder:
    """A bag of words."""
    return _make(reference, settings, "words", lambda text: re.findall(r"\w+", text.casefold()) or [""])


def chars(reference: Reference, settings: Settings) -> ToyEncoder:
    """A bag of character trigrams, the text's two ends included."""
    return _make(reference, settings, "chars", _trigrams)


def random(reference: Reference, settings: Settings) -> ToyEncoder:
    """A direction of its own for every text."""
    return _make(reference, settings, "random", lambda text: [text])


def _make(
    reference: Reference, settings: Settings, kind: str, features: Callable[[str], list[str]]
) -> ToyEncoder:
    del settings
    reference.check_options(["dim", "seed"])
    seed = reference.integer("seed")
    spec = ModelSpec(
        ref=reference.text,
        name=reference.name,
        source="toy",
        revision="1",
        dtype="float32",
        dim=reference.integer("dim") or DIM,
        pooling="sum",
        normalize=True,
        options={"kind": kind} if seed is None else {"kind": kind, "seed": str(seed)},
    )
    return ToyEncoder(spec, features)


def _trigrams(text: str) -> list[str]:
    padded = f"\x02{text}\x03"
    return [padded[start : start + 3] for start in range(max(1, len(padded) - 2))]


def _pseudo_random(seed: str, feature: str, dim: int) -> NDArray[np.float64]:
    told = f"{seed}\x00{feature}" if seed else feature
    stream = hashlib.shake_256(told.encode("utf-8", "surrogatepass")).digest(4 * dim)
    return np.frombuffer(stream, dtype="<u4") / 2.0**31 - 1.0
