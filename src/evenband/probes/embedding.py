"""Vectors of a probe's texts, and which of the texts have one.

A text has no vector if the encoder does not cover it (a word that a file of word vectors lacks)
or answers it with zeros, which have no direction and so no cosine. Such a text is missing: it is
counted and reported, and never scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.contract import checked_vectors, covered, require_covered
from evenband.encoders.refusals import refused_texts
from evenband.errors import InputError, MissingVectorsError, ModelError
from evenband.types import Encoder, ModelSpec, Role, Vectors
from evenband.types.picture_texts import any_picture
from evenband.types.specs import MODALITIES


@dataclass(frozen=True)
class Embedded:
    """The vectors of n texts, some of which may be missing. Both arrays are read-only.

    Attributes:
        vectors: float32; a row is meaningful only where ``present`` is true, and zero elsewhere.
            Shape: (n, d).
        present: whether the text has a vector. Shape: (n,).
    """

    vectors: Vectors
    present: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or self.present.shape != self.vectors.shape[:1]:
            raise InputError(
                f"got vectors of shape {self.vectors.shape} and present of shape {self.present.shape}, "
                "expected (n, d) and (n,)"
            )
        for name in ("vectors", "present"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)


def embed(encoder: Encoder, texts: Sequence[str], role: Role = Role.NONE) -> Embedded:
    """Embed those texts that have a vector.

    Shape: n texts -> vectors (n, d), present (n,).

    Raises:
        RefusedTextsError: if the encoder fails on some of the texts; it names them.
        MissingVectorsError: if there are pictures among them, which the model does not take.
        ModelError: if the encoder fails or returns anything but finite vectors.
    """
    check_pictures(encoder.spec, texts)
    is_covered = covered(encoder, texts, role)
    if is_covered.all():
        vectors = _encoded(encoder, texts, role)
    else:
        vectors = np.zeros((len(texts), encoder.spec.dim), dtype=np.float32)
        rows = np.flatnonzero(is_covered).tolist()
        covered_texts = [texts[row] for row in rows]
        if covered_texts:
            vectors[rows] = _encoded(encoder, covered_texts, role)
    return Embedded(vectors, is_covered & vectors.any(axis=1))


def check_pictures(spec: ModelSpec, texts: Sequence[str]) -> None:
    """Refuse pictures for a model that reads texts only.

    Raises:
        MissingVectorsError: naming the model.
    """
    if any_picture(texts):
        require_pictures(spec)


def require_pictures(spec: ModelSpec) -> None:
    """Refuse a model that reads texts only.

    Raises:
        MissingVectorsError: naming the model.
    """
    if "image" not in spec.options.get(MODALITIES, ""):
        raise MissingVectorsError(
            f"model {spec.ref!r} takes no pictures; expected one that sentence-transformers gives pictures "
            "and texts, such as CLIP"
        )


def encode(encoder: Encoder, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
    """Embed texts that must all have a vector.

    Shape: n texts -> (n, d) float32, finite, no row all zero.

    Raises:
        ModelError: if a text has no vector, naming the model and the first such text.
    """
    require_covered(encoder, texts, role)
    vectors = _encoded(encoder, texts, role)
    is_zero = ~vectors.any(axis=1)
    if is_zero.any():
        text = texts[int(np.flatnonzero(is_zero)[0])]
        raise ModelError(
            f"model {encoder.spec.ref!r} answered {text!r} with a zero vector, expected one with a direction"
        )
    return vectors


def _encoded(encoder: Encoder, texts: Sequence[str], role: Role) -> Vectors:
    """Return the vectors of the texts; where the encoder fails, the error names the texts to blame."""
    try:
        vectors = encoder.encode(texts, role)
    except ModelError as error:
        named = refused_texts(error, encoder, texts, role)
        if named is error:
            raise
        raise named from error
    return checked_vectors(vectors, texts, encoder.spec)
