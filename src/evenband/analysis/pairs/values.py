"""What we say about Measurements: the only input of the report. Frozen values, no computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.audits import Audit, Comparison
from evenband.analysis.limits import NEAR_CONSTANT
from evenband.analysis.pairs.screening import Screening
from evenband.stats.contrast import Shifts
from evenband.stats.detection import Detection
from evenband.stats.power import Power
from evenband.stats.variance import Decomposition
from evenband.types import Estimate, PairsMeasurement, Scores

Verdict = Literal[
    "rule",
    "fragile word",
    "odd word",
    "semantic or memorised cell",
    "memorisation-like",
    "leaky suspect",
    "spill-over",
    "numeric",
    "unexplained",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


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
        noise_floor: largest 1 - s of one text embedded again; ``None`` where it cannot be.
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
    noise_floor: float | None
    score_noise: float | None
    levels: int
    grid: str | None
    mad: float
    blind: bool

    @property
    def indifferent(self) -> bool:
        """Whether another label's text is about as near as the pair's own, as for a constant encoder."""
        return self.auc.value is not None and self.auc.value < NEAR_CONSTANT and not self.blind


@dataclass(frozen=True)
class Structure:
    """Labels by templates: where the variance lies, what stands out of it, what could be missed.

    Attributes:
        variance: shares of template, label and interaction, reliability, additivity.
        cells: the leave-one-template-out detector on every cell.
        word: (n,) log-MAD z of the labels' effects.
        power: recall and false-discovery proportion of effects planted into this very table, or
            ``None`` where none could be planted.
    """

    variance: Decomposition
    cells: Detection
    word: Scores
    power: Power | None


@dataclass(frozen=True)
class Contrast:
    """A Measurement against that of a reference model.

    Attributes:
        reference: the reference's measurement.
        moved: (t,) how many times as far as in the reference a template moves its labels, the
            median over labels; NaN where the reference is blind.
        shifts: the differences of y, studentised.
        level: of the false discovery rate.
        suspects: (n,) labels that moved as a whole, certified or far.
        label_leaders: (n,) row of the look-alike that a suspect followed, -1 for none.
        cell_leaders: (n, t) the same for single cells that moved beyond their row.
    """

    reference: PairsMeasurement
    moved: Scores
    shifts: Shifts
    level: float
    suspects: NDArray[np.bool_]
    label_leaders: NDArray[np.intp]
    cell_leaders: NDArray[np.intp]

    @property
    def tested(self) -> bool:
        """Whether any move could be tested: too few labels, or no width, leave no p-value."""
        cells = [] if self.shifts.cells is None else [self.shifts.cells.q]
        return not all(np.isnan(q).all() for q in (self.shifts.q, self.shifts.label_q, *cells))

    @property
    def labels(self) -> NDArray[np.bool_]:
        """Labels certified to have moved as a whole, and not behind a look-alike. Shape: (n,)."""
        return np.asarray((self.shifts.label_q <= self.level) & (self.label_leaders < 0))

    @property
    def cells(self) -> NDArray[np.bool_]:
        """Single cells certified to have moved beyond their row, likewise; none below three templates.

        Shape: (n, t).
        """
        found = self.shifts.cells
        if found is None:
            return np.zeros(self.cell_leaders.shape, dtype=bool)
        return np.asarray((found.q <= self.level) & (self.cell_leaders < 0))

    @property
    def spilled(self) -> NDArray[np.bool_]:
        """Cells that moved behind a look-alike, by themselves or with their label. Shape: (n, t)."""
        return np.asarray((self.cell_leaders >= 0) | (self.label_leaders >= 0)[:, None])


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
        q: Benjamini-Hochberg adjusted p-value, of the single cell where there are four templates
            or more, else under the fitted heavy tail; ``None`` where nothing could be fitted
            (too few labels, a band without width).
        verdict: one of :data:`VERDICTS`, or ``None`` where it was not looked into.
        evidence: what the verdict rests on, a sentence each.
        cell: z of what neither its label nor its template explains; ``None`` below four templates.
        word: z of the label's effect over all templates; ``None`` below four templates.
        control: z under the control perturbations; ``None`` where they were not run.
        shift: z of the cell's move against the reference; ``None`` without one.
        shift_q: adjusted p-value of that move, of the single cell or of its label, the smaller.
    """

    label: str
    template: str
    text_a: str
    text_b: str
    score: float
    z: float
    q: float | None
    verdict: Verdict | None = None
    evidence: tuple[str, ...] = ()
    cell: float | None = None
    word: float | None = None
    control: float | None = None
    shift: float | None = None
    shift_q: float | None = None


@dataclass(frozen=True)
class PairsAudit(Audit):
    """What we say about one Measurement.

    Attributes:
        measurement: what it is about.
        summary: its figures.
        outliers: the farthest cells, by z, largest first.
        discoveries: how many cells have q at or below ``level`` (all cells, not just those listed).
        level: of the false discovery rate.
        z: (n, t) log-MAD z of every cell.
        q: (n, t) adjusted p-values of every cell, NaN where none could be fitted.
        structure: labels by templates; ``None`` below four templates or where the probe is blind.
        contrast: against the reference; ``None`` without one.
        controls: the control perturbations of the outliers; ``None`` where they were not run.
        screening: what the scores in a fast number format cost; ``None`` where all are exact.
    """

    measurement: PairsMeasurement
    summary: Summary
    outliers: tuple[Outlier, ...]
    discoveries: int
    level: float
    z: Scores
    q: Scores
    structure: Structure | None = None
    contrast: Contrast | None = None
    controls: PairsMeasurement | None = None
    screening: Screening | None = None


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
class PairsComparison(Comparison):
    """Two Measurements of one probe, paired by label and template.

    Attributes:
        left: first measurement.
        right: second.
        median: median s of right minus median s of left.
        phi_ratio: Phi of right over Phi of left, paired bootstrap; above 1: right is less consistent.
        t99_ratio: the same for T99.
        correlation: Spearman's rho of y over all cells, in [-1, 1].
        changes: the cells whose y moved most once each model's own median is taken away.
        pass_rate: that of right minus that of left, paired.
    """

    left: PairsMeasurement
    right: PairsMeasurement
    median: Estimate
    phi_ratio: Estimate
    t99_ratio: Estimate
    correlation: float | None
    changes: tuple[Change, ...]
    pass_rate: Estimate = field(default_factory=lambda: Estimate(None))
