"""Why is this label an outlier? Nine parts, each a fact that can be checked, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.covariates import row_of
from evenband.analysis.pairs.expectation import Expectations, Expected, expect
from evenband.analysis.pairs.matched import Match, Standing, matched_labels, stand
from evenband.analysis.pairs.scale import scale_of
from evenband.analysis.pairs.structure import scores_at
from evenband.analysis.pairs.values import Outlier, PairsAudit, Verdict
from evenband.analysis.pairs.verdict import Evidence, control_z, judge
from evenband.stats.dispersion import robust_scale
from evenband.stats.threads import single_threaded
from evenband.types import Insight, PairsMeasurement
from evenband.types.details import FOLLOWED

MATCHES = 8


@dataclass(frozen=True)
class RowCell:
    """The label in one template.

    Attributes:
        template: its name.
        score: s.
        d: 1 - s, at least the floor.
        z: log-MAD z within the template.
        expected: d that its other templates lead to expect; ``None`` below four templates.
        reference: s in the reference model; ``None`` without one, or without vectors of its own.
    """

    template: str
    score: float
    d: float
    z: float
    expected: float | None
    reference: float | None


@dataclass(frozen=True)
class ControlCell:
    """One control perturbation: its name and the label's z against the baseline's labels."""

    name: str
    z: float


@dataclass(frozen=True)
class Explanation:
    """Everything known of why one label lies where it lies.

    Attributes:
        measurement: in which it was measured.
        outlier: its farthest cell, with verdict, evidence, texts and z.
        expected: observed against expected d with the largest contributions; ``None`` where no
            expectation could be fitted.
        row: the label in every template.
        controls: under each control perturbation; empty where they were not run for it.
        matches: the labels most like it in frequency, length, tokens and sense.
        standing: where it stands among them.
        insight: inside the model; ``None`` for a remote one, or before anybody looked.
        reference: name of the reference model, or ``None``.
        elsewhere: model and probe of the run's other measurements of the label.
    """

    measurement: PairsMeasurement
    outlier: Outlier
    expected: Expected | None
    row: tuple[RowCell, ...]
    controls: tuple[ControlCell, ...]
    matches: tuple[Match, ...]
    standing: Standing | None
    insight: Insight | None
    reference: str | None
    elsewhere: tuple[tuple[str, str], ...] = ()

    @property
    def blind(self) -> bool:
        """Whether the model does not see the change, so that there is nothing to explain."""
        return scale_of(self.measurement).blind

    @property
    def label(self) -> str:
        """The label that is explained."""
        return self.outlier.label

    @property
    def verdict(self) -> Verdict | None:
        """What it is."""
        return self.outlier.verdict


@single_threaded
def explain(
    audit: PairsAudit,
    label: str,
    rng: np.random.Generator,
    insight: Insight | None = None,
    expectations: Expectations | None = None,
) -> Explanation:
    """Put together what is known of a label.

    Args:
        audit: of the measurement.
        label: one of its labels.
        rng: deals the labels into folds for the expectation.
        insight: inside the model, if somebody looked.
        expectations: of the measurement, where several labels are explained; made here if not given.

    Raises:
        InputError: if there is no such label; the message names the nearest.
    """
    made = audit.measurement
    i = row_of(made.items, label)
    outlier = _farthest_cell(audit, i)
    expectations = expectations or expect(made, rng)
    matches = matched_labels(made, label, MATCHES)
    return Explanation(
        measurement=made,
        outlier=outlier,
        expected=None if expectations is None else expectations.of(label),
        row=tuple(_row(audit, i)),
        controls=tuple(_controls(audit.controls, label)),
        matches=matches,
        standing=stand(made, label, matches),
        insight=insight,
        reference=None if audit.contrast is None else audit.contrast.reference.subject.name,
    )


def _farthest_cell(audit: PairsAudit, i: int) -> Outlier:
    """The label's cell that stands out most, judged: a claimed one before a merely far one."""
    made = audit.measurement
    q = np.where(np.isnan(audit.q[i]), 1.0, audit.q[i])
    j = int(np.lexsort((-audit.z[i], q > audit.level))[0])
    for known in audit.outliers:
        if (known.label, known.template) == (made.items[i], made.conditions[j]):
            return known
    texts = made.details.texts
    plain = Outlier(
        label=made.items[i],
        template=made.conditions[j],
        text_a=str(texts[0][i, j]),
        text_b=str(texts[1][i, j]),
        score=float(made.scores[i, j]),
        z=float(audit.z[i, j]),
        q=None if np.isnan(audit.q[i, j]) else float(audit.q[i, j]),
    )
    scale = scale_of(made)
    evidence = Evidence(made, scale, audit.level, audit.structure, audit.contrast, control_z(audit.controls))
    return judge(plain, (i, j), evidence)


def _row(audit: PairsAudit, i: int) -> list[RowCell]:
    made, scale = audit.measurement, scale_of(audit.measurement)
    structure, contrast = audit.structure, audit.contrast
    reference = np.full(len(made.conditions), np.nan)
    if contrast is not None:
        reference = scores_at(contrast.reference, made)[i]
    return [
        RowCell(
            template=name,
            score=float(made.scores[i, j]),
            d=float(scale.d[i, j]),
            z=float(audit.z[i, j]),
            expected=None if structure is None else float(np.exp(structure.cells.expected[i, j])),
            reference=None if np.isnan(reference[j]) else float(reference[j]),
        )
        for j, name in enumerate(made.conditions)
    ]


def _controls(controls: PairsMeasurement | None, label: str) -> list[ControlCell]:
    if controls is None or label not in controls.items:
        return []
    y = scale_of(controls).y
    i = controls.items.index(label)
    baseline = y[[group != FOLLOWED for group in controls.columns["group"]]]
    if len(baseline) < 2:
        return []
    z = (y[i] - np.median(baseline, axis=0)) / robust_scale(baseline)
    return [ControlCell(name, float(value)) for name, value in zip(controls.conditions, z, strict=True)]
