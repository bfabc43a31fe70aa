"""Values of an audit of minimal pairs: its figures, outliers, structure and contrast. Nothing is computed.

Terms: s is the cosine similarity of a pair of texts and d = max(1 - s, floor) its distance, where the floor
is the smallest distance that means anything; y = log d. A label is a value of the probe's slot, a template
a sentence with a gap for it, a cell one label in one template. GMD, the Gini mean difference, is the mean
difference of two random labels. z is a log-MAD z: y less its median, over a robust scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evenband.analysis.audits import Audit
from evenband.analysis.limits import NEAR_CONSTANT
from evenband.analysis.pairs.screening import Screening
from evenband.stats.contrast import Shifts
from evenband.stats.detection import Detection
from evenband.stats.power import Power
from evenband.stats.variance import Decomposition
from evenband.types import Estimate, PairsMeasurement, Scores
from evenband.types.summaries import Field

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
"""Why a cell is far; :mod:`evenband.narrative.pairs.verdicts` says what each one means."""


@dataclass(frozen=True)
class Summary:
    """Summary figures of one probe on one model.

    Every :class:`Estimate` has a 90% interval. Its ``value`` is ``None`` where the figure does not exist,
    such as Phi where the model is blind to the change.

    Attributes:
        n: number of labels.
        templates: number of templates.
        quantiles: quantiles of s over all cells, by name: q01 q05 q25 q50 q75 q95 q99.
        minimum: smallest s, in [-1, 1].
        median: median of s, in [-1, 1].
        phi: disparity Phi = exp(GMD(y)), the factor between two random labels' distances; 1 or more.
        consistency: consistency C = 1 / Phi, in (0, 1].
        t99: tail T99 = exp(q99(y) - q50(y)), how far the farthest 1% go; 1 or more.
        r50: sensitivity, the median over cells of d over the median distance of text a to the other
            labels' text a; 0 or more.
        pass_rate: share p of cells that behave as the probe's type demands, in [0, 1]; a tie counts 1/2.
        uniformity: 1 - 4 p (1 - p), in [0, 1]; 1 where all cells pass or all fail.
        r_at_1: share of cells whose text b is the nearest of all labels' text b to text a, in [0, 1].
        auc: probability that a cell's own text b is nearer to text a than another label's, in [0, 1].
        noise_floor: largest 1 - s of one text embedded again, in [0, 2]; ``None`` where not known.
        score_noise: largest change of a score when both texts are embedded again; ``None`` likewise.
        levels: number of distinct scores.
        grid: coarse number format whose grid holds all scores (``bfloat16``, ``float16``), or ``None``.
        mad: smallest MAD of s (times 1.4826) of a template; 0 where rounding leaves no width, ``None`` of a
            reranker.
        blind: whether no template's median d reaches three noise floors: the model does not see the change.
            For ORDER, whether the median difference of the two documents' similarities does not. For a
            reranker: whether it scores both texts of DIFF or ORDER alike, or reads those of INV alike.
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
    mad: float | None
    blind: bool

    @property
    def indifferent(self) -> bool:
        """Whether another label's text b is about as near as the pair's own, as for a constant encoder."""
        return self.auc.value is not None and self.auc.value < NEAR_CONSTANT and not self.blind


@dataclass(frozen=True)
class FrequencyPower:
    """Power of the test of single cells for frequent words, or for the other labels.

    Attributes:
        frequent: whether the labels are the frequent words.
        labels: number of them.
        power: recall and false-discovery proportion for effects planted into them.
    """

    frequent: bool
    labels: int
    power: Power


@dataclass(frozen=True)
class Structure:
    """Analysis of n labels by t templates: variance shares, single cells and the power to detect them.

    Attributes:
        variance: shares of template, label and interaction in the variance of y.
        cells: result of the leave-one-template-out detector, which tests every cell.
        cell_leaders: (n, t) row of the look-alike that a certified cell follows, -1 for none: a label similar
            in spelling or meaning, more than twice as far beyond what is expected of it.
        word: (n,) z of the labels' effects, over all templates.
        power: recall and false-discovery proportion for effects planted into this table; ``None`` where
            none were planted.
        by_frequency: the same for frequent words and for other labels; empty where frequencies are not known.
    """

    variance: Decomposition
    cells: Detection
    cell_leaders: NDArray[np.intp]
    word: Scores
    power: Power | None
    by_frequency: tuple[FrequencyPower, ...] = ()

    @property
    def cells_tested(self) -> bool:
        """Whether any single cell has a p-value; few labels, or distances without width, leave none."""
        return not np.isnan(self.cells.q).all()


