"""What we say about Measurements: the only input of the report. Frozen values, no computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evenband.types import Estimate, Measurement, Scores


@dataclass(frozen=True)
class Summary:
    """The figures that sum one probe on one model up. Never one number alone.

    Every :class:`Estimate` carries its 90 % interval; ``value`` is ``None`` where the figure
    does not exist: no Phi of a blind probe, no band of a handful of labels.

    Attributes:
        n: labels.
        templates: templates.
        quantiles: of s over all cells, by name: q01 q05 q25 q50 q75 q95 q99.
        minimum: smallest s.
        median: of s.
        phi: disparity exp(GMD(y)), 1 or more.
        consistency: 1 / Phi, in (0, 1].
        t99: tail exp(q99(y) - q50(y)), 1 or more.
        r50: sensitivity, the median of d_i over the distance to other labels.
        pass_rate: share of cells that behave as the probe's type demands, in [0, 1], ties one half.
        uniformity: 1 - 4 p (1 - p), in [0, 1].
        r_at_1: share of cells whose text b is the nearest to text a, in [0, 1].
        auc: probability that a cell's own text b is nearer than another label's, in [0, 1].
        noise_floor: largest 1 - s of one text embedded again.
        score_noise: largest change of a score when both its texts are embedded again.
        levels: number of distinct scores.
        grid: the coarse number format on whose grid all scores lie (``bfloat16``, ``float16``),
            or ``None``.
        mad: MAD of s (times 1.4826), 0 where rounding swallowed the band.
        blind: the median d is below three noise floors: the probe sees nothing here.
    """

    n: int
    templates: int
    quantiles: Mapping[str, float]
    minimum: Estimate
    median: Estimate
    phi: Estimate
    consistency: Estimate
    t99: Estimate
    r50: Estimate
    pass_rate: Estimate
    uniformity: Estimate
    r_at_1: Estimate
    auc: Estimate
    noise_floor: float
    score_noise: float
    levels: int
    grid: str | None
    mad: float
    blind: bool


@dataclass(frozen=True)
class Outlier:
    """One cell far out in the tail.

    Attributes:
        label: the slot's value.
        template: the template's name.
        text_a: first text of the pair.
        text_b: second.
        score: s.
        z: log-MAD z of y within its template; positive: farther apart than usual.
        q: Benjamini-Hochberg adjusted p-value under the fitted heavy tail; ``None`` where no
            tail could be fitted (too few labels, a band without width).
        verdict: one of the verdicts, or ``None`` where none was reached.
    """

    label: str
    template: str
    text_a: str
    text_b: str
    score: float
    z: float
    q: float | None
    verdict: str | None = None


@dataclass(frozen=True)
class Audit:
    """What we say about one Measurement.

    Attributes:
        measurement: what it is about.
        summary: its figures.
        outliers: the farthest cells, by z, largest first.
        discoveries: how many cells have q at or below ``level`` (all cells, not just those listed).
        level: of the false discovery rate.
        z: (n, t) log-MAD z of every cell.
        q: (n, t) adjusted p-values of every cell, NaN where none could be fitted.
        notes: warnings in plain words, worst first: blind, rounded, few labels.
    """

    measurement: Measurement
    summary: Summary
    outliers: tuple[Outlier, ...]
    discoveries: int
    level: float
    z: Scores
    q: Scores
    notes: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Change:
    """One cell's move between two models.

    Attributes:
        label: the slot's value.
        template: the template's name.
        left: s in the left model.
        right: s in the right one.
        factor: right's d over left's, each taken relative to its own model's median in that
            template; above 1: farther apart in the right model than the model as a whole is.
    """

    label: str
    template: str
    left: float
    right: float
    factor: float


@dataclass(frozen=True)
class Comparison:
    """Two Measurements of one probe, paired by label and template.

    Attributes:
        left: first measurement.
        right: second.
        median: median s of right minus median s of left.
        phi_ratio: Phi of right over Phi of left, paired bootstrap; above 1: right is less consistent.
        t99_ratio: the same for T99.
        correlation: Spearman's rho of y over all cells, in [-1, 1].
        changes: the cells whose y moved most once each model's own median is taken away.
    """

    left: Measurement
    right: Measurement
    median: Estimate
    phi_ratio: Estimate
    t99_ratio: Estimate
    correlation: float | None
    changes: tuple[Change, ...]
