"""The noise floor: how far the same text lies from itself when it is embedded again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.encoders import Recomputing, Stored
from evenband.probes.embedding import embed
from evenband.similarity import paired_distance, paired_similarity
from evenband.types import Encoder, NoiseFloor, Role, Vectors

PAIRS, CALL = 32, 13
"""How many pairs of a probe are embedded again at most, and how many texts of them at a time."""

FEWEST, SHARE = 8, 16
"""Of a small probe one pair in 16 is embedded again, but at least 8."""

_MANTISSA = {"bfloat16": 8, "float16": 11}
"""Significant bits, the hidden one included."""


def estimate_noise(
    fresh: Encoder,
    texts: Sequence[Sequence[str]],
    vectors: Sequence[Vectors],
    roles: tuple[Role, Role] = (Role.NONE, Role.NONE),
    cells: int | None = None,
    parts: int = 1,
) -> NoiseFloor | None:
    """Embed some pairs again: backwards in one call, in small calls, and by the model's second way.

    The dtype counts too: vectors of a bfloat16 or float16 model are known to half a unit in the
    last place only, so what that rounding can do is part of the floor even if it repeats exactly.

    Args:
        fresh: the model, *uncached*.
        texts: n first and n second texts.
        vectors: their vectors, (n, d) each, as measured.
        roles: of first and second texts.
        cells: labels times templates of the whole probe; n if not given.
        parts: calls over which the probe's pairs are spread.

    Returns:
        ``None`` for an encoder that only looks vectors up: embedding a text again tells nothing.
    """
    if isinstance(fresh, Stored):
        return None
    n = len(texts[0])
    pairs = min(PAIRS, max(FEWEST, (cells or n) // SHARE))
    rows = np.unique(np.linspace(0, n - 1, min(-(-pairs // parts), n)).astype(int))
    half = len(rows)
    again = [texts[side][row] for side in (0, 1) for row in rows]
    before = np.concatenate([vectors[side][rows] for side in (0, 1)])
    if roles[0] == roles[1]:
        variants = _variants(fresh, again, before, roles[0])
    else:
        first = _variants(fresh, again[:half], before[:half], roles[0])
        second = _variants(fresh, again[half:], before[half:], roles[1])
        variants = [np.concatenate(pair) for pair in zip(first, second, strict=True)]
    score = paired_similarity(before[:half], before[half:])
    return NoiseFloor(
        floor=max(float(paired_distance(before, other).max()) for other in variants),
        score=max(
            float(np.abs(score - paired_similarity(other[:half], other[half:])).max()) for other in variants
        ),
        n=len(again),
    )


def _variants(fresh: Encoder, texts: Sequence[str], before: Vectors, role: Role) -> list[Vectors]:
    """The vectors of the texts, got in other ways. Shape: n texts, (n, d) -> (n, d) each."""
    backwards = embed(fresh, texts[::-1], role).vectors[::-1]
    calls = [embed(fresh, texts[start : start + CALL], role).vectors for start in range(0, len(texts), CALL)]
    variants = [backwards, np.concatenate(calls)]
    if isinstance(fresh, Recomputing):
        variants.append(fresh.recompute(texts, role))
    if fresh.spec.dtype in _MANTISSA:
        variants.append(_rounded(before, _MANTISSA[fresh.spec.dtype]))
    return variants


def _rounded(vectors: Vectors, bits: int) -> Vectors:
    """Unit vectors displaced by the half unit in the last place that rounding may have cost.

    The sign alternates, so that the displacement turns the vector and does not only stretch it.
    """
    sign = np.where(np.arange(vectors.shape[1]) % 2, 1.0, -1.0)
    return np.asarray(vectors * (1.0 + sign * 2.0**-bits), dtype=np.float32)
