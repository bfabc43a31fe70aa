"""Which tokens two texts have in common, in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def align(a: Sequence[int], b: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Positions of a longest common subsequence of two lists of token ids.

    The equal beginning and the equal end are matched first, which a longest common
    subsequence may always do; what lies between is solved by dynamic programming.

    Returns:
        Pairs (position in a, position in b), both increasing.
    """
    short = min(len(a), len(b))
    head = shared_length(a, b)
    tail = min(shared_length(a[::-1], b[::-1]), short - head)
    inner = _subsequence(np.array(a[head : len(a) - tail]), np.array(b[head : len(b) - tail]))
    return (
        *((i, i) for i in range(head)),
        *((i + head, j + head) for i, j in inner),
        *((len(a) - k, len(b) - k) for k in range(tail, 0, -1)),
    )


def shared_length(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the longest common beginning."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _subsequence(a: NDArray[np.int64], b: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Dynamic programming over suffixes, a row at a time. Shape: (n,), (m,)."""
    longest = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int32)
    for i in range(len(a) - 1, -1, -1):
        best = np.maximum(longest[i + 1, :-1], longest[i + 1, 1:] + (a[i] == b))
        longest[i, :-1] = np.maximum.accumulate(best[::-1])[::-1]
    found, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:  # taking an equal pair of first tokens never loses one
            found.append((i, j))
            i, j = i + 1, j + 1
        elif longest[i + 1, j] >= longest[i, j + 1]:
            i += 1
        else:
            j += 1
    return found
