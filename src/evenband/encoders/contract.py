"""What every encoder promises of its vectors, checked in one place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec, Vectors


def checked_texts(texts: Sequence[str]) -> list[str]:
    """The texts as a list.

    Raises:
        InputError: if one is not a string, or the texts are one string.
    """
    if isinstance(texts, str):
        raise InputError(f"got the one text {_short(texts)}, expected a list of texts; put it into brackets")
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"text {index} is {text!r} ({type(text).__name__}), expected a string")
    return list(texts)


def checked_vectors(vectors: ArrayLike, texts: Sequence[str], spec: ModelSpec) -> Vectors:
    """The vectors as the numeric contract wants them.

    Shape: (n, d) of any numbers -> (n, d) float32, C-contiguous, finite.

    Raises:
        ModelError: naming the model and, where one text is to blame, the text.
    """
    array = np.ascontiguousarray(vectors, dtype=np.float32)
    if array.shape != (len(texts), spec.dim):
        raise ModelError(
            f"model {spec.ref!r} answered {len(texts)} texts with an array of shape {array.shape}, "
            f"expected {(len(texts), spec.dim)}"
        )
    finite = np.isfinite(array).all(axis=1)
    if not finite.all():
        row = int(np.flatnonzero(~finite)[0])
        hint = "" if spec.dtype == "float32" else f"; its dtype is {spec.dtype}, try float32"
        raise ModelError(
            f"model {spec.ref!r} answered the text {_short(texts[row])} with NaN or infinity, "
            f"expected finite numbers{hint}"
        )
    return array


def no_vectors(spec: ModelSpec) -> Vectors:
    """The answer to no texts. Shape: (0, d)."""
    return np.zeros((0, spec.dim), dtype=np.float32)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
