"""Verdicts on a cell: a rule, a fragile word, an odd word, a cell that looks memorised, or unexplained.

"Memorisation-like" is only said with a reference model that lacks the effect, or with controls that exclude
everything else. "Unexplained" is an answer.

z is a log-MAD z, q an adjusted p-value, and a cell one label in one template.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evenband.analysis.limits import FAR, FRAGILE, RULE
from evenband.analysis.pairs.scale import Scale, is_noise
from evenband.analysis.pairs.suspect_cells import is_suspect
from evenband.analysis.pairs.values import Contrast, Outlier, Structure, Verdict
from evenband.stats.detection import FEWEST_LABELS_TO_CERTIFY
from evenband.types import PairsMeasurement
from evenband.unshown_words import examples_of
from evenband.wording import signed_as_read

LEAKED = 0.25
"""Share of a label's farthest move, as a log-distance, above which its other templates have moved too.

In models with planted cells the share is 0.10 to 0.16 where the other sentences were held in place, and
0.43 where they were not (medians over labels).
"""

SMALLEST_WRITTEN_Q = 1e-3
"""Adjusted p-value below which it is written as an inequality."""

Cell = tuple[int, int]
"""Row and column of a cell."""

Judgement = tuple[Verdict | None, list[str]]
"""A verdict, ``None`` where the cell is not far, and the reasons for it."""


@dataclass(frozen=True)
class Evidence:
    """Everything known of a measurement's cells that a verdict may use.

    Attributes:
        measurement: n labels by t templates.
        scale: its distances.
        level: false discovery rate, in (0, 1).
        structure: labels by templates, where there are enough of both.
        contrast: comparison with the reference, if there is one.
        control: mean z of a label under the control perturbations, by label; empty where not run.
    """

    measurement: PairsMeasurement
    scale: Scale
    level: float
    structure: Structure | None
    contrast: Contrast | None
    control: dict[str, float]

    def contrast_at(self, cell: Cell) -> Contrast | None:
        """Return the contrast, if the reference has the cell and sees the change in its template."""
        contrast = self.contrast
        if contrast is None or np.isnan(contrast.moved[cell[1]]) or not self.reference_has(cell):
            return None
        return contrast

    def reference_has(self, cell: Cell) -> bool:
        """Return whether there is a reference, and it has vectors for the cell's texts."""
        if self.contrast is None:
            return False
        reference, (i, j) = self.contrast.reference, cell
        has_label = self.measurement.items[i] in reference.items
        return has_label and self.measurement.conditions[j] in reference.conditions

    def certifies(self, outlier: Outlier) -> bool:
        """Return whether the cell's own q certifies it."""
        return outlier.q is not None and outlier.q <= self.level

    def follows(self, cell: Cell) -> bool:
        """Return whether the cell is certified, but behind a look-alike that is far more so."""
        return self.structure is not None and bool(self.structure.cell_leaders[cell] >= 0)


def judge(outlier: Outlier, cell: Cell, evidence: Evidence) -> Outlier:
    """Return the outlier with its verdict and the reasons for it.

    Args:
        outlier: outlier without a verdict.
        cell: its row and column.
        evidence: evidence of its measurement.
    """
    i, j = cell
    structure, contrast = evidence.structure, evidence.contrast_at(cell)
    outlier = replace(
        outlier,
        cell=None if structure is None else float(structure.cells.z[i, j]),
        word=None if structure is None else float(structure.word[i]),
        control=evidence.control.get(outlier.label),
        shift=None if contrast is None else float(contrast.shifts.z[i, j]),
        shift_q=None if contrast is None else _shift_q(contrast, cell),
    )
    verdict, reasons = _verdict(outlier, cell, evidence)
    return replace(outlier, verdict=verdict, evidence=tuple(reasons))


def untested(labels: int) -> str:
    """Return why nothing could be tested, in words.

    Args:
        labels: number of labels.
    """
    if labels < FEWEST_LABELS_TO_CERTIFY:
        return f"not tested: {labels} of the {FEWEST_LABELS_TO_CERTIFY} labels that a test needs"
    return "not tested: the distances have no width that a tail could be fitted to"


