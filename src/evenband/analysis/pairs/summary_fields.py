"""Fields of summary.json that only minimal pairs have, as plain data; ``None`` where not computed.

Their names are a contract: ``floors`` is what the rest of the code calls baselines, the pass rates of
encoders that understand nothing.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from evenband.analysis.pairs.comparison import PairsComparison, passed_in
from evenband.analysis.pairs.draws import Fresh
from evenband.analysis.pairs.head_to_head import BOTH_SIDES, HeadToHead
from evenband.analysis.pairs.reading_notes import count_twins
from evenband.analysis.pairs.rivals import COMMON_RIVALS, rivals_of
from evenband.analysis.pairs.scorecard import GRADES, Line, Scorecard
from evenband.analysis.pairs.suspect_cells import strongest_suspect
from evenband.analysis.pairs.values import Contrast, Outlier, PairsAudit, Structure
from evenband.analysis.pairs.weighting import drawn_rows
from evenband.types import Estimate, PairsMeasurement
from evenband.types.details import LETTERS

ESTIMATES = ("median", "phi", "consistency", "t99", "r50", "r_at_1", "auc", "pass_rate", "uniformity")
"""Figures of a summary that are written with their interval, beside the minimum."""

"""Sides of two subjects."""

SCORED = ("pass_rate", "uniformity", "consistency", "r50", "median")
"""Figures of a line of a scorecard that are written with their interval."""


def fields_of(audit: PairsAudit) -> dict[str, Any]:
    """Return the figures, outliers, structure and contrast of one audit."""
    measurement, figures = audit.measurement, audit.summary
    probe = measurement.probe
    is_tested = measurement.details.design is None
    return {
        "type": probe.type,
        "family": probe.family,
        "draw": probe.draw or None,
        "novel": probe.novel,
        "roles": list(probe.roles) or None,
        "language": probe.language or None,
        "floors": dict(measurement.details.baselines) or None,
        "missing": [{"label": label, "text": text} for label, text in measurement.details.missing],
        "skipped": list(measurement.details.skipped),
        "min": figures.minimum.value,
        "quantiles": dict(figures.quantiles),
        **{name: getattr(figures, name).value for name in ESTIMATES},
        "rivals": rivals_of(measurement),
        f"pass_rate_of_{COMMON_RIVALS}": _rate_among(measurement, COMMON_RIVALS),
        "noise_floor": figures.noise_floor,
        "score_noise": figures.score_noise,
        "levels": figures.levels,
        "grid": figures.grid,
        "mad": figures.mad,
        "blind": figures.blind,
        "twins": count_twins(measurement),
        "truncation": _truncation(measurement),
        "intervals": {
            "min": _interval(figures.minimum),
            **{name: _interval(getattr(figures, name)) for name in ESTIMATES},
        },
        "discoveries": audit.discoveries if is_tested else None,
        "suspect": _suspect(audit),
        "design": _design(measurement),
        "level": audit.level,
        "structure": _structure(audit.structure),
        "contrast": _contrast(measurement, audit.contrast),
        "screening": None if audit.screening is None else asdict(audit.screening),
        "outliers": [_outlier(outlier) for outlier in audit.outliers],
    }


def _suspect(audit: PairsAudit) -> dict[str, Any] | None:
    """Return the first cell, if none is certified and it is far enough to be named; ``None`` otherwise."""
    suspect = strongest_suspect(audit.outliers)
    if suspect is None:
        return None
    return {"label": suspect.label, "template": suspect.template, "q": suspect.q, "z": suspect.z}


def _truncation(measurement: PairsMeasurement) -> dict[str, Any] | None:
    """Return how many labels have texts longer than the model's limit, and which are left out for it."""
    truncation = measurement.details.truncation
    if truncation is None:
        return None
    measured = set(measurement.items)
    left_out = dict.fromkeys(label for label, _ in truncation.undecidable if label not in measured)
    return {
        "limit": truncation.limit,
        "labels": truncation.labels,
        "total": truncation.total,
        **{f"text_{letter}": n for letter, n in zip(LETTERS, truncation.sides, strict=False)},
        "undecidable": list(left_out),
    }


def _design(measurement: PairsMeasurement) -> dict[str, Any] | None:
    """Return how a measurement under a budget was drawn; ``None`` for any other."""
    design = measurement.details.design
    if design is None:
        return None
    drawn = len(drawn_rows(measurement))
    return {**design.facts, "random": drawn, "chosen": len(measurement.items) - drawn}


def _rate_among(measurement: PairsMeasurement, rivals: int) -> float | None:
    """Return the pass rate of an INV probe among so many rivals; ``None`` where it has not as many."""
    return None if rivals_of(measurement) is None else passed_in(measurement, rivals)


def _structure(structure: Structure | None) -> dict[str, Any] | None:
    """Return variance shares, reliability, additivity and power."""
    if structure is None:
        return None
    shares, power = structure.variance.shares, structure.power
    return {
        "shares": None
        if shares is None
        else dict(zip(("template", "label", "interaction"), shares, strict=True)),
        "generalizability": structure.variance.generalizability(),
        "nonadditivity": structure.variance.nonadditivity,
        "spilled_cells": int((structure.cell_leaders >= 0).sum()) if structure.cells_tested else None,
        "power": None
        if power is None
        else {
            "factors": power.factors.tolist(),
            "recall": power.recall.tolist(),
            "fdp": power.fdp.tolist(),
            "minimum_detectable_factor": power.minimum,
            "planted": power.planted,
        },
        "power_by_frequency": {
            "frequent" if one.frequent else "rare": {
                "labels": one.labels,
                "factors": one.power.factors.tolist(),
                "recall": one.power.recall.tolist(),
                "minimum_detectable_factor": one.power.minimum,
                "planted": one.power.planted,
            }
            for one in structure.by_frequency
        }
        or None,
    }


