"""Explanation of a label: the facts, each of which can be checked, about why it lies where it lies.

s is the cosine similarity of a pair and d = max(1 - s, floor) its distance, with the smallest distance that
means anything as floor. z is a log-MAD z: the log-distance less its median, over a robust scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.covariates import row_of
from evenband.analysis.pairs.expectation import Expectations, Expected, expect
from evenband.analysis.pairs.matched import Match, Standing, matched_labels, stand
from evenband.analysis.pairs.outliers import judged_at
from evenband.analysis.pairs.perturbations import control_z, mean_control_z
from evenband.analysis.pairs.scale import scale_of
from evenband.analysis.pairs.structure import scores_at
from evenband.analysis.pairs.values import Outlier, PairsAudit, Verdict
from evenband.analysis.pairs.verdict import Evidence
from evenband.stats.threads import single_threaded
from evenband.types import Insight, PairsMeasurement
from evenband.types.summaries import Field, Summarised

EXPLAINED = 3
"""Number of outliers of each audit that are explained without being asked for."""


@dataclass(frozen=True)
class RowCell:
    """The label in one template.

    Attributes:
        template: name of the template.
        score: s, in [-1, 1].
        d: distance, above 0.
        z: z within the template.
        expected: d that the label's other templates lead to expect; ``None`` where there is no structure.
        reference: s in the reference model; ``None`` without one, or where it has no vectors.
    """

    template: str
    score: float
    d: float
    z: float
    expected: float | None
    reference: float | None


@dataclass(frozen=True)
class ControlCell:
    """The label under one control perturbation.

    Attributes:
        name: name of the perturbation.
        z: z of the label against unremarkable labels.
    """

    name: str
    z: float


@dataclass(frozen=True, repr=False)
class Explanation(Summarised):
    """Everything known of why one label lies where it lies.

    Attributes:
        measurement: measurement of the label.
        outlier: its farthest cell, with verdict, evidence, texts and z.
        expected: observed and expected d, with the largest contributions; ``None`` where no expectation
            could be fitted.
        row: the label in every template.
        controls: the label under each control perturbation; empty where they were not run for it.
        matches: the labels most like it in frequency, length, tokens and sense, the most alike first.
        standing: where the label stands among its matches; ``None`` without matches.
        insight: what a look inside the model shows; ``None`` for a remote model, or before a look.
        reference: name of the reference model, or ``None``.
        elsewhere: names of model and probe of the run's other measurements of the label.
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

    def summary_fields(self) -> Iterable[Field]:
        """Return the label, where it was measured, and its farthest cell."""
        yield from (("label", self.label), ("probe", self.measurement.probe.name))
        yield from (("model", self.measurement.subject.name), ("z", self.outlier.z))
        yield "verdict", self.verdict

    @property
    def blind(self) -> bool:
        """Whether the model is blind to the change, so that there is nothing to explain."""
        return scale_of(self.measurement).blind

    @property
    def label(self) -> str:
        """Label that is explained."""
        return self.outlier.label

    @property
    def verdict(self) -> Verdict | None:
        """Verdict on the label's farthest cell; ``None`` where it is not far."""
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
        audit: audit of the measurement.
        label: one of its labels.
        rng: generator that deals the labels into folds for the expectation.
        insight: what a look inside the model shows, if there was one.
        expectations: expectations of the measurement, where several labels are explained; fitted here if
            not given.

    Raises:
        InputError: if there is no such label; the message names the nearest.
    """
    measurement = audit.measurement
    row = row_of(measurement.items, label)
    expectations = expectations or expect(measurement, rng)
    matches = matched_labels(measurement, label)
    return Explanation(
        measurement=measurement,
        outlier=_farthest_cell(audit, row),
        expected=None if expectations is None else expectations.of(label),
        row=tuple(_row_cells(audit, row)),
        controls=tuple(_control_cells(audit.controls, label)),
        matches=matches,
        standing=stand(measurement, label, matches),
        insight=insight,
        reference=None if audit.contrast is None else audit.contrast.reference.subject.name,
    )


def explain_audit(
    audit: PairsAudit, insights: Mapping[str, Insight], rng: np.random.Generator
) -> Iterator[Explanation]:
    """Explain the first outliers that have a verdict, unless in a suite, and every label with an insight.

    None under a budget, whose labels are no sample to expect anything from.

    Args:
        audit: audit of the measurement.
        insights: looks inside the model, by label.
        rng: generator that deals the labels into folds for the expectation.
    """
    judged = (outlier.label for outlier in audit.outliers if outlier.verdict is not None)
    first = list(dict.fromkeys(judged))[: EXPLAINED if audit.detailed else 0]
    labels = list(dict.fromkeys([*first, *insights]))
    if not labels or audit.measurement.details.design is not None:
        return
    expectations = expect(audit.measurement, rng)
    for label in labels:
        yield explain(audit, label, rng, insights.get(label), expectations)


def _farthest_cell(audit: PairsAudit, i: int) -> Outlier:
    """Return the label's cell that stands out most, judged: a claimed one before one that is only far."""
    measurement = audit.measurement
    j = int(np.lexsort((-audit.z[i], ~audit.claimed[i]))[0])
    for outlier in audit.outliers:
        if (outlier.label, outlier.template) == (measurement.items[i], measurement.conditions[j]):
            return outlier
    evidence = Evidence(
        measurement,
        scale_of(measurement),
        audit.level,
        audit.structure,
        audit.contrast,
        mean_control_z(audit.controls),
    )
    return judged_at((i, j), evidence, audit.z, audit.q)


def _row_cells(audit: PairsAudit, i: int) -> list[RowCell]:
    """Return a label's cells in every template."""
    measurement, scale = audit.measurement, scale_of(audit.measurement)
    structure, contrast = audit.structure, audit.contrast
    reference = np.full(len(measurement.conditions), np.nan)
    if contrast is not None:
        reference = scores_at(contrast.reference, measurement)[i]
    return [
        RowCell(
            template=name,
            score=float(measurement.scores[i, j]),
            d=float(scale.d[i, j]),
            z=float(audit.z[i, j]),
            expected=None if structure is None else float(np.exp(structure.cells.expected[i, j])),
            reference=None if np.isnan(reference[j]) else float(reference[j]),
        )
        for j, name in enumerate(measurement.conditions)
    ]


def _control_cells(controls: PairsMeasurement | None, label: str) -> list[ControlCell]:
    """Return a label's z under each control perturbation; nothing where they were not run for it."""
    z = control_z(controls)
    if controls is None or z is None or label not in controls.items:
        return []
    of_label = z[controls.items.index(label)]
    return [
        ControlCell(name, float(value)) for name, value in zip(controls.conditions, of_label, strict=True)
    ]
