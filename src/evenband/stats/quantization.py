"""Number formats of finished vectors: eight bits and one bit per number.

The codes are those of sentence-transformers' ``quantize_embeddings``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Single = NDArray[np.float32]

LAST_CODE, CODES_BELOW_ZERO = 255, 128


def code_steps(ranges: Single) -> Single:
    """Return the width of a code of each number; one where a number never varies.

    Shape: (2, d): least and greatest value -> (d,).
    """
    steps = (ranges[1] - ranges[0]) / LAST_CODE
    return np.asarray(np.where(steps == 0, np.float32(1), steps), dtype=np.float32)


def byte_codes(vectors: Single, ranges: Single) -> Single:
    """Return codes from 0 to 255.

    Shape: (n, d), (2, d) -> (n, d).

    Args:
        vectors: to quantise.
        ranges: least and greatest value of each number; what lies beyond gets the first or last code.
    """
    codes = np.clip(np.floor((vectors - ranges[0]) / code_steps(ranges)), 0, LAST_CODE)
    return np.asarray(codes, dtype=np.float32)


def sign_bits(vectors: Single) -> NDArray[np.bool_]:
    """Return whether each number is above zero. Shape: (n, d) -> (n, d)."""
    return np.asarray(vectors > 0)