def _contrast(measurement: PairsMeasurement, contrast: Contrast | None) -> dict[str, Any] | None:
    """Return how far each template moved against the reference, and the numbers of discoveries."""
    if contrast is None:
        return None
    return {
        "reference": contrast.reference.subject.name,
        "moved": {
            name: None if math.isnan(factor) else factor
            for name, factor in zip(measurement.conditions, contrast.moved.tolist(), strict=True)
        },
        "label_discoveries": int(contrast.labels.sum()) if contrast.labels_tested else None,
        "cell_discoveries": int(contrast.cells.sum()) if contrast.cells_tested else None,
        "spilled_cells": int((contrast.cell_leaders >= 0).sum()) if contrast.cells_tested else None,
    }


def comparison_fields(comparison: PairsComparison) -> dict[str, Any]:
    """Return pass rates, differences, ratios and the cells that moved most of a comparison."""
    return {
        "left_similarity": comparison.left.subject.similarity,
        "right_similarity": comparison.right.subject.similarity,
        "left_pass_rate": passed_in(comparison.left, comparison.rivals),
        "right_pass_rate": passed_in(comparison.right, comparison.rivals),
        "rivals": comparison.rivals,
        "median": asdict(comparison.median),
        "phi_ratio": asdict(comparison.phi_ratio),
        "t99_ratio": asdict(comparison.t99_ratio),
        "pass_rate": asdict(comparison.pass_rate),
        "r50_ratio": asdict(comparison.r50_ratio),
        "correlation": comparison.correlation,
        "changes": [asdict(change) for change in comparison.changes],
    }


def scorecard_fields(card: Scorecard) -> dict[str, Any]:
    """Return a scorecard as plain data."""
    return {
        "model": card.model,
        "similarity": card.similarity,
        "consistency": card.consistency.value,
        "interval": _interval(card.consistency),
        "families": card.families,
        "grades": {grade: len(card.of(grade)) for grade in GRADES},
        "ungraded": len(card.ungraded),
        "stale": list(card.stale),
        "repeated": card.repeated,
        "lines": [_line(line) for line in card.lines],
    }


def head_to_head_fields(one: HeadToHead) -> dict[str, Any]:
    """Return two subjects on all families as plain data; differences and ratios are of right against left."""
    return {
        "left": one.left,
        "right": one.right,
        "left_is_reference": one.has_reference,
        "left_pass_rate": one.mean_rate("left"),
        "right_pass_rate": one.mean_rate("right"),
        "pass_rate": asdict(one.pass_rate),
        "phi_ratio": asdict(one.phi_ratio),
        "r50_ratio_kept": asdict(one.r50_kept),
        "r50_ratio_changed": asdict(one.r50_changed),
        "selectivity": asdict(one.selectivity),
        "clear_by_chance": one.by_chance,
        "better": {side: [family.probe for family in one.better(side)] for side in BOTH_SIDES},
        "families": [
            {
                "probe": family.probe,
                "left_pass_rate": family.rate("left").value,
                "right_pass_rate": family.rate("right").value,
                "pass_rate": asdict(family.difference),
                "phi_ratio": asdict(family.comparison.phi_ratio),
                "r50_ratio": asdict(family.comparison.r50_ratio),
                "better": family.better,
            }
            for family in one.families
        ],
    }


def _line(line: Line) -> dict[str, Any]:
    """Return one line of a scorecard."""
    return {
        "probe": line.probe,
        "type": line.type,
        "effect": line.effect,
        "why": line.why,
        "n": line.n,
        "templates": line.templates,
        "grade": line.grade,
        "ungraded": line.ungraded,
        "certain": line.certain,
        "rivals": line.rivals,
        "common_rivals": None if line.common is None else line.common.rivals,
        "pass_rate_of_common_rivals": None if line.common is None else line.common.pass_rate.value,
        "harmless": line.harmless,
        **{name: getattr(line, name).value for name in SCORED},
        "intervals": {name: _interval(getattr(line, name)) for name in SCORED},
        "floors": dict(line.baselines) or None,
        "violation": None if line.violation is None else asdict(line.violation),
        "fresh": None if line.fresh is None else _fresh(line.fresh),
    }


def _fresh(fresh: Fresh) -> dict[str, Any]:
    """Return a family's fresh draw."""
    return {
        "draw": fresh.draw,
        "novel": fresh.novel,
        "sentences": fresh.sentences,
        "pass_rate": fresh.pass_rate.value,
        "gap": fresh.gap.value,
        "q": fresh.q,
        "intervals": {name: _interval(getattr(fresh, name)) for name in ("pass_rate", "gap")},
    }


def _interval(estimate: Estimate) -> list[float] | None:
    """Return both ends of an interval; ``None`` where there is none."""
    return None if estimate.low is None or estimate.high is None else [estimate.low, estimate.high]


def _outlier(outlier: Outlier) -> dict[str, Any]:
    """Return an outlier without its texts."""
    return {
        "label": outlier.label,
        "template": outlier.template,
        "score": outlier.score,
        "z": outlier.z,
        "q": outlier.q,
        "verdict": outlier.verdict,
        "evidence": list(outlier.evidence),
        "cell_z": outlier.cell,
        "word_z": outlier.word,
        "control_z": outlier.control,
        "shift_z": outlier.shift,
        "shift_q": outlier.shift_q,
    }
