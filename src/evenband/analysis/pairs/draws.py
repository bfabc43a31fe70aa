"""Comparison of a probe family's published draw with a fresh one: does the model pass it less often?

A model may have seen the published sentences in training, but not fresh ones. A draw counts as fresh only
where enough labels and sentences are new; a user's short list of terms may leave nothing new to draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.analysis.limits import LEVEL
from evenband.analysis.pairs.rivals import common_rivals, passes_among
from evenband.analysis.pairs.scale import clusters_of, passes_of
from evenband.analysis.pairs.values import PairsAudit
from evenband.stats.gap import compare_draws
from evenband.stats.multiple_testing import adjust
from evenband.types import Estimate, PairsMeasurement, Scores

SMALLEST_NEW_SHARE = 0.05
"""Smallest share of labels, and of sentences, that must be new for a draw to count as fresh."""

Place = tuple[str, tuple[str, ...]]
"""Family and roles of a probe, which a standard draw and its fresh one have in common."""


@dataclass(frozen=True)
class Fresh:
    """Family on a fresh draw: sentences that no published file holds.

    Attributes:
        draw: name of the draw, such as ``fresh 7``.
        novel: share of its labels that the standard draw does not have, in [0, 1].
        sentences: share of its cells whose text a the standard draw does not have, in [0, 1].
        pass_rate: pass rate on the fresh draw, in [0, 1].
        gap: pass rate of the standard draw less that of the fresh one, in [-1, 1].
        q: p-value of the gap, adjusted over all families; small where the published sentences are easier
            for this model than equally hard ones that it cannot have seen.
    """

    draw: str
    novel: float
    sentences: float
    pass_rate: Estimate
    gap: Estimate
    q: float

    @property
    def harder(self) -> bool:
        """Whether the fresh draw is certified to be harder than the published one."""
        return self.q <= LEVEL


def place_of(audit: PairsAudit) -> Place:
    """Return the family and the roles of an audit's probe."""
    return audit.measurement.probe.family, audit.measurement.probe.roles


def pair_draws(audits: Sequence[PairsAudit]) -> list[tuple[PairsAudit, PairsAudit]]:
    """Return each standard draw that has a fresh one, together with the fresh one."""
    fresh = {place_of(audit): audit for audit in audits if audit.measurement.probe.draw}
    standard = [audit for audit in audits if not audit.measurement.probe.draw]
    return [(audit, fresh[place_of(audit)]) for audit in standard if place_of(audit) in fresh]


def is_fresh(standard: PairsMeasurement, drawn: PairsMeasurement) -> bool:
    """Return whether enough labels and enough sentences of a draw are new."""
    return min(_new_labels(standard, drawn), _new_sentences(standard, drawn)) >= SMALLEST_NEW_SHARE


def contrast_draws(pairs: Sequence[tuple[PairsAudit, PairsAudit]]) -> dict[Place, Fresh]:
    """Compare each standard draw with its fresh one; the p-values are adjusted over all pairs."""
    gaps = [
        compare_draws(
            *_passes(standard.measurement, fresh.measurement),
            clusters=(clusters_of(standard.measurement), clusters_of(fresh.measurement)),
        )
        for standard, fresh in pairs
    ]
    q = adjust(np.array([gap.p for gap in gaps], dtype=np.float64)).tolist() if gaps else []
    return {
        place_of(fresh): Fresh(
            draw=fresh.measurement.probe.draw,
            novel=_new_labels(standard.measurement, fresh.measurement),
            sentences=_new_sentences(standard.measurement, fresh.measurement),
            pass_rate=fresh.summary.pass_rate,
            gap=gap.difference,
            q=float(adjusted),
        )
        for (standard, fresh), gap, adjusted in zip(pairs, gaps, q, strict=True)
    }


def _new_labels(standard: PairsMeasurement, drawn: PairsMeasurement) -> float:
    """Return the share of a draw's labels that are new, by its own account and by comparison.

    The smaller counts, since a full standard draw has more labels than the published one.
    """
    old = set(standard.items)
    share = float(np.mean([label not in old for label in drawn.items]))
    return share if drawn.probe.novel is None else min(share, drawn.probe.novel)


def _new_sentences(standard: PairsMeasurement, drawn: PairsMeasurement) -> float:
    """Return the share of a draw's cells whose text a the standard draw does not have."""
    old = set(standard.details.texts[0].ravel().tolist())
    return float(np.mean([text not in old for text in drawn.details.texts[0].ravel().tolist()]))


def can_be_contrasted(standard: PairsMeasurement, drawn: PairsMeasurement) -> bool:
    """Return whether the pass rates of two draws can be counted among as many rivals."""
    few = common_rivals(standard, drawn)
    return all(passes_of(one) is None or passes_among(one, few) is not None for one in (standard, drawn))


def _passes(left: PairsMeasurement, right: PairsMeasurement) -> tuple[Scores, Scores]:
    """Return how far each cell passes among as many rivals in both; one without a value counts as one half.

    Shape: (n, t) each.
    """
    few = common_rivals(left, right)
    return _known_passes(left, few), _known_passes(right, few)


def _known_passes(measurement: PairsMeasurement, rivals: int | None) -> Scores:
    passes = passes_among(measurement, rivals)
    return np.full(measurement.scores.shape, 0.5) if passes is None else np.nan_to_num(passes, nan=0.5)
