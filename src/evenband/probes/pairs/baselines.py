"""Pass rates of encoders that understand nothing: a probe that they pass shows nothing.

Three such baselines read the probe's own texts: a bag of words, a bag of character trigrams, and a random
direction for every text. To a bag of words two texts are often equally near. The pseudo-random vectors of the
words then decide, whatever their length and however many labels share those words. The result of one draw of
these vectors is chance, so the mean over several draws is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from evenband import encoders, stages
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.stats.ranks import OPPONENTS, undefeated
from evenband.stats.shares import mean_of_cells
from evenband.types import Scores

BASELINES = ("words", "chars", "random")
BASELINE_DIM = 256
"""Dimension of the vectors: enough that two words' pseudo-random vectors are nearly orthogonal."""

DRAWS: Mapping[str, int] = {"words": 8, "chars": 1, "random": 1}
"""Number of draws of the vectors; several for the one that a scorecard shows and that has the most ties."""

MOST_BASELINE_LABELS = 1000
"""Largest number of labels; of more, evenly spread ones are taken. A pass rate does not depend on n."""

MOST_KEPT_RATES = 256
"""Number of probes whose rates are kept in memory, so that a second model does not measure them again."""

_kept_rates: dict[tuple[str, int], Mapping[str, float]] = {}


def measure_baselines(probe: MinimalPairs, opponents: int = OPPONENTS) -> Mapping[str, float]:
    """Return the pass rate of each baseline on a probe, in [0, 1].

    They depend on the probe's texts alone, so those of the last probes are kept, by the digest of the texts.
    A probe of a single label has no other labels to pass against, so the mapping is empty.

    Args:
        probe: to read.
        opponents: number of rivals among which a cell of an INV probe passes, at most.
    """
    key = (probe.spec.digest, opponents)
    if key not in _kept_rates:
        if len(_kept_rates) >= MOST_KEPT_RATES:
            _kept_rates.clear()
        stages.enter("baselines")
        _kept_rates[key] = _finite_rates(probe, opponents)
    return _kept_rates[key]


def _finite_rates(probe: MinimalPairs, opponents: int) -> Mapping[str, float]:
    """Measure the baselines that have another text to compare with."""
    n = len(probe.slot)
    if n > MOST_BASELINE_LABELS:
        probe = probe.take(np.linspace(0, n - 1, MOST_BASELINE_LABELS).astype(int).tolist())
    rates = {name: _mean_pass_rate(probe, name, opponents) for name in BASELINES}
    return MappingProxyType({name: rate for name, rate in rates.items() if np.isfinite(rate)})


def _mean_pass_rate(probe: MinimalPairs, name: str, opponents: int) -> float:
    """Return the mean pass rate over the draws of a baseline's vectors."""
    seeds = ["", *(f"&seed={seed}" for seed in range(1, DRAWS[name]))]
    refs = [f"toy:{name}?dim={BASELINE_DIM}{seed}" for seed in seeds]
    return float(np.mean([_pass_rate(probe, ref, opponents) for ref in refs]))


def _pass_rate(probe: MinimalPairs, ref: str, opponents: int) -> float:
    """Return the pass rate of one baseline, NaN where no cell has another text to compare with."""
    cells = probe.cells(encoders.load(ref))
    passes = np.stack([_passes(cell, opponents) for cell in cells], axis=1)
    return mean_of_cells(passes)


def _passes(cell: Mapping[str, Scores], opponents: int) -> Scores:
    """Return how far each cell passes among so many rivals. Shape: (n,)."""
    if "nearer" not in cell or opponents == OPPONENTS:
        return cell["pass"]
    return undefeated(cell["nearer"], cell["tied"], cell["rivals"], opponents)
