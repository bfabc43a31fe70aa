"""Two Measurements of one probe, paired label by label."""

from __future__ import annotations

import numpy as np

from evenband.analysis.figures import SMALLEST_FLOOR, clusters_of, scale_of
from evenband.analysis.values import Change, Comparison
from evenband.errors import InputError
from evenband.stats.figures import contrast_figures
from evenband.stats.threads import single_threaded
from evenband.types import Estimate, Measurement, Scores

LISTED = 50


@single_threaded
def compare(left: Measurement, right: Measurement, rng: np.random.Generator) -> Comparison:
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
    nothing = Estimate(None, n=len(left.labels))
    blind = any(scale.blind for scale in scales)
    bandless = blind or left.probe.type == "ORDER"
    y = [np.log(np.maximum(scale.d, floor)) for scale in scales]
    return Comparison(
        left=left,
        right=right,
        median=ratio.median,
        phi_ratio=nothing if bandless else ratio.phi_ratio,
        t99_ratio=nothing if bandless else ratio.t99_ratio,
        correlation=_correlation(y[0], y[1]),
        changes=() if blind else _changes(left, right, y[0], y[1]),
        pass_rate=ratio.share,
    )


def passed_in(measurement: Measurement) -> float | None:
    """Pass rate of a measurement, in [0, 1]."""
    cells = _passes(measurement)
    return None if cells is None else float(cells.mean())


def _passes(measurement: Measurement) -> Scores | None:
    """Which cells behave as the probe's type demands, (n, t); ``None`` where that was not measured."""
    return measurement.details.get("pass", measurement.details.get("hit"))


def _passes_of_both(left: Measurement, right: Measurement) -> tuple[Scores, Scores] | None:
    found = _passes(left), _passes(right)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _check(left: Measurement, right: Measurement) -> None:
    if left.probe.digest == right.probe.digest:
        return
    for field in ("type", "slot", "labels", "templates", "digest"):
        before, after = getattr(left.probe, field), getattr(right.probe, field)
        if before != after:
            raise InputError(
                f"{left.model.name} and {right.model.name} on {left.probe.name} cannot be compared: "
                f"probe {field} is {before} and {after}, expected the same"
            )


def _correlation(left: Scores, right: Scores) -> float | None:
    """Spearman's rho; ``None`` where a side is constant or has a single cell."""
    from scipy.stats import rankdata

    ranks = [rankdata(y, axis=None) for y in (left, right)]
    if left.size < 2 or any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _changes(left: Measurement, right: Measurement, y_left: Scores, y_right: Scores) -> tuple[Change, ...]:
    shift = (y_right - np.median(y_right, axis=0)) - (y_left - np.median(y_left, axis=0))
    order = np.argsort(-np.abs(shift), axis=None, kind="stable")[:LISTED]
    return tuple(
        Change(
            label=left.labels[i],
            template=left.templates[j],
            left=float(left.scores[i, j]),
            right=float(right.scores[i, j]),
            factor=float(np.exp(shift[i, j])),
        )
        for i, j in zip(*np.unravel_index(order, shift.shape), strict=True)
    )
