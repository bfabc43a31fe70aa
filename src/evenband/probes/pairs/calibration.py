"""Calibration of a model's similarities: how those of unrelated texts and of paraphrases are spread.

A cosine of .9 is a paraphrase in one model and two unrelated sentences in another. The pairs are 40 English
paraphrases written for evenband; unrelated pairs join their first sentences.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np

from evenband.errors import ModelError
from evenband.probes.embedding import embed
from evenband.similarity import normalise, paired_similarity
from evenband.types import Encoder

logger = logging.getLogger(__name__)

PERCENTS = np.arange(101)


@cache
def paraphrases() -> tuple[tuple[str, str], ...]:
    """Return the paraphrase pairs that ship with evenband."""
    text = (resources.files("evenband.probes.pairs") / "data" / "paraphrases.csv").read_text(encoding="utf-8")
    return tuple((row["first"], row["second"]) for row in csv.DictReader(text.splitlines()))


def calibrate(encoder: Encoder) -> Mapping[str, tuple[float, ...]]:
    """Return percentiles 0 to 100 of the similarity of ``unrelated`` texts and ``paraphrase`` pairs.

    The mapping is empty for an encoder that has no vectors for these texts, such as one of precomputed
    vectors, or that fails on them, such as a stack of word vectors on a text without a known word.
    """
    first, second = zip(*paraphrases(), strict=True)
    try:
        embedded = embed(encoder, [*first, *second])
    except ModelError as error:
        logger.warning("not calibrated, since a text written for it cannot be embedded: %s", error)
        return {}
    if not embedded.present.all():
        return {}
    left, right = embedded.vectors[: len(first)], embedded.vectors[len(first) :]
    unit = normalise(left)
    unrelated = (unit @ unit.T)[np.triu_indices(len(first), 1)]
    similarities = {"unrelated": unrelated, "paraphrase": paired_similarity(left, right)}
    return {name: tuple(np.percentile(values, PERCENTS).tolist()) for name, values in similarities.items()}
