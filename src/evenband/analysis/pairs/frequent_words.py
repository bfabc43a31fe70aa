"""Frequent words: where a memorised cell is most likely, and so what a search for one looks at first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.pairs.covariates import zipf_of
from evenband.types import PairsMeasurement, Scores

FREQUENT_ZIPF = 3.5
"""Zipf frequency from which a word is frequent: three occurrences in a million words."""

FREQUENT_WORD_WEIGHT = 4.0
"""Prior weight of a frequent word in the search for memorised cells; that of any other label is 1."""


def frequent_words(measurement: PairsMeasurement) -> NDArray[np.bool_] | None:
    """Return which labels are frequent: one word of letters, three times in a million words or more.

    A phrase is not, since word lists only guess its frequency from that of its parts.

    Shape: (n,); ``None`` where frequencies were not measured, and in another language than English, whose
    frequencies they are.
    """
    zipf = zipf_of(measurement)
    if zipf is None or measurement.probe.language not in ("", "en"):
        return None
    is_word = np.array([label.isalpha() for label in measurement.items], dtype=bool)
    return np.asarray((zipf >= FREQUENT_ZIPF) & is_word)


def prior_weights(measurement: PairsMeasurement) -> Scores | None:
    """Return the labels' prior weights in the search for memorised cells.

    What a model learns by heart are famous examples, and these are frequent words.

    Shape: (n,); ``None`` where :func:`frequent_words` are not known.
    """
    is_frequent = frequent_words(measurement)
    return None if is_frequent is None else np.where(is_frequent, FREQUENT_WORD_WEIGHT, 1.0)
