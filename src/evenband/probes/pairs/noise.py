"""The noise floor: the largest distance of a text from itself when it is embedded again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from evenband import stages
from evenband.encoders import Recomputing, Stored
from evenband.probes.embedding import embed
from evenband.similarity import paired_distance, paired_own, paired_similarity
from evenband.types import Encoder, NoiseFloor, Role, Similarity, Vectors

MOST_REPEATED_PAIRS = 32
"""Largest number of a probe's pairs that are embedded again."""

FEWEST_REPEATED_PAIRS = 8
"""Smallest number of pairs that are embedded again, where a probe has so many."""

CELLS_PER_REPEATED_PAIR = 16
"""Between these limits one pair in 16 is embedded again."""

TEXTS_PER_SMALL_CALL = 13
"""Number of texts in each of the small calls."""

_MANTISSA_BITS = {"bfloat16": 8, "float16": 11}
"""Significant bits of a number format, the hidden one included."""


@runtime_checkable
class Steady(Protocol):
    """An encoder that keeps the noise floor of texts, such as a model in training."""

    def known_noise(self, texts: Sequence[str]) -> NoiseFloor | None:
        """Return the noise floor that was estimated from the same texts; ``None`` without one."""

    def keep_noise(self, texts: Sequence[str], noise: NoiseFloor) -> None:
        """Keep what was estimated from some texts."""


def estimate_noise(
    fresh: Encoder,
    texts: Sequence[Sequence[str]],
    vectors: Sequence[Vectors],
    roles: tuple[Role, Role] = (Role.NONE, Role.NONE),
    cells: int | None = None,
    parts: int = 1,
) -> NoiseFloor | None:
    """Estimate the noise floor by embedding some pairs again in other ways.

    The ways are: backwards in one call, in small calls, and by the model's own second path if it has one.
    The dtype counts too. Vectors of a bfloat16 or float16 model are exact only to half a unit in the last
    place, so what that rounding can do is part of the noise floor even if it repeats exactly.

    Args:
        fresh: the model, *uncached*.
        texts: n first and n second texts.
        vectors: their vectors, as measured. Shape: (n, d) each.
        roles: of first and second texts.
        cells: number of labels times templates of the whole probe; n if not given.
        parts: number of calls over which the probe's pairs are spread.

    Returns:
        ``None`` for an encoder that only looks vectors up, since repeating a look-up shows nothing.

    Raises:
        ModelError: if the encoder fails.
    """
    if isinstance(fresh, Stored):
        return None
    stages.enter("noise floor")
    rows = repeated_rows(len(texts[0]), cells, parts)
    half = len(rows)
    repeated = [texts[side][row] for side in (0, 1) for row in rows]
    known = fresh.known_noise(repeated) if isinstance(fresh, Steady) else None
    if known is not None:
        return known
    before = np.concatenate([vectors[side][rows] for side in (0, 1)])
    if roles[0] == roles[1]:
        variants = _variants(fresh, repeated, before, roles[0])
    else:
        first = _variants(fresh, repeated[:half], before[:half], roles[0])
        second = _variants(fresh, repeated[half:], before[half:], roles[1])
        variants = [np.concatenate(pair) for pair in zip(first, second, strict=True)]
    noise = _noise_floor(before, variants, fresh.spec.similarity)
    if isinstance(fresh, Steady):
        fresh.keep_noise(repeated, noise)
    return noise


def repeated_rows(n: int, cells: int | None, parts: int) -> list[int]:
    """Return the evenly spread rows, of n, whose pairs are embedded again in this call."""
    pairs = min(MOST_REPEATED_PAIRS, max(FEWEST_REPEATED_PAIRS, (cells or n) // CELLS_PER_REPEATED_PAIR))
    rows: list[int] = np.unique(np.linspace(0, n - 1, min(-(-pairs // parts), n)).astype(int)).tolist()
    return rows


def _noise_floor(before: Vectors, variants: Sequence[Vectors], similarity: Similarity) -> NoiseFloor:
    """Return the largest differences between vectors as measured and their variants.

    Shape: (2 m, d) each, m first texts and m second ones.
    """
    half = len(before) // 2
    score = paired_similarity(before[:half], before[half:])
    return NoiseFloor(
        floor=max(float(paired_distance(before, other).max()) for other in variants),
        score=max(
            float(np.abs(score - paired_similarity(other[:half], other[half:])).max()) for other in variants
        ),
        n=len(before),
        own=None if similarity == "cosine" else _own_noise(before, variants, similarity),
    )


def _own_noise(before: Vectors, variants: Sequence[Vectors], similarity: Similarity) -> float:
    """Return the largest change of a pair's own similarity. Shape: (2 m, d) each."""
    half = len(before) // 2
    own = paired_own(similarity, before[:half], before[half:])
    moved = (paired_own(similarity, other[:half], other[half:]) for other in variants)
    return max(float(np.abs(own - other).max()) for other in moved)


def _variants(fresh: Encoder, texts: Sequence[str], before: Vectors, role: Role) -> list[Vectors]:
    """Return the vectors of the texts as computed in other ways.

    Shape: n texts, (n, d) -> (n, d) each.
    """
    backwards = embed(fresh, texts[::-1], role).vectors[::-1]
    starts = range(0, len(texts), TEXTS_PER_SMALL_CALL)
    calls = [embed(fresh, texts[start : start + TEXTS_PER_SMALL_CALL], role).vectors for start in starts]
    variants = [backwards, np.concatenate(calls)]
    if isinstance(fresh, Recomputing):
        variants.append(fresh.recompute(texts, role))
    if fresh.spec.dtype in _MANTISSA_BITS:
        variants.append(_displaced(before, _MANTISSA_BITS[fresh.spec.dtype]))
    return variants


def _displaced(vectors: Vectors, bits: int) -> Vectors:
    """Return the vectors displaced by the half unit in the last place that rounding may have cost.

    The sign alternates, so that the displacement turns the vector and does not only stretch it.

    Shape: (n, d) -> (n, d).
    """
    sign = np.where(np.arange(vectors.shape[1]) % 2, 1.0, -1.0)
    return np.asarray(vectors * (1.0 + sign * 2.0**-bits), dtype=np.float32)
