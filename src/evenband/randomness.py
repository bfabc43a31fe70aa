"""Random streams: each use of randomness has its own, so that adding one changes no other."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evenband.digests import digest_of

STREAMS = {
    "sample": 1,
    "analysis": 2,
    "controls": 3,
    "ordinary pairs": 4,
    "screen": 5,
    "budget": 10,
    "rivals": 9,
    "cherry picks": 11,
    "training pairs": 12,
}
"""Number of each named stream of a run; a number is never reused for another use."""

Use = Literal[
    "sample",
    "analysis",
    "controls",
    "ordinary pairs",
    "screen",
    "budget",
    "rivals",
    "cherry picks",
    "training pairs",
]


def stream(seed: int, use: Use) -> np.random.Generator:
    """Return the generator of one use under a run's seed.

    Args:
        seed: of the run, 0 or more.
        use: a key of :data:`STREAMS`.
    """
    return np.random.default_rng((seed, STREAMS[use]))


def named_stream(*names: str) -> np.random.Generator:
    """Return a generator that depends on names only, so that a standard draw is the same everywhere."""
    return np.random.default_rng(int(digest_of(list(names))[:16], 16))
