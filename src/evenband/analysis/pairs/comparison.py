"""Comparison of two measurements of one probe, paired label by label.

Phi is the factor between two random labels' distances, T99 says how far the farthest 1% go beyond the median.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from evenband.analysis.audits import Comparison
from evenband.analysis.pairs.rivals import common_rivals, passes_among
from evenband.analysis.pairs.scale import SMALLEST_FLOOR, clusters_of, scale_of
from evenband.analysis.pairs.violations import margins_of
from evenband.errors import InputError
from evenband.stats.figure_contrasts import contrast_figures
from evenband.stats.shares import mean_of_cells
from evenband.types import Estimate, PairsMeasurement, Scores
from evenband.types.summaries import Field

CHANGES_LISTED = 50
"""Number of cells that a comparison lists as those that moved most."""


@dataclass(frozen=True)
class Change:
    """Move of one cell between two models.

    Attributes:
        label: value of the slot.
        template: name of the template.
        left: s in the left model, in [-1, 1].
        right: s in the right model, in [-1, 1].
        factor: right's distance over left's, each relative to its model's median in that template;
            above 1: farther apart in the right model than the model as a whole is.
    """

    label: str
    template: str
    left: float
    right: float
    factor: float


@dataclass(frozen=True, repr=False)
class PairsComparison(Comparison):
    """Two measurements of one probe, paired by label and template.

    Attributes:
        left: first measurement.
        right: second measurement.
        median: median s of right minus median s of left, in [-2, 2].
        phi_ratio: Phi of right over Phi of left, above 0; above 1: right is less consistent.
        t99_ratio: T99 of right over T99 of left, above 0.
        correlation: Spearman's rho of the log-distances over all cells, in [-1, 1]; ``None`` where a
            side is constant.
        changes: the cells that moved most, relative to their model's median.
        pass_rate: pass rate of right minus that of left, in [-1, 1]; no value where a file of an older
            version does not tell how many pass among as many rivals.
        r50_ratio: r50 of right over r50 of left, above 0; above 1: the change moves right's texts farther,
            against another label in its place.
        rivals: number of rivals among which cells pass in both; ``None`` for DIFF and ORDER.
    """

    left: PairsMeasurement
    right: PairsMeasurement
    median: Estimate
    phi_ratio: Estimate
    t99_ratio: Estimate
    correlation: float | None
    changes: tuple[Change, ...]
    pass_rate: Estimate = field(default_factory=lambda: Estimate(None))
    r50_ratio: Estimate = field(default_factory=lambda: Estimate(None))

    rivals: int | None = None

    def figures(self) -> Iterable[Field]:
        """Return the difference of the pass rates and the ratio of Phi."""
        yield "pass_rate", self.pass_rate
        yield from (("phi_ratio", self.phi_ratio), ("t99_ratio", self.t99_ratio))


def compare_pairs(
    left: PairsMeasurement, right: PairsMeasurement, rng: np.random.Generator
) -> PairsComparison:
    """Compare two measurements of one probe by ratios of their figures, resampled together.

    Where one of them is blind to the change, or for an ORDER probe, there are no ratios; where one is blind
    in some template only, there is no ratio of r50.

    Args:
        left: measurement to compare with.
        right: measurement compared.
        rng: generator for the bootstrap.

    Raises:
        InputError: if the two did not measure the same texts, naming the field that differs.
    """
    check_same_texts(left, right)
    scales = scale_of(left), scale_of(right)
    floor = max(SMALLEST_FLOOR, *(scale.floor for scale in scales))
    figures = contrast_figures(
        left.scores,
        right.scores,
        rng,
        floor=floor,
        clusters=clusters_of(left, right),
        shares=passes_of_both(left, right),
        swaps=_swaps_of_both(left, right),
    )
    no_value = Estimate(None, n=len(left.items))
    is_blind = any(scale.blind for scale in scales)
    has_ratios = not is_blind and left.probe.type != "ORDER"
    has_reaction = has_ratios and all(scale.seeing.all() for scale in scales)
    y_left, y_right = (np.log(np.maximum(scale.d, floor)) for scale in scales)
    return PairsComparison(
        left=left,
        right=right,
        median=figures.median,
        phi_ratio=figures.phi_ratio if has_ratios else no_value,
        t99_ratio=figures.t99_ratio if has_ratios else no_value,
        correlation=_correlation(y_left, y_right),
        changes=() if is_blind else _changes(left, right, y_left, y_right),
        pass_rate=figures.share,
        r50_ratio=figures.r50_ratio if has_reaction else no_value,
        rivals=common_rivals(left, right),
    )


@dataclass(frozen=True)
class Disagreement:
    """A cell that only one of two subjects orders as its probe demands.

    Attributes:
        label: value of the slot.
        template: name of the template.
        left: the left subject's margin, as in :func:`~evenband.analysis.pairs.violations.margins_of`.
        right: the right subject's margin.
        right_side: the subject that is right about it.
    """

    label: str
    template: str
    left: float
    right: float
    right_side: Literal["left", "right"]


def disagreements(comparison: PairsComparison) -> list[Disagreement]:
    """Return the cells that only one side of an ORDER comparison orders rightly, the plainest first.

    At most :data:`CHANGES_LISTED`.
    """
    left, right = comparison.left, comparison.right
    margins = margins_of(left), margins_of(right)
    rightly = [margin > 0 for margin in margins]
    apart = np.where(rightly[0] != rightly[1], np.abs(margins[0] - margins[1]), -np.inf)
    order = np.argsort(-apart, axis=None, kind="stable")[:CHANGES_LISTED]
    return [
        Disagreement(
            label=left.items[i],
            template=left.conditions[j],
            left=float(margins[0][i, j]),
            right=float(margins[1][i, j]),
            right_side="left" if rightly[0][i, j] else "right",
        )
        for i, j in zip(*np.unravel_index(order, apart.shape), strict=True)
        if np.isfinite(apart[i, j])
    ]


def passed_in(measurement: PairsMeasurement, rivals: int | None = None) -> float | None:
    """Return the pass rate over all cells, in [0, 1]; ``None`` where the subject gives no passes.

    Args:
        measurement: n labels by t templates.
        rivals: number of rivals among which an INV cell passes; those of the measurement if not given.
    """
    passes = passes_among(measurement, rivals)
    if passes is None or np.isnan(passes).all():
        return None
    return mean_of_cells(passes)


def passes_of_both(left: PairsMeasurement, right: PairsMeasurement) -> tuple[Scores, Scores] | None:
    """Return the passes of both measurements, NaN where a cell has none in either one.

    Shape: (n, t) each; ``None`` where no cell has both.
    """
    rivals = common_rivals(left, right)
    of_left, of_right = passes_among(left, rivals), passes_among(right, rivals)
    if of_left is None or of_right is None:
        return None
    is_unknown = np.isnan(of_left) | np.isnan(of_right)
    if is_unknown.all():
        return None
    return np.where(is_unknown, np.nan, of_left), np.where(is_unknown, np.nan, of_right)


def _swaps_of_both(left: PairsMeasurement, right: PairsMeasurement) -> tuple[Scores, Scores] | None:
    """Return the swap distances of both; ``None`` where one has none for a cell. Shape: (n, t) each."""
    of_left, of_right = left.details.swap, right.details.swap
    if of_left is None or of_right is None:
        return None
    is_known = np.isfinite(of_left).all() and np.isfinite(of_right).all()
    return (of_left, of_right) if is_known else None


def check_same_texts(left: PairsMeasurement, right: PairsMeasurement) -> None:
    """Raise InputError if the two measurements are of different texts."""
    if left.probe.digest == right.probe.digest:
        return
    who = f"{left.subject.name} and {right.subject.name}"
    if left.subject.name == right.subject.name:
        who = f"two measurements of {left.subject.name}"
    raise InputError(f"{who} on {left.probe.name} cannot be compared: {_difference(left, right)}")


def _difference(left: PairsMeasurement, right: PairsMeasurement) -> str:
    """Return the first field of the probes that differs, and how to measure the same texts."""
    advice = "audit both with the same --sample and --seed"
    names = {"type": "type", "slot": "slot", "items": "labels", "conditions": "templates"}
    for field_name, name in names.items():
        before, after = getattr(left.probe, field_name), getattr(right.probe, field_name)
        if before != after:
            return f"probe {name} is {before} and {after}, expected the same; {advice}"
    shared = len(set(left.items) & set(right.items))
    if shared < len(left.items):
        return f"other labels were drawn ({shared} of {len(left.items)} are the same); {advice}"
    return f"the labels are the same, but other sentences were drawn; {advice}, and the same probe file"


def _correlation(y_left: Scores, y_right: Scores) -> float | None:
    """Return Spearman's rho over all cells; ``None`` where a side is constant or has a single cell."""
    from scipy.stats import rankdata

    ranks = [rankdata(y, axis=None) for y in (y_left, y_right)]
    if y_left.size < 2 or any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _changes(
    left: PairsMeasurement, right: PairsMeasurement, y_left: Scores, y_right: Scores
) -> tuple[Change, ...]:
    """Return the cells whose y moved most, each side taken relative to its templates' medians."""
    shift = (y_right - np.median(y_right, axis=0)) - (y_left - np.median(y_left, axis=0))
    farthest = np.argsort(-np.abs(shift), axis=None, kind="stable")[:CHANGES_LISTED]
    return tuple(
        Change(
            label=left.items[i],
            template=left.conditions[j],
            left=float(left.scores[i, j]),
            right=float(right.scores[i, j]),
            factor=float(np.exp(shift[i, j])),
        )
        for i, j in zip(*np.unravel_index(farthest, shift.shape), strict=True)
    )
