"""Power of the detector for frequent words and for other labels apart.

What a model learns by heart are famous examples, which are frequent words. Their distances scatter more than
others, and they weigh more in the search, so the power over all labels is not theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenband.analysis.limits import LEVEL
from evenband.analysis.pairs.frequent_words import frequent_words
from evenband.analysis.pairs.values import FrequencyPower
from evenband.stats.detection import Detection
from evenband.stats.power import estimate_power
from evenband.types import PairsMeasurement, Scores

FEWEST_OF_A_FREQUENCY = 50
"""Number of labels, of each group, below which the two groups are not told apart."""

FACTORS_BY_FREQUENCY = (2.7, 3.5, 4.5, 5.8, 8.2)
"""Factors by which the distance of a planted cell is multiplied, rising."""

REPEATS_BY_FREQUENCY = 4
"""Number of times that other random cells are planted, for each group and factor."""


def powers_by_frequency(
    measurement: PairsMeasurement, y: Scores, covariates: Scores, cells: Detection, rng: np.random.Generator
) -> Iterator[FrequencyPower]:
    """Yield the power for frequent words and for other labels; nothing where frequencies are not known.

    Args:
        measurement: n labels by t templates.
        y: (n, t) log-distances.
        covariates: (n, c), as the detector used them.
        cells: detection of y.
        rng: generator that chooses the planted cells.
    """
    frequent = frequent_words(measurement)
    if frequent is None:
        return
    if min(frequent.sum(), (~frequent).sum()) < FEWEST_OF_A_FREQUENCY:
        return
    for is_frequent, among in ((True, frequent), (False, ~frequent)):
        power = estimate_power(
            y, rng, LEVEL, covariates, cells, FACTORS_BY_FREQUENCY, among, REPEATS_BY_FREQUENCY
        )
        if power is not None:
            yield FrequencyPower(is_frequent, int(among.sum()), power)
