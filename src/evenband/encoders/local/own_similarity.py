"""The similarity that a sentence-transformers model is made for, where it is not the cosine."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.types import Similarity, Vectors
from evenband.types.specs import SIMILARITIES

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

OF_VECTORS: tuple[Similarity, ...] = tuple(name for name in SIMILARITIES if name != "relevance")
"""Similarities of two vectors, which is what a model's configuration may name."""

SAMPLES = (
    "a",
    "How long are vectors?",
    "Whoever compares lengths embeds one text that is longer than the rest.",
)
"""Texts whose vectors show whether a model returns unit vectors."""

LENGTH_ERROR = {"bfloat16": 1e-2, "float16": 1e-2}
"""Largest error of a unit vector's length in a short number format."""

EXACT_LENGTH_ERROR = 1e-4
"""The same in float32."""


def declared_similarity(model: SentenceTransformer) -> Similarity:
    """Return what the model's configuration names, ``cosine`` where it names nothing.

    The library's own property would set the default on a model that has none, which is the user's.
    """
    name: Any = getattr(model, "_similarity_fn_name", None)
    return named_similarity(name)


def named_similarity(name: object) -> Similarity:
    """Return the similarity of a name, ``cosine`` where none is known by it."""
    return next((one for one in OF_VECTORS if one == name), "cosine")


def notes_on_similarity(folder: Path) -> tuple[str, ...]:
    """Return the note on a folder whose configuration names a similarity that is not known here.

    The library drops such a name without a word, so it is read from the file.
    """
    name: Any = None
    with contextlib.suppress(OSError, ValueError, AttributeError):
        file = folder / "config_sentence_transformers.json"
        name = json.loads(file.read_text(encoding="utf-8")).get("similarity_fn_name")
    if name is None or name in OF_VECTORS:
        return ()
    return (
        f"similarity: the model's configuration names {name!r}, which is none of {', '.join(OF_VECTORS)}; "
        "its texts are compared by cosine",
    )


def own_similarity(
    model: SentenceTransformer, encode: Callable[[Sequence[str]], Vectors], dtype: str
) -> Similarity:
    """Return by which similarity a model's vectors are compared, as its users do.

    Unit vectors have the same order by cosine, dot product and euclidean distance, so they are compared by
    cosine. That is seen from a few vectors, since a module's name does not tell: vectors may be cut or
    changed after they are normalised.

    Args:
        model: whose configuration names the similarity.
        encode: computes vectors, as cut or changed as they are measured.
        dtype: number format of the model.

    Raises:
        ModelError: if the model fails.
    """
    name = declared_similarity(model)
    if name in ("cosine", "manhattan"):
        return name
    lengths = np.linalg.norm(encode(SAMPLES).astype(np.float64), axis=1)
    is_unit = np.abs(lengths - 1).max() <= LENGTH_ERROR.get(dtype, EXACT_LENGTH_ERROR)
    return "cosine" if is_unit else name
