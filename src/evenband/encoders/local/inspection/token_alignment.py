"""Alignment of two token sequences by a longest common subsequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def align(a: Sequence[int], b: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the positions of a longest common subsequence of two lists of token ids.

    The common prefix and the common suffix are always part of one, so dynamic programming is needed for the
    tokens between them only.

    Returns:
        Pairs (position in a, position in b), both increasing.
    """
    shorter = min(len(a), len(b))
    prefix = common_prefix_length(a, b)
    suffix = min(common_prefix_length(a[::-1], b[::-1]), shorter - prefix)
    middle = _common_subsequence(np.array(a[prefix : len(a) - suffix]), np.array(b[prefix : len(b) - suffix]))
    return (
        *((i, i) for i in range(prefix)),
        *((i + prefix, j + prefix) for i, j in middle),
        *((len(a) - k, len(b) - k) for k in range(suffix, 0, -1)),
    )


def common_prefix_length(a: Sequence[int], b: Sequence[int]) -> int:
    """Return the length of the longest common prefix."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _common_subsequence(a: NDArray[np.int64], b: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the positions of a longest common subsequence. Shape: (n,), (m,)."""
    # longest[i, j] is the length of a longest common subsequence of the suffixes a[i:] and b[j:].
    longest = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int32)
    for i in range(len(a) - 1, -1, -1):
        best = np.maximum(longest[i + 1, :-1], longest[i + 1, 1:] + (a[i] == b))
        longest[i, :-1] = np.maximum.accumulate(best[::-1])[::-1]
    pairs, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:  # pairing two equal first tokens never makes the rest shorter than it could be
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif longest[i + 1, j] >= longest[i, j + 1]:
            i += 1
        else:
            j += 1
    return pairs
