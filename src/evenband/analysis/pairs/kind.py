"""Analysis of minimal pairs: figures, outliers, structure, contrast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np

from evenband.analysis.audits import Analysis, Circumstances, Comparison
from evenband.analysis.gated import GatedFigure
from evenband.analysis.limits import LEVEL
from evenband.analysis.pairs.comparison import (
    PairsComparison,
    check_same_texts,
    compare_pairs,
    passes_of_both,
)
from evenband.analysis.pairs.estimates import sum_up
from evenband.analysis.pairs.notes import (
    contrast_notes,
    kin_notes,
    left_out_notes,
    notes_of,
    reranker_reference_notes,
    unknown_notes,
)
from evenband.analysis.pairs.ordering_notes import ordering_notes
from evenband.analysis.pairs.orderings import (
    WITHOUT_DISTANCES,
    audit_orderings,
    compare_orderings,
    figures_alone,
    has_distances,
)
from evenband.analysis.pairs.outliers import adjusted_p, judged, suspects
from evenband.analysis.pairs.perturbations import mean_control_z
from evenband.analysis.pairs.reading_notes import reading_notes
from evenband.analysis.pairs.scale import clusters_of, scale_of, z_of
from evenband.analysis.pairs.screening import screening_note, screening_of
from evenband.analysis.pairs.structure import contrast_of, structure_of
from evenband.analysis.pairs.summary_fields import comparison_fields, fields_of
from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.pairs.verdict import Evidence
from evenband.analysis.pairs.weighting import budget_note, random_part
from evenband.stats.figures import REPLICATES
from evenband.stats.threads import single_threaded
from evenband.types import Measurement, PairsMeasurement


class PairsAnalysis(Analysis):
    """Statistics of minimal pairs on y = log d, with d = 1 - cosine.

    With four templates or more, a cell (one label in one template) is claimed if it survives
    Benjamini-Hochberg as a single cell in the leave-one-template-out detector, and is no side effect of a
    similar label; with fewer, if it does so under a heavy tail fitted to cells with as many tokens.
    """

    @single_threaded
    def analyse(self, measurement: PairsMeasurement, circumstances: Circumstances) -> PairsAudit:
        """Sum a measurement up, order its cells by how far they lie out, and judge the farthest.

        Raises:
            InputError: if the reference did not measure the same texts.
        """
        figures_rng, power_rng = circumstances.rng.spawn(2)
        if not has_distances(measurement):
            return _audit_reranker(measurement, figures_rng, circumstances)
        if not circumstances.intervals:
            summary = sum_up(measurement, scale_of(measurement), figures_rng, replicates=0)
            return figures_alone(measurement, summary, level=LEVEL)
        reference = _with_distances(circumstances.reference)
        controls = cast("PairsMeasurement | None", circumstances.controls)
        scale = scale_of(measurement)
        summary = sum_up(measurement, scale, figures_rng)
        structure = contrast = None
        has_equal_weights = measurement.details.design is None
        if measurement.probe.type != "ORDER" and has_equal_weights:
            structure = structure_of(measurement, scale, power_rng if circumstances.detailed else None)
        if reference is not None and reference is not measurement and has_equal_weights:
            contrast = contrast_of(measurement, scale, reference, LEVEL)
        screening = screening_of(measurement)
        z = z_of(measurement, scale)
        q = adjusted_p(measurement, scale, structure)
        evidence = Evidence(measurement, scale, LEVEL, structure, contrast, mean_control_z(controls))
        return PairsAudit(
            measurement=measurement,
            summary=summary,
            outliers=tuple(judged(evidence, z, q)),
            level=LEVEL,
            z=z,
            q=q,
            notes=(
                *budget_note(measurement),
                *reading_notes(measurement),
                *notes_of(measurement, summary, scale),
                *(contrast_notes(measurement, reference, contrast) if has_equal_weights else ()),
                *kin_notes(measurement, structure, contrast),
                *reranker_reference_notes(circumstances.reference),
                *(() if screening is None else (screening_note(screening),)),
                *unknown_notes(measurement),
            ),
            detailed=circumstances.detailed,
            structure=structure,
            contrast=contrast,
            controls=controls,
            screening=screening,
        )

    @single_threaded
    def suspects(
        self, measurement: PairsMeasurement, reference: PairsMeasurement | None
    ) -> tuple[list[str], list[str]]:
        """Return the labels to follow up, and the templates in which they stand out; none of a reranker."""
        if not has_distances(measurement):
            return [], []
        return suspects(measurement, _with_distances(reference))

    @single_threaded
    def compare(
        self, left: PairsMeasurement, right: PairsMeasurement, rng: np.random.Generator
    ) -> Comparison:
        """Compare two measurements by ratios of their figures, and list the cells that moved most."""
        if not (has_distances(left) and has_distances(right)):
            return compare_orderings(left, right, rng)
        return compare_pairs(random_part(left), random_part(right), rng)

    def made_comparable(
        self, left: PairsMeasurement, right: PairsMeasurement
    ) -> tuple[PairsMeasurement, PairsMeasurement]:
        """Refuse two measurements of other texts, naming the field that differs.

        Raises:
            InputError: always, unless the texts are the same.
        """
        check_same_texts(left, right)
        return left, right

    def gated(self, left: PairsMeasurement, right: PairsMeasurement) -> Iterator[GatedFigure]:
        """Yield the pass rate; under a budget that of the random part."""
        first, second = random_part(left), random_part(right)
        passes = passes_of_both(first, second)
        if passes is not None:
            clusters = clusters_of(first, second)
            yield GatedFigure("pass rate", "", "higher", *passes, clusters=clusters)

    def summarise(self, audit: PairsAudit) -> dict[str, Any]:
        """Return the figures, outliers, structure and contrast as plain data."""
        return fields_of(audit)

    def summarise_comparison(self, comparison: PairsComparison) -> dict[str, Any]:
        """Return differences, ratios and the cells that moved most as plain data."""
        return comparison_fields(comparison)


def _with_distances(reference: Measurement | None) -> PairsMeasurement | None:
    """Return the reference, unless it is a reranker, against whose scores no distance can be held."""
    known = cast("PairsMeasurement | None", reference)
    return known if known is not None and has_distances(known) else None


def _audit_reranker(
    measurement: PairsMeasurement, rng: np.random.Generator, circumstances: Circumstances
) -> PairsAudit:
    """Return the audit of a reranker, with what a reader must know of it."""
    replicates = REPLICATES if circumstances.intervals else 0
    audit = audit_orderings(measurement, rng, detailed=circumstances.detailed, replicates=replicates)
    notes = (
        WITHOUT_DISTANCES,
        *reading_notes(measurement),
        *ordering_notes(measurement, audit.summary),
        *left_out_notes(measurement),
    )
    return replace(audit, notes=notes, level=LEVEL)
