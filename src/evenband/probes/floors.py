"""What encoders that understand nothing get on the same texts: a probe that they pass shows nothing.

A bag of words, a bag of character trigrams, and a direction of its own for every text.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evenband import encoders
from evenband.probes.minimal_pairs import MinimalPairs

KINDS = ("words", "chars", "random")
DIM = 256
"""Enough that two words' pseudo-random vectors are nearly orthogonal."""

MOST = 1000
"""Labels at most; of more, so many evenly spread ones. A pass rate does not depend on their number."""


def measure_floors(probe: MinimalPairs) -> Mapping[str, float]:
    """Pass rate of each of the three, in [0, 1]; none where a single label has no others to pass against."""
    n = len(probe.slot)
    if n > MOST:
        probe = probe.take(np.linspace(0, n - 1, MOST).astype(int).tolist())
    rates = {kind: _pass_rate(probe, kind) for kind in KINDS}
    return {kind: rate for kind, rate in rates.items() if np.isfinite(rate)}


def _pass_rate(probe: MinimalPairs, kind: str) -> float:
    encoder = encoders.load(f"toy:{kind}?dim={DIM}")
    return float(np.mean([cell["pass"] for cell in probe.cells(encoder)]))
