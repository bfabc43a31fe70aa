r"""Deterministic hashing encoders that need no model library.

``toy:words`` adds up a fixed pseudo-random vector for every word (``\w+``, case folded), so it
cannot see word order and punctuation; ``toy:chars`` does so for every run of three characters;
``toy:random`` gives every text a vector of its own, so no two texts are similar.
``?seed=1`` and so on give other vectors: a result that changes with them is chance.
They are the controls that an audit must expose, and stand in for a model in tests.
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

TOY_DIM = 64

TEXTS_PER_STEP = 4096
"""Number of texts to add up in one step."""

_KNOWN_FEATURES = 100_000
"""Number of features to remember the vectors of."""


class ToyEncoder:
    """The sum of a pseudo-random vector for each feature of a text, scaled to length one."""

    def __init__(self, spec: ModelSpec, features: Callable[[str], list[str]]) -> None:
        """Make the encoder; ``features`` splits a text into one or more features."""
        self._spec = spec
        self._features = features
        self._seed = spec.options.get("seed", "")
        self._known: dict[str, NDArray[np.float64]] = {}

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts; the role makes no difference.

        Shape: n texts -> (n, d).

        Raises:
            InputError: if the texts are not a list of strings.
        """
        del role
        texts = checked_texts(texts)
        vectors = np.zeros((len(texts), self._spec.dim))
        for start in range(0, len(texts), TEXTS_PER_STEP):
            part = texts[start : start + TEXTS_PER_STEP]
            sums = self._sums([self._features(text) for text in part])
            vectors[start : start + TEXTS_PER_STEP] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return checked_vectors(vectors, texts, self._spec)

    def _sums(self, features: list[list[str]]) -> NDArray[np.float64]:
        """Add up the vectors of each text's features. Shape: features of n texts -> (n, d).

        Texts with equal multisets of features have equal sums, to the last bit.
        """
        from scipy.sparse import csr_array

        columns: dict[str, int] = {}
        indices = [columns.setdefault(feature, len(columns)) for text in features for feature in text]
        starts = np.cumsum([0, *(len(text) for text in features)])
        counts = csr_array((np.ones(len(indices)), indices, starts), shape=(len(features), len(columns)))
        counts.sum_duplicates()
        return np.asarray(counts @ np.stack([self._vector(feature) for feature in columns]))

    def _vector(self, feature: str) -> NDArray[np.float64]:
        vector = self._known.get(feature)
        if vector is None:
            vector = _pseudo_random(self._seed, feature, self._spec.dim)
            if len(self._known) < _KNOWN_FEATURES:
                self._known[feature] = vector
        return vector


def words(reference: Reference, settings: Settings) -> ToyEncoder:
    """A bag of words, blind to word order and punctuation."""
    return _make(reference, settings, "words", lambda text: re.findall(r"\w+", text.casefold()) or [""])


def chars(reference: Reference, settings: Settings) -> ToyEncoder:
    """A bag of character trigrams, the text's two ends included."""
    return _make(reference, settings, "chars", _trigrams)


def random(reference: Reference, settings: Settings) -> ToyEncoder:
    """A vector of its own for every text, so that no two are similar."""
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
        dim=reference.integer("dim") or TOY_DIM,
        pooling="sum",
        normalize=True,
        options={"kind": kind} if seed is None else {"kind": kind, "seed": str(seed)},
    )
    return ToyEncoder(spec, features)


def _trigrams(text: str) -> list[str]:
    """Return every run of three characters, with a mark at either end of the text."""
    padded = f"\x02{text}\x03"
    return [padded[start : start + 3] for start in range(max(1, len(padded) - 2))]


def _pseudo_random(seed: str, feature: str, dim: int) -> NDArray[np.float64]:
    """Return a vector of numbers in [-1, 1) that the feature's hash decides. Shape: (dim,)."""
    key = f"{seed}\x00{feature}" if seed else feature
    content = hashlib.shake_256(key.encode("utf-8", "surrogatepass")).digest(4 * dim)
    return np.frombuffer(content, dtype="<u4") / 2.0**31 - 1.0