def _verdict(outlier: Outlier, cell: Cell, evidence: Evidence) -> Judgement:
    """Choose a verdict from everything that is known of the cell."""
    if is_noise(evidence.scale.d[cell], evidence.scale.floor):
        return "numeric", ["its distance is below three noise floors"]
    contrast = evidence.contrast_at(cell)
    reasons: list[str] = []
    if outlier.control is not None:
        manner = "far" if _is_fragile(outlier) else "not far"
        mean = signed_as_read(f"{outlier.control:.1f}")
        reasons.append(f"{manner} under changes that mean nothing (mean z {mean})")
    if evidence.contrast is not None and contrast is None:
        lacks = "see the change in this sentence" if evidence.reference_has(cell) else "know its texts"
        reasons.append(f"{evidence.contrast.reference.subject.name} does not {lacks}")
    if evidence.structure is None:
        return _from_one_template(outlier, cell, evidence, reasons)
    sentences = len(evidence.measurement.conditions)
    q = f", {_q_in_words(outlier.q)}" if outlier.q is not None else ""
    reasons.append(f"word effect over all {sentences} sentences z {signed_as_read(f'{outlier.word:.1f}')}")
    reasons.append(f"this sentence beyond its others z {signed_as_read(f'{outlier.cell:.1f}')}{q}")
    if contrast is not None:
        return _against_reference(outlier, cell, evidence, contrast, reasons)
    if is_suspect(outlier.q):
        reasons.append("not certified: more sentences or a reference model would settle it")
    if evidence.follows(cell):
        return "spill-over", [*reasons, _describe_leader(cell, evidence)]
    return _from_cell(outlier, reasons) if evidence.certifies(outlier) else _from_word(outlier, reasons)


def _from_one_template(outlier: Outlier, cell: Cell, evidence: Evidence, reasons: list[str]) -> Judgement:
    """Judge without structure: a cell cannot be told from its word, but controls and a reference help."""
    if outlier.z < FAR:
        return None, []
    contrast = evidence.contrast_at(cell)
    if contrast is not None:
        q = contrast.shifts.q[cell]
        if q <= evidence.level:
            reasons.append(f"{contrast.reference.subject.name} does not have it ({_q_in_words(q)})")
            return ("fragile word" if _is_fragile(outlier) else "leaky suspect"), reasons
        reasons.append(_describe_unmoved(contrast))
    if _is_fragile(outlier):
        return "fragile word", reasons
    reasons.append("one sentence cannot tell an odd word from a memorised one: use four templates or more")
    return "unexplained", reasons


def _against_reference(
    outlier: Outlier,
    cell: Cell,
    evidence: Evidence,
    contrast: Contrast,
    reasons: list[str],
) -> Judgement:
    """Judge by the move against the reference first, then by the model alone."""
    verdict, reason = _move(cell, contrast, evidence.measurement)
    if verdict is not None:
        return verdict, [*reasons, reason]
    if evidence.follows(cell):
        return "spill-over", [*reasons, _describe_leader(cell, evidence), _describe_unmoved(contrast)]
    if evidence.certifies(outlier):
        return "semantic or memorised cell", [*reasons, _describe_unmoved(contrast)]
    factor, name = float(contrast.moved[cell[1]]), contrast.reference.subject.name
    if factor >= RULE and not _is_odd_word(outlier):
        return "rule", [*reasons, f"this sentence moves all labels {factor:.1f} times as far as in {name}"]
    if _is_odd_word(outlier):
        reasons.append(_describe_unmoved(contrast))
    return _from_word(outlier, reasons)


