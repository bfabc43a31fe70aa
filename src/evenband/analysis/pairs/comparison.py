"""Two Measurements of one probe, paired label by label."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from evenband.analysis.pairs.scale import SMALLEST_FLOOR, clusters_of, scale_of
from evenband.analysis.pairs.values import Change, Comparison
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


def pairs_of(groups: Sequence[Sequence[Measurement]]) -> list[tuple[Measurement, Measurement]]:
    """All pairs of models of one run, or the same models of two runs, probe by probe.

    Raises:
        InputError: if there is none, with what to do about it.
    """
    if len(groups) == 1:
        pairs = [pair for pair in combinations(groups[0], 2) if pair[0].probe.name == pair[1].probe.name]
    else:
        pairs = [
            (left, right)
            for left in groups[0]
            for right in groups[1]
            if (left.probe.name, left.model.name) == (right.probe.name, right.model.name)
        ]
    if not pairs:
        raise InputError(f"nothing to compare: {_alone(groups[0]) if len(groups) == 1 else _apart(groups)}")
    return pairs


def _alone(group: Sequence[Measurement]) -> str:
    """What to do with the run of one model."""
    if not group:
        return "the run holds no measurement; start the same audit again to go on"
    models = list(dict.fromkeys(made.model.ref for made in group))
    if len(models) > 1:
        return f"no probe was measured on two of {', '.join(models)}; audit them together on the same probes"
    drawn = any(made.probe.draw for made in group)
    fresh = "; a fresh draw stands beside the published one in the run's report and scorecard"
    return (
        f"the run holds one model ({models[0]}), expected two; audit both in one run "
        f"(`evenband audit {models[0]} OTHER`), or give a second run of it "
        f"(`evenband compare RUN RUN2`){fresh if drawn else ''}"
    )


def _apart(groups: Sequence[Sequence[Measurement]]) -> str:
    """What to do with two runs that have no model and probe in common."""
    models = [list(dict.fromkeys(made.model.name for made in group)) for group in groups]
    probes = [list(dict.fromkeys(made.probe.name for made in group)) for group in groups]
    if set(models[0]) & set(models[1]):
        return (
            f"the runs hold {_few(probes[0])} and {_few(probes[1])}, expected the same model and probe "
            "in both; audit the same probes (-p)"
        )
    refs = list(dict.fromkeys(made.model.ref for group in groups for made in group))
    return (
        f"the runs hold {_few(models[0])} and {_few(models[1])}, expected the same model and probe in both; "
        f"`evenband audit {' '.join(refs[:3])}` puts models into one run"
    )


def _few(names: Sequence[str]) -> str:
    """At most three names."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") or "nothing"


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
    who = f"{left.model.name} and {right.model.name}"
    if left.model.name == right.model.name:
        who = f"two measurements of {left.model.name}"
    raise InputError(f"{who} on {left.probe.name} cannot be compared: {_difference(left, right)}")


def _difference(left: Measurement, right: Measurement) -> str:
    """The first field of the probes that differs, and how to measure the same."""
    mend = "audit both with the same --sample and --seed"
    for field in ("type", "slot", "labels", "templates"):
        before, after = getattr(left.probe, field), getattr(right.probe, field)
        if before != after:
            return f"probe {field} is {before} and {after}, expected the same; {mend}"
    shared = len(set(left.labels) & set(right.labels))
    if shared < len(left.labels):
        return f"other labels were drawn ({shared} of {len(left.labels)} are the same); {mend}"
    return f"the labels are the same, but other sentences were drawn; {mend}, and the same probe file"


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
