"""What every reranker promises of its scores, checked in one place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec, Scores
from evenband.wording import counted

Pair = tuple[str, str]
"""A query and a document."""

_SHOWN = 40


def checked_pairs(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs as a list of tuples.

    Raises:
        InputError: naming the first that is not two strings.
    """
    for index, pair in enumerate(pairs):
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2
        if not is_pair or not all(isinstance(text, str) for text in pair):
            raise InputError(f"pair {index} is {pair!r}, expected a query and a document, two strings")
    return [(query, document) for query, document in pairs]


def checked_scores(scores: ArrayLike, pairs: Sequence[Pair], spec: ModelSpec) -> Scores:
    """Return the scores as the numeric contract wants them.

    Shape: (n,) of any numbers -> (n,) float64, finite.

    Raises:
        ModelError: naming the model and, where one pair is to blame, the pair.
    """
    array = np.ascontiguousarray(scores, dtype=np.float64)
    if array.shape != (len(pairs),):
        raise ModelError(
            f"model {spec.ref!r} answered {counted(len(pairs), 'pair')} with an array of shape "
            f"{array.shape}, expected {(len(pairs),)}: one score for each pair"
        )
    finite = np.isfinite(array)
    if not finite.all():
        query, document = pairs[int(np.flatnonzero(~finite)[0])]
        hint = "" if spec.dtype == "float32" else f"; its dtype is {spec.dtype}, try float32"
        raise ModelError(
            f"model {spec.ref!r} scored {_short(query)} with {_short(document)} as NaN or infinity, "
            f"expected a finite number{hint}"
        )
    return array


def no_scores() -> Scores:
    """Return the answer to no pairs. Shape: (0,)."""
    return np.zeros(0, dtype=np.float64)


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
