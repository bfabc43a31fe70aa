"""A probe in a fast number format, and what matters of it again in the exact one.

Every text is embedded by the fast encoder; the texts of the farthest cells of each template and
of a random tenth of its labels are embedded again by the exact one. The score of a cell that was
computed twice is the exact one. Three details say what was done: ``exact`` (1 or 0), ``drawn``
(1 where the cell is of the random tenth) and ``fast``, the fast score of every cell. ``swap``,
``hit``, ``auc`` and ``pass`` compare a pair with all others and stay those of the fast encoder throughout:
distances between vectors of two formats would be of neither.
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
class Pair:
    """An encoder, and the way to it that remembers; one and the same where nothing is kept."""

    fresh: Encoder
    cached: Encoder


def screen(probe: MinimalPairs, fast: Pair, exact: Pair, rng: np.random.Generator) -> PairsMeasurement:
    """Measure a probe as said above.

    A probe of few labels, most of which would be computed twice, and one that asks more of a text
    than to stay near its pair are measured by the exact encoder alone, without the three details.

    Args:
        probe: what to measure.
        fast: for every text.
        exact: for the tail and the random tenth.
        rng: draws the tenth.

    Returns:
        A measurement of the exact model. Its noise is what the two encoders differ by.

    Raises:
        ModelError: if an encoder fails.
    """
    n = len(probe.slot)
    if probe.type != "INV" or len(probe.templates[0].texts) != 2 or not rescoring.pays(n):
        return probe.measure(exact.cached, fresh=exact.fresh)
    rough = probe.measure(fast.cached, fresh=fast.fresh)
    scores, again, drawn = rough.scores.copy(), np.zeros(rough.scores.shape), np.zeros(rough.scores.shape)
    noise = NoiseFloor(0.0, 0.0, 0)
    for column in range(scores.shape[1]):
        drawn[rescoring.draw(len(scores), rng), column] = 1.0
        again[:, column] = drawn[:, column]
        again[rescoring.choose_far(1.0 - rough.scores[:, column]), column] = 1.0
        rows = np.flatnonzero(again[:, column])
        texts = [table[rows, column] for table in rough.details.texts]
        scores[rows, column], floor = _repeat(probe, texts, fast.cached, exact.cached)
        error = float(np.abs(scores[rows, column] - rough.scores[rows, column]).max())
        noise = NoiseFloor(max(noise.floor, floor), max(noise.score, error), noise.n + 2 * len(rows))
    return replace(
        rough,
        subject=exact.cached.spec,
        scores=scores,
        noise=noise,
        details=replace(
            rough.details,
            screen=ScreenDetails(again, drawn, rough.scores),
            calibration=calibrate(exact.cached),
        ),
    )


def _repeat(probe: MinimalPairs, texts: list[Texts], fast: Encoder, exact: Encoder) -> tuple[Scores, float]:
    """Exact scores of some pairs, and the largest distance of a text's exact vector from its fast one."""
    floor, found = 0.0, []
    for number, side in enumerate(texts):
        filled = [str(text) for text in side]
        found.append(embed(exact, filled, probe.role(number)).vectors)
        moved = paired_distance(found[-1], embed(fast, filled, probe.role(number)).vectors)
        floor = max(floor, float(moved.max()))
    return paired_similarity(*found), floor
