"""A family on its published draw and on a fresh one: is it passed less often on new sentences?

A draw is fresh only as far as there is something left to draw. Where its labels are those of the standard
draw, as with a short list of one's own terms, the two say nothing of what a model has learned by heart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.scale import passes_of
from evenband.analysis.pairs.values import PairsAudit
from evenband.stats.gap import compare_draws
from evenband.stats.tails import adjust
from evenband.types import Estimate, PairsMeasurement, Scores

LEAST = 0.05
"""Share of labels, and of sentences, that must be new for a draw to count as fresh."""

Place = tuple[str, tuple[str, ...]]
"""Family and roles: what a standard draw and its fresh one have in common."""


@dataclass(frozen=True)
class Fresh:
    """The same family on sentences that no published file holds.

    Attributes:
        draw: its name, such as ``fresh 7``.
        novel: share of its labels that the standard draw does not have, in [0, 1].
        sentences: share of its cells whose text a the standard draw does not have, in [0, 1].
        pass_rate: on the fresh draw.
        gap: pass rate of the standard draw less that of the fresh one.
        q: adjusted p-value of the gap over all families; small: the published sentences are easier for
            this model than equally hard ones that it cannot have seen.
    """

    draw: str
    novel: float
    sentences: float
    pass_rate: Estimate
    gap: Estimate
    q: float


def place_of(audit: PairsAudit) -> Place:
    """Which family it is, in which roles."""
    return audit.measurement.probe.family, audit.measurement.probe.roles


def pair_draws(audits: Sequence[PairsAudit]) -> list[tuple[PairsAudit, PairsAudit]]:
    """Every standard draw that has a fresh one, with it."""
    drawn = {place_of(one): one for one in audits if one.measurement.probe.draw}
    standard = [one for one in audits if not one.measurement.probe.draw]
    return [(one, drawn[place_of(one)]) for one in standard if place_of(one) in drawn]


def is_fresh(standard: PairsMeasurement, drawn: PairsMeasurement) -> bool:
    """Whether enough of the labels and of the sentences is new."""
    return min(_new_labels(standard, drawn), _new_sentences(standard, drawn)) >= LEAST


def contrast_draws(pairs: Sequence[tuple[PairsAudit, PairsAudit]]) -> dict[Place, Fresh]:
    """The fresh draws beside the standard ones; the false discovery rate is over all of them."""
    gaps = [compare_draws(_passes(one), _passes(two)) for one, two in pairs]
    q = adjust(np.array([gap.p for gap in gaps], dtype=np.float64)).tolist() if gaps else []
    return {
        place_of(two): Fresh(
            two.measurement.probe.draw,
            _new_labels(one.measurement, two.measurement),
            _new_sentences(one.measurement, two.measurement),
            two.summary.pass_rate,
            gap.difference,
            float(adjusted),
        )
        for (one, two), gap, adjusted in zip(pairs, gaps, q, strict=True)
    }


def _new_labels(standard: PairsMeasurement, drawn: PairsMeasurement) -> float:
    """What the draw says of itself, or less: a full standard draw has more labels than the published one."""
    known = set(standard.items)
    here = float(np.mean([label not in known for label in drawn.items]))
    return min(here, here if drawn.probe.novel is None else drawn.probe.novel)


def _new_sentences(standard: PairsMeasurement, drawn: PairsMeasurement) -> float:
    known = set(standard.details.texts[0].ravel().tolist())
    return float(np.mean([text not in known for text in drawn.details.texts[0].ravel().tolist()]))


def _passes(audit: PairsAudit) -> Scores:
    """Return the cells' passes; a draw without any behaves as if half of its cells passed."""
    passes = passes_of(audit.measurement)
    return np.full(audit.measurement.scores.shape, 0.5) if passes is None else passes
