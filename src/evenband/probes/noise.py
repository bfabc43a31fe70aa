"""The noise floor: how far the same text lies from itself when it is embedded again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.encoders import Recomputing
from evenband.probes.encoding import encode
from evenband.similarity import paired_distance, paired_similarity
from evenband.types import Encoder, NoiseFloor, Vectors

PAIRS, CALL = 32, 13
"""How many pairs are embedded again, and how many texts of them at a time."""

_MANTISSA = {"bfloat16": 8, "float16": 11}
"""Significant bits, the hidden one included."""


def estimate_noise(
    fresh: Encoder, texts: tuple[Sequence[str], Sequence[str]], vectors: tuple[Vectors, Vectors]
) -> NoiseFloor:
    """Embed some pairs again: backwards in one call, in small calls, and by the model's second way.

    The dtype counts too: vectors of a bfloat16 or float16 model are known to half a unit in the
    last place only, so what that rounding can do is part of the floor even if it repeats exactly.

    Args:
        fresh: the model, *uncached*.
        texts: n first and n second texts.
        vectors: their vectors, (n, d) each, as measured.
    """
    n = len(texts[0])
    rows = np.unique(np.linspace(0, n - 1, min(PAIRS, n)).astype(int))
    again = [texts[side][row] for side in (0, 1) for row in rows]
    before = np.concatenate([vectors[0][rows], vectors[1][rows]])
    backwards = encode(fresh, again[::-1])[::-1]
    calls = [encode(fresh, again[start : start + CALL]) for start in range(0, len(again), CALL)]
    variants = [backwards, np.concatenate(calls)]
    if isinstance(fresh, Recomputing):
        variants.append(fresh.recompute(again))
    if fresh.spec.dtype in _MANTISSA:
        variants.append(_rounded(before, _MANTISSA[fresh.spec.dtype]))
    half = len(rows)
    score = paired_similarity(before[:half], before[half:])
    return NoiseFloor(
        floor=max(float(paired_distance(before, other).max()) for other in variants),
        score=max(
            float(np.abs(score - paired_similarity(other[:half], other[half:])).max()) for other in variants
        ),
        n=len(again),
    )


def _rounded(vectors: Vectors, bits: int) -> Vectors:
    """Unit vectors displaced by the half unit in the last place that rounding may have cost.

    The sign alternates, so that the displacement turns the vector and does not only stretch it.
    """
    sign = np.where(np.arange(vectors.shape[1]) % 2, 1.0, -1.0)
    return np.asarray(vectors * (1.0 + sign * 2.0**-bits), dtype=np.float32)
