"""Screen: a probe measured in a fast number format, and in the exact one where it matters.

Every text is embedded by the fast encoder. The texts of the farthest cells of each template, and of a
random tenth of its labels, are embedded again by the exact encoder. The score of a cell that was computed
twice is the exact one. Three details record what was done: ``exact`` (1 or 0), ``drawn`` (1 where the cell is
of the random tenth) and ``fast``, the fast score of every cell.

``swap``, ``hit``, ``auc`` and ``pass`` compare a pair with all others, and stay those of the fast encoder
throughout, as ``components`` do: a distance between vectors of two formats would belong to neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evenband.probes.embedding import embed
from evenband.probes.pairs.calibration import calibrate
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.similarity import paired_distance, paired_similarity
from evenband.stats import rescoring
from evenband.types import Encoder, NoiseFloor, PairsMeasurement, Scores, ScreenDetails, Texts


@dataclass(frozen=True)
class EncoderPair:
    """An encoder and its cached wrapper; both are the same object where nothing is cached."""

    fresh: Encoder
    cached: Encoder


def screen(
    probe: MinimalPairs, fast: EncoderPair, exact: EncoderPair, rng: np.random.Generator
) -> PairsMeasurement:
    """Measure a probe with a fast encoder, and its farthest cells with the exact one.

    The exact encoder alone measures a probe of few labels, of which most would be computed twice, and a
    probe that orders texts. The three details are absent then.

    Args:
        probe: what to measure.
        fast: for every text.
        exact: for the farthest cells and the random tenth.
        rng: draws the tenth.

    Returns:
        A measurement of the exact model. Its noise is the difference between the two encoders.

    Raises:
        ModelError: if an encoder fails.
    """
    if probe.type != "INV" or len(probe.templates[0].texts) != 2 or not rescoring.pays(len(probe.slot)):
        return probe.measure(exact.cached, fresh=exact.fresh)
    rough = probe.measure(fast.cached, fresh=fast.fresh)
    drawn, is_exact = _cells_to_rescore(rough.scores, rng)
    scores, noise = _rescore(probe, rough, is_exact, fast.cached, exact.cached)
    return replace(
        rough,
        subject=exact.cached.spec,
        scores=scores,
        noise=noise,
        details=replace(
            rough.details,
            screen=ScreenDetails(is_exact, drawn, rough.scores),
            calibration=calibrate(exact.cached),
        ),
    )


def _cells_to_rescore(scores: Scores, rng: np.random.Generator) -> tuple[Scores, Scores]:
    """Choose the cells to compute again: 1 for the random tenth, and 1 for these and the farthest.

    Shape: (n, t) -> (n, t), (n, t).
    """
    drawn, is_exact = np.zeros(scores.shape), np.zeros(scores.shape)
    for column in range(scores.shape[1]):
        drawn[rescoring.draw(len(scores), rng), column] = 1.0
        is_exact[:, column] = drawn[:, column]
        is_exact[rescoring.choose_far(1.0 - scores[:, column]), column] = 1.0
    return drawn, is_exact


def _rescore(
    probe: MinimalPairs, rough: PairsMeasurement, is_exact: Scores, fast: Encoder, exact: Encoder
) -> tuple[Scores, NoiseFloor]:
    """Return the scores, exact where ``is_exact`` is 1, and how far the two encoders differ.

    Shape: (n, t) -> (n, t).
    """
    scores, noise = rough.scores.copy(), NoiseFloor(0.0, 0.0, 0)
    for column in range(scores.shape[1]):
        rows = np.flatnonzero(is_exact[:, column])
        texts = [table[rows, column] for table in rough.details.texts]
        scores[rows, column], floor = _exact_scores(probe, texts, fast, exact)
        error = float(np.abs(scores[rows, column] - rough.scores[rows, column]).max())
        noise = NoiseFloor(max(noise.floor, floor), max(noise.score, error), noise.n + 2 * len(rows))
    return scores, noise


def _exact_scores(
    probe: MinimalPairs, texts: list[Texts], fast: Encoder, exact: Encoder
) -> tuple[Scores, float]:
    """Return the exact scores of m pairs, and the largest distance of an exact vector from its fast one.

    Shape: two arrays of m texts -> (m,).
    """
    floor, vectors = 0.0, []
    for side, column in enumerate(texts):
        filled = [str(text) for text in column]
        vectors.append(embed(exact, filled, probe.role(side)).vectors)
        moved = paired_distance(vectors[-1], embed(fast, filled, probe.role(side)).vectors)
        floor = max(floor, float(moved.max()))
    return paired_similarity(*vectors), floor
