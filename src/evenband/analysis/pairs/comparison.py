"""Two Measurements of one probe, paired label by label."""

from __future__ import annotations

import numpy as np

from evenband.analysis.pairs.scale import SMALLEST_FLOOR, clusters_of, passes_of, scale_of
from evenband.analysis.pairs.values import Change, PairsComparison
from evenband.errors import InputError
from evenband.stats.figures import contrast_figures
from evenband.types import Estimate, PairsMeasurement, Scores

CHANGES_LISTED = 50
"""Cells that a comparison lists as those that moved most."""


def compare_pairs(
    left: PairsMeasurement, right: PairsMeasurement, rng: np.random.Generator
) -> PairsComparison:
    """Ratios of the figures of right to left, resampled together, and the cells that moved most.

    Args:
        left: the model to compare with.
        right: the model compared.
        rng: for the bootstrap.

    Raises:
        InputError: if the two did not measure the same texts, naming the field that differs.
    """
    _check(left, right)
    scales = scale_of(left), scale_of(right)
    floor = max(SMALLEST_FLOOR, *(scale.floor for scale in scales))
    shares = _passes_of_both(left, right)
    ratio = contrast_figures(
        left.scores, right.scores, rng, floor=floor, clusters=clusters_of(left), shares=shares
    )
    nothing = Estimate(None, n=len(left.items))
    blind = any(scale.blind for scale in scales)
    bandless = blind or left.probe.type == "ORDER"
    y = [np.log(np.maximum(scale.d, floor)) for scale in scales]
    return PairsComparison(
        left=left,
        right=right,
        median=ratio.median,
        phi_ratio=nothing if bandless else ratio.phi_ratio,
        t99_ratio=nothing if bandless else ratio.t99_ratio,
        correlation=_correlation(y[0], y[1]),
        changes=() if blind else _changes(left, right, y[0], y[1]),
        pass_rate=ratio.share,
    )


def passed_in(measurement: PairsMeasurement) -> float | None:
    """Pass rate of a measurement, in [0, 1]."""
    cells = passes_of(measurement)
    return None if cells is None else float(cells.mean())


def _passes_of_both(left: PairsMeasurement, right: PairsMeasurement) -> tuple[Scores, Scores] | None:
    found = passes_of(left), passes_of(right)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _check(left: PairsMeasurement, right: PairsMeasurement) -> None:
    if left.probe.digest == right.probe.digest:
        return
    who = f"{left.subject.name} and {right.subject.name}"
    if left.subject.name == right.subject.name:
        who = f"two measurements of {left.subject.name}"
    raise InputError(f"{who} on {left.probe.name} cannot be compared: {_difference(left, right)}")


def _difference(left: PairsMeasurement, right: PairsMeasurement) -> str:
    """The first field of the probes that differs, and how to measure the same."""
    mend = "audit both with the same --sample and --seed"
    names = {"type": "type", "slot": "slot", "items": "labels", "conditions": "templates"}
    for field, name in names.items():
        before, after = getattr(left.probe, field), getattr(right.probe, field)
        if before != after:
            return f"probe {name} is {before} and {after}, expected the same; {mend}"
    shared = len(set(left.items) & set(right.items))
    if shared < len(left.items):
        return f"other labels were drawn ({shared} of {len(left.items)} are the same); {mend}"
    return f"the labels are the same, but other sentences were drawn; {mend}, and the same probe file"


def _correlation(left: Scores, right: Scores) -> float | None:
    """Spearman's rho; ``None`` where a side is constant or has a single cell."""
    from scipy.stats import rankdata

    ranks = [rankdata(y, axis=None) for y in (left, right)]
    if left.size < 2 or any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _changes(
    left: PairsMeasurement, right: PairsMeasurement, y_left: Scores, y_right: Scores
) -> tuple[Change, ...]:
    shift = (y_right - np.median(y_right, axis=0)) - (y_left - np.median(y_left, axis=0))
    order = np.argsort(-np.abs(shift), axis=None, kind="stable")[:CHANGES_LISTED]
    return tuple(
        Change(
            label=left.items[i],
            template=left.conditions[j],
            left=float(left.scores[i, j]),
            right=float(right.scores[i, j]),
            factor=float(np.exp(shift[i, j])),
        )
        for i, j in zip(*np.unravel_index(order, shift.shape), strict=True)
    )