@dataclass(frozen=True)
class Contrast:
    """Contrast of n labels by t templates with the same measurement of a reference model.

    A label or cell that moved may have followed a look-alike: a label similar in spelling or meaning that
    moved much farther (:mod:`evenband.analysis.pairs.spillover`).

    Attributes:
        reference: measurement of the reference.
        moved: (t,) median over labels of d over the reference's d; NaN where the reference is blind.
        shifts: differences of y, studentised and tested.
        level: false discovery rate, in (0, 1).
        suspects: (n,) whether a label moved as a whole: certified, or far.
        label_leaders: (n,) row of the look-alike that a suspect followed, -1 for none.
        cell_leaders: (n, t) row of the look-alike that a cell which moved by itself followed, -1 for none.
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
        """Whether any move has a p-value; few labels, or distances without width, leave none."""
        cells = [] if self.shifts.cells is None else [self.shifts.cells.q]
        return not all(np.isnan(q).all() for q in (self.shifts.q, self.shifts.label_q, *cells))

    @property
    def labels_tested(self) -> bool:
        """Whether any label's move has a p-value."""
        return not np.isnan(self.shifts.label_q).all()

    @property
    def cells_tested(self) -> bool:
        """Whether any single cell's move has a p-value; for fewer than three templates none has."""
        return self.shifts.cells is not None and not np.isnan(self.shifts.cells.q).all()

    @property
    def labels(self) -> NDArray[np.bool_]:
        """Whether each label is certified to have moved, and follows no look-alike. Shape: (n,)."""
        return np.asarray((self.shifts.label_q <= self.level) & (self.label_leaders < 0))

    @property
    def cells(self) -> NDArray[np.bool_]:
        """Whether each cell is certified to have moved beyond its row, and follows no look-alike.

        No cell is for fewer than three templates. Shape: (n, t).
        """
        detection = self.shifts.cells
        if detection is None:
            return np.zeros(self.cell_leaders.shape, dtype=bool)
        return np.asarray((detection.q <= self.level) & (self.cell_leaders < 0))

    @property
    def side_effects(self) -> NDArray[np.bool_]:
        """Whether each cell moved apart behind a look-alike, and nothing else certifies it. Shape: (n, t)."""
        certified = self.cells | self.labels[:, None]
        return np.asarray(self.spilled & ~certified & (self.shifts.shift > 0))

    @property
    def spilled(self) -> NDArray[np.bool_]:
        """Whether each cell followed a look-alike, by itself or with its label. Shape: (n, t)."""
        return np.asarray((self.cell_leaders >= 0) | (self.label_leaders >= 0)[:, None])


@dataclass(frozen=True)
class Outlier:
    """One cell far out in the tail.

    Attributes:
        label: value of the slot.
        template: name of the template.
        text_a: first text of the pair.
        text_b: second text of the pair.
        score: s, in [-1, 1].
        z: z of y within its template; positive: farther apart than usual.
        q: p-value, adjusted after Benjamini and Hochberg (1995): of the single cell for four templates or
            more, else under the fitted heavy tail; ``None`` where nothing could be fitted.
        verdict: one of :data:`VERDICTS`; ``None`` where the cell is not far.
        evidence: reasons for the verdict, one sentence each.
        cell: z of what neither label nor template explains; ``None`` where there is no structure.
        word: z of the label's effect over all templates; ``None`` likewise.
        control: mean z under the control perturbations; ``None`` where they were not run.
        shift: z of the cell's move against the reference; ``None`` without one.
        shift_q: adjusted p-value of that move, the smaller of the cell's and the label's; ``None`` where
            neither was tested.
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


def claimed_cells(
    q: Scores, level: float, structure: Structure | None, contrast: Contrast | None
) -> NDArray[np.bool_]:
    """Return whether each cell is claimed as an outlier: certified (q at most the level) and no spill-over.

    Shape: (n, t) -> (n, t).
    """
    claimed = np.asarray(q <= level)
    if structure is not None:
        claimed &= structure.cell_leaders < 0
    if contrast is not None:
        claimed &= ~contrast.side_effects
    return claimed


@dataclass(frozen=True, repr=False)
class PairsAudit(Audit):
    """Audit of a measurement of minimal pairs: n labels by t templates.

    Attributes:
        measurement: the measurement that was analysed.
        summary: its figures.
        outliers: cells to look at, the most important first: certified ones, those that moved against
            the reference, then the farthest by z.
        level: false discovery rate, in (0, 1).
        z: (n, t) z of every cell within its template.
        q: (n, t) adjusted p-values of every cell, NaN where nothing could be fitted.
        structure: variance shares and single cells; ``None`` for fewer than four templates or twenty
            labels, for an ORDER probe, and where a template is blind.
        contrast: comparison with the reference; ``None`` without one, or where the reference is blind.
        controls: control perturbations of the outliers; ``None`` where they were not run.
        screening: error of the scores in a fast number format; ``None`` where all are exact.
    """

    measurement: PairsMeasurement
    summary: Summary
    outliers: tuple[Outlier, ...]
    level: float
    z: Scores
    q: Scores
    structure: Structure | None = None
    contrast: Contrast | None = None
    controls: PairsMeasurement | None = None
    screening: Screening | None = None

    @cached_property
    def claimed(self) -> NDArray[np.bool_]:
        """Whether each cell is claimed as an outlier. Shape: (n, t). See :func:`claimed_cells`."""
        return claimed_cells(self.q, self.level, self.structure, self.contrast)

    @property
    def discoveries(self) -> int | None:
        """Number of claimed cells, among those that were tested; ``None`` where none could be."""
        return None if np.isnan(self.q).all() else int(self.claimed.sum())

    def figures(self) -> Iterable[Field]:
        """Return pass rate, consistency, median and the number of outliers."""
        figures = self.summary
        yield "pass_rate", figures.pass_rate
        yield "consistency", figures.consistency
        yield "median", figures.median
        yield from [("blind", True)] if figures.blind else [("discoveries", self.discoveries)]
