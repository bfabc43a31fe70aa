"""What every encoder promises of its vectors, checked in one place."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.encoders.capabilities import Covering
from evenband.errors import InputError, ModelError
from evenband.types import Encoder, ModelSpec, Role, Vectors
from evenband.wording import counted


def is_sentence_transformer(model: object) -> bool:
    """Return whether an object is a live ``SentenceTransformer``; never imports the library."""
    library = sys.modules.get("sentence_transformers")
    return library is not None and isinstance(model, library.SentenceTransformer)


def checked_encoder(model: object) -> Encoder:
    """Return the object if it is an encoder.

    Raises:
        InputError: naming what came and, of a live model, how to make an encoder of it.
    """
    if isinstance(model, Encoder):
        return model
    if is_sentence_transformer(model):
        raise InputError(
            f"got {type_of(model)}, expected a reference or an encoder; pass evenband.wrap(model) instead"
        )
    raise InputError(
        f"got {type_of(model)}, expected a reference such as 'minilm', or an encoder with `spec` and `encode`"
    )


def type_of(value: object) -> str:
    """Return an object's type for a message, such as ``a torch.nn.Linear``."""
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else kind.__module__.partition(".")[0] + "."
    return f"a value of type {module}{kind.__qualname__}"


def checked_texts(texts: Sequence[str]) -> list[str]:
    """Return the texts as a list.

    Raises:
        InputError: if one of them is not a string, or a single string stands for the list.
    """
    if isinstance(texts, str):
        raise InputError(f"got the one text {_short(texts)}, expected a list of texts; put it into brackets")
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"text {index} is {text!r} ({type(text).__name__}), expected a string")
    return list(texts)


def checked_vectors(vectors: ArrayLike, texts: Sequence[str], spec: ModelSpec) -> Vectors:
    """Return the vectors as the numeric contract wants them.

    Shape: (n, d) of any numbers -> (n, d) float32, C-contiguous, finite.

    Raises:
        ModelError: naming the model and, where one text is to blame, the text.
    """
    array = np.ascontiguousarray(vectors, dtype=np.float32)
    if array.shape != (len(texts), spec.dim):
        raise ModelError(
            f"model {spec.ref!r} answered {counted(len(texts), 'text')} with an array of shape "
            f"{array.shape}, expected {(len(texts), spec.dim)}"
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


def covered(encoder: Encoder, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
    """Return which texts the encoder has a vector for; all of them if it is not ``Covering``.

    Shape: n texts -> (n,).

    Raises:
        ModelError: if the encoder answers with something else than n truth values.
    """
    if not isinstance(encoder, Covering) or not len(texts):
        return np.ones(len(texts), dtype=np.bool_)
    present = np.asarray(encoder.covers(texts, role))
    if present.shape != (len(texts),) or present.dtype != np.bool_:
        raise ModelError(
            f"model {encoder.spec.ref!r} answered which of {counted(len(texts), 'text')} it covers with "
            f"{present.dtype} of shape {present.shape}, expected bool of shape {(len(texts),)}"
        )
    return present


def require_covered(encoder: Encoder, texts: Sequence[str], role: Role = Role.NONE) -> None:
    """Refuse texts that the encoder has no vector for.

    Raises:
        ModelError: naming the first of them.
    """
    present = covered(encoder, texts, role)
    if not present.all():
        text = texts[int(np.flatnonzero(~present)[0])]
        raise ModelError(
            f"model {encoder.spec.ref!r} has no vector for {_short(text)}; "
            "expected texts that it covers: leave the others out"
        )


def no_vectors(spec: ModelSpec) -> Vectors:
    """Return the answer to no texts. Shape: (0, d)."""
    return np.zeros((0, spec.dim), dtype=np.float32)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