def _move(cell: Cell, contrast: Contrast, measurement: PairsMeasurement) -> tuple[Verdict | None, str]:
    """Judge a cell's move against the reference, alone or with its label; ``None`` if it did not move."""
    i, j = cell
    name, shifts = contrast.reference.subject.name, contrast.shifts
    here = float(shifts.shift[i, j])
    if here <= 0:
        return None, ""
    elsewhere = (float(shifts.shift[i].sum()) - here) / max(1, int(np.isfinite(contrast.moved).sum()) - 1)
    q = _shift_q(contrast, cell)
    certainty = ""
    if q is not None:
        certainty = f" ({_q_in_words(q)}{'' if q <= contrast.level else ', not certified'})"
    reason = (
        f"against {name} its distance is x{np.exp(here):.1f} in this sentence, "
        f"x{np.exp(elsewhere):.1f} in its others{certainty}"
    )
    is_suspect = bool(contrast.suspects[i]) and contrast.label_leaders[i] < 0
    is_certified_cell = bool(contrast.cells[i, j])
    if shifts.leak[i] > LEAKED and (is_certified_cell or is_suspect):
        return "leaky suspect", reason
    if is_certified_cell or (contrast.labels[i] and j == shifts.shift[i].argmax()):
        return "memorisation-like", reason
    of_cell, of_label = int(contrast.cell_leaders[i, j]), int(contrast.label_leaders[i])
    leader = of_cell if of_cell >= 0 else of_label
    if leader >= 0:
        [label] = examples_of(measurement.probe.slot, [measurement.items[leader]])
        like = "which is like it in spelling or meaning and whose distance grew more than twice as much"
        return "spill-over", f"{reason}, behind {label!r}, {like}"
    return None, ""


def _describe_leader(cell: Cell, evidence: Evidence) -> str:
    """Describe the look-alike that a certified cell follows."""
    assert evidence.structure is not None
    leader = int(evidence.structure.cell_leaders[cell])
    [label] = examples_of(evidence.measurement.probe.slot, [evidence.measurement.items[leader]])
    like = "which is like it in spelling or meaning and more than twice as far beyond what is expected"
    return f"behind {label!r}, {like}"


def _from_cell(outlier: Outlier, reasons: list[str]) -> Judgement:
    """Judge a certified cell without a reference: controls must exclude all but memory to suspect it."""
    if outlier.control is not None and not _is_fragile(outlier) and not _is_odd_word(outlier):
        reasons.append("neither the label nor other changes explain it; a reference model would settle it")
        return "memorisation-like", reasons
    reasons.append("a reference model, or controls, would tell meaning from memory")
    return "semantic or memorised cell", reasons


def _from_word(outlier: Outlier, reasons: list[str]) -> Judgement:
    """Judge a cell that is not certified, by its word over all templates."""
    if _is_fragile(outlier):
        return "fragile word", reasons
    if _is_odd_word(outlier):
        return "odd word", reasons
    if outlier.z < FAR and not is_suspect(outlier.q):
        return None, []
    return "unexplained", reasons


def _describe_unmoved(contrast: Contrast) -> str:
    """Return what an effect that did not move against the reference says of the reference."""
    name = contrast.reference.subject.name
    if contrast.tested:
        return f"{name} has the effect, too"
    return f"whether {name} has the effect, too, was {untested(len(contrast.suspects))}"


def _is_fragile(outlier: Outlier) -> bool:
    """Return whether the label moves far under the control perturbations."""
    return outlier.control is not None and outlier.control >= FRAGILE


def _is_odd_word(outlier: Outlier) -> bool:
    """Return whether the label is far over all templates."""
    return outlier.word is not None and outlier.word >= FAR


def _shift_q(contrast: Contrast, cell: Cell) -> float | None:
    """Return the smaller adjusted p-value of a cell's and its label's move; ``None`` where untested."""
    shifts = contrast.shifts
    of_cell = shifts.q[cell] if shifts.cells is None else shifts.cells.q[cell]
    tested = [float(q) for q in (of_cell, shifts.label_q[cell[0]]) if not np.isnan(q)]
    return min(tested, default=None)


def _q_in_words(q: float) -> str:
    """Return an adjusted p-value as text: ``q 0.031``, ``q < 0.001``."""
    return f"q < {SMALLEST_WRITTEN_Q:.3f}" if q < SMALLEST_WRITTEN_Q else f"q {q:.3f}"
