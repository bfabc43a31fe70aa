"""The analysis of agreement: largest and typical differences, shared neighbours, what must be known first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from evenband.analysis.agreement.agreement_audit import AgreementAudit
from evenband.analysis.audits import Analysis, Circumstances
from evenband.stats.paired import mean_difference
from evenband.types import AgreementMeasurement, Estimate, ModelSpec, Scores
from evenband.unshown_words import NOT_SHOWN, text_may_be_shown
from evenband.wording import listed

WORST_LISTED = 10
"""Texts that an audit lists as those that differ most."""

UNMATCHED_NAMED = 3
"""Texts without a vector that a note names."""

AGREEMENT_FIGURES = (
    "largest",
    "median",
    "component_largest",
    "component_median",
    "pair_largest",
    "pair_median",
    "overlap",
    "overlap_worst",
)


class AgreementAnalysis(Analysis):
    """Largest and median differences, and how many nearest neighbours both sides have."""

    def analyse(self, measurement: AgreementMeasurement, circumstances: Circumstances) -> AgreementAudit:
        """Return the figures, the texts that differ most, and what must be known of them."""
        details, rng = measurement.details, circumstances.rng
        distance, overlap = measurement.scores[:, 0], details.overlap[:, 0]
        return AgreementAudit(
            measurement=measurement,
            notes=tuple(_notes(measurement)),
            detailed=circumstances.detailed,
            largest=_extreme(distance),
            median=_centre(distance, rng, median=True),
            component_largest=_extreme(details.component),
            component_median=_centre(details.component, rng, median=True),
            pair_largest=_extreme(details.pair_largest),
            pair_median=_centre(details.pair_median, rng, median=True),
            overlap=_centre(overlap, rng),
            overlap_worst=_extreme(overlap, smallest=True),
            worst=_first(-distance),
            fewest_shared=_first(overlap),
            tolerance=circumstances.tolerance,
        )

    def summarise(self, audit: AgreementAudit) -> dict[str, Any]:
        """Return the figures, the worst texts as sent, and changed verdicts as plain data."""
        measurement, details = audit.measurement, audit.measurement.details
        figures: dict[str, Estimate] = {name: getattr(audit, name) for name in AGREEMENT_FIGURES}
        return {
            "against": _side(details.left),
            **{name: one.value for name, one in figures.items()},
            "intervals": {
                name: None if one.low is None or one.high is None else [one.low, one.high]
                for name, one in figures.items()
            },
            "neighbours": details.neighbours,
            "noise_floor": None if measurement.noise is None else measurement.noise.floor,
            "tolerance": audit.tolerance,
            "exceeded_by": audit.excess,
            "worst": [_text(audit, row) for row in audit.worst],
            "fewest_shared": [_text(audit, row) for row in audit.fewest_shared],
            "inputs": [{**asdict(sent), "differs": sent.differs} for sent in details.inputs],
            "missing": [{"model": side, "text": text} for side, text in details.missing],
            "verdicts": None if details.verdicts is None else asdict(details.verdicts),
        }


def _side(spec: ModelSpec) -> dict[str, Any]:
    """Return what identifies the first side, with the fields that the list of models has."""
    return {"name": spec.name, "ref": spec.ref, "digest": spec.digest, "dim": spec.dim, "dtype": spec.dtype}


def _text(audit: AgreementAudit, row: int) -> dict[str, Any]:
    """Return one text with its own figures."""
    measurement, details = audit.measurement, audit.measurement.details
    overlap = float(details.overlap[row, 0])
    return {
        "text": measurement.items[row],
        "role": measurement.columns["role"][row],
        "distance": float(measurement.scores[row, 0]),
        "component": float(details.component[row, 0]),
        "overlap": None if np.isnan(overlap) else overlap,
    }


def _extreme(values: Scores, *, smallest: bool = False) -> Estimate:
    """Return the largest or smallest value, without an interval; no value where none is known."""
    seen = values[~np.isnan(values)]
    if not len(seen):
        return Estimate(None)
    return Estimate(float(seen.min() if smallest else seen.max()), n=len(seen))


def _centre(values: Scores, rng: np.random.Generator, *, median: bool = False) -> Estimate:
    """Return the mean or median over texts with its 90% bootstrap interval; no value where none is known."""
    seen = values[~np.isnan(values)].reshape(-1, 1)
    if not len(seen):
        return Estimate(None)
    return mean_difference(np.zeros_like(seen), seen, rng, median=median)


def _first(keys: Scores) -> tuple[int, ...]:
    """Return the rows with the smallest keys, the smallest first."""
    if np.isnan(keys).any():
        return ()
    return tuple(np.argsort(keys, kind="stable")[:WORST_LISTED].tolist())


def _notes(measurement: AgreementMeasurement) -> Iterator[str]:
    """Yield what a reader must know before believing the figures, worst first."""
    details, subject = measurement.details, measurement.subject
    if details.missing:
        shown = [pair for pair in details.missing if text_may_be_shown(details.slot, pair[1])]
        named = [f"{text!r} in {side}" for side, text in shown] or [NOT_SHOWN]
        names = listed(named, UNMATCHED_NAMED, len(details.missing))
        yield f"missing: no vector for {names}; these texts are not compared"
    if details.left.digest == subject.digest:
        yield (
            "one identity: nothing that decides a vector differs between the two sides; "
            "the second was computed anew, past the vector cache"
        )
    if details.neighbours == 0:
        yield "a single text: it has no neighbours and no pair to compare"
