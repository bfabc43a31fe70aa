"""The analysis of minimal pairs: figures, outliers, structure, contrast."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from evenband.analysis.audits import Analysis, Circumstances, Comparison
from evenband.analysis.limits import LEVEL
from evenband.analysis.pairs.comparison import compare_pairs
from evenband.analysis.pairs.estimates import sum_up
from evenband.analysis.pairs.fields import comparison_fields, fields_of
from evenband.analysis.pairs.notes import contrast_notes, notes_of, unknown_notes
from evenband.analysis.pairs.outliers import adjusted_p, judged, suspects
from evenband.analysis.pairs.scale import scale_of
from evenband.analysis.pairs.screening import screening_note, screening_of
from evenband.analysis.pairs.structure import contrast_of, structure_of
from evenband.analysis.pairs.values import PairsAudit, PairsComparison
from evenband.analysis.pairs.verdict import Evidence, control_z
from evenband.stats.dispersion import log_mad_z
from evenband.stats.threads import single_threaded
from evenband.types import PairsMeasurement


class PairsAnalysis(Analysis):
    """Statistics on y = log d, with d = 1 - cosine.

    With four templates or more a cell is claimed if it survives Benjamini-Hochberg as a single cell
    (leave-one-template-out detector); with fewer, under a heavy tail fitted to the cells of the same
    number of tokens.
    """

    @single_threaded
    def analyse(self, measurement: PairsMeasurement, circumstances: Circumstances) -> PairsAudit:
        """Sum a measurement up, order its cells by how far they lie out, and judge the farthest.

        Raises:
            InputError: if the reference did not measure the same texts.
        """
        figures_rng, power_rng = circumstances.rng.spawn(2)
        scale = scale_of(measurement)
        summary = sum_up(measurement, scale, figures_rng)
        structure = None
        if measurement.probe.type != "ORDER":
            structure = structure_of(measurement, scale, power_rng if circumstances.detailed else None)
        reference = cast("PairsMeasurement | None", circumstances.reference)
        contrast = None
        if reference is not None and reference is not measurement:
            contrast = contrast_of(measurement, scale, reference, LEVEL)
        screening = screening_of(measurement)
        z, q = log_mad_z(scale.y), adjusted_p(measurement, scale, structure)
        controls = cast("PairsMeasurement | None", circumstances.controls)
        evidence = Evidence(measurement, scale, LEVEL, structure, contrast, control_z(controls))
        return PairsAudit(
            measurement=measurement,
            summary=summary,
            outliers=tuple(judged(evidence, z, q)),
            discoveries=int((q <= LEVEL).sum()),
            level=LEVEL,
            z=z,
            q=q,
            notes=(
                *notes_of(measurement, summary, scale),
                *contrast_notes(measurement, reference, contrast),
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
        """Return labels worth following up, and the templates in which they stand out."""
        return suspects(measurement, reference)

    @single_threaded
    def compare(
        self, left: PairsMeasurement, right: PairsMeasurement, rng: np.random.Generator
    ) -> Comparison:
        """Return ratios of the figures of right to left, and the cells that moved most."""
        return compare_pairs(left, right, rng)

    def summarise(self, audit: PairsAudit) -> dict[str, Any]:
        """Return the figures, outliers, structure and contrast as plain data."""
        return fields_of(audit)

    def summarise_comparison(self, comparison: PairsComparison) -> dict[str, Any]:
        """Return the differences and ratios, and the cells that moved most, as plain data."""
        return comparison_fields(comparison)
