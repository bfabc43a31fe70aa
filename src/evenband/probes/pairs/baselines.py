"""What encoders that understand nothing get on the same texts: a probe that they pass shows nothing.

A bag of words, a bag of character trigrams, and a direction of its own for every text. To a bag of words two
texts are often equally near, and then the pseudo-random vectors of their words decide, whatever their length
and however many labels share those words. One draw of the vectors is chance, the mean over several less so.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evenband import encoders
from evenband.probes.pairs.minimal_pairs import MinimalPairs

BASELINES = ("words", "chars", "random")
BASELINE_DIM = 256
"""Enough that two words' pseudo-random vectors are nearly orthogonal."""

DRAWS: Mapping[str, int] = {"words": 8, "chars": 1, "random": 1}
"""Of the vectors; several for the one that a scorecard shows, and that most often has ties to break."""

MOST_LABELS = 1000
"""Labels at most; of more, so many evenly spread ones. A pass rate does not depend on their number."""


def measure_baselines(probe: MinimalPairs) -> Mapping[str, float]:
    """Pass rate of each of the three, in [0, 1]; none where a single label has no others to pass against."""
    n = len(probe.slot)
    if n > MOST_LABELS:
        probe = probe.take(np.linspace(0, n - 1, MOST_LABELS).astype(int).tolist())
    rates = {kind: _pass_rate(probe, kind) for kind in BASELINES}
    return {kind: rate for kind, rate in rates.items() if np.isfinite(rate)}


def _pass_rate(probe: MinimalPairs, kind: str) -> float:
    """The mean over the draws."""
    options = ["", *(f"&seed={seed}" for seed in range(1, DRAWS[kind]))]
    return float(
        np.mean([_pass_rate_of(probe, f"toy:{kind}?dim={BASELINE_DIM}{option}") for option in options])
    )


def _pass_rate_of(probe: MinimalPairs, ref: str) -> float:
    return float(np.mean([cell["pass"] for cell in probe.cells(encoders.load(ref))]))
