"""Verdicts: a rule, a fragile word, an odd word, a cell that looks memorised, or not explained.

"Memorisation-like" is only said with a reference model that lacks the effect, or with controls that
exclude everything else. "Unexplained" is an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evenband.analysis.limits import BLIND_FLOORS, FAR, FRAGILE, RULE
from evenband.analysis.pairs.scale import Scale, scale_of
from evenband.analysis.pairs.values import Contrast, Outlier, Structure, Verdict
from evenband.stats.detection import FEWEST_LABELS_TO_CERTIFY
from evenband.stats.dispersion import robust_scale
from evenband.types import PairsMeasurement
from evenband.types.details import FOLLOWED

LEAKED = 0.25
"""A label whose other sentences moved by more than this share of its farthest one, in log-distance, has
leaked into them.

In models with planted cells the share is .10 to .16 where the other sentences were held in place and
.43 where they were not (medians over labels).
"""


@dataclass(frozen=True)
class Evidence:
    """Everything known of a measurement's cells that a verdict may use.

    Attributes:
        measurement: n labels by t templates.
        scale: its distances.
        level: of the false discovery rate.
        structure: labels by templates, if there are templates enough.
        contrast: against the reference, if there is one.
        control: z of a label under the control perturbations, by label; empty where not run.
    """

    measurement: PairsMeasurement
    scale: Scale
    level: float
    structure: Structure | None
    contrast: Contrast | None
    control: dict[str, float]


def control_z(controls: PairsMeasurement | None) -> dict[str, float]:
    """How far each followed label moves under the control perturbations, against the baseline's labels.

    The mean over perturbations of (y - median) / robust scale of the baseline.
    """
    if controls is None:
        return {}
    y = scale_of(controls).y
    followed = np.array([group == FOLLOWED for group in controls.columns["group"]])
    if followed.all():
        return {}
    baseline = y[~followed]
    z = (y - np.median(baseline, axis=0)) / robust_scale(baseline)
    means = z.mean(axis=1)
    return {controls.items[row]: float(means[row]) for row in np.flatnonzero(followed)}


def judge(outlier: Outlier, cell: tuple[int, int], evidence: Evidence) -> Outlier:
    """The outlier with its verdict and what it rests on.

    Args:
        outlier: to be judged.
        cell: its row and column.
        evidence: of its measurement.
    """
    i, j = cell
    structure, contrast = evidence.structure, _contrast_in(evidence, cell)
    known = replace(
        outlier,
        cell=None if structure is None else float(structure.cells.z[i, j]),
        word=None if structure is None else float(structure.word[i]),
        control=evidence.control.get(outlier.label),
        shift=None if contrast is None else float(contrast.shifts.z[i, j]),
        shift_q=None if contrast is None else _shift_q(contrast, i, j),
    )
    verdict, reasons = _verdict(known, cell, evidence)
    return replace(known, verdict=verdict, evidence=tuple(reasons))


def untested(labels: int) -> str:
    """Why there is no q at all, in words.

    Args:
        labels: how many there are.
    """
    if labels < FEWEST_LABELS_TO_CERTIFY:
        return f"not tested: {labels} of the {FEWEST_LABELS_TO_CERTIFY} labels that a test needs"
    return "not tested: the distances have no width that a tail could be fitted to"


def _contrast_in(evidence: Evidence, cell: tuple[int, int]) -> Contrast | None:
    """Return the contrast, if the reference has the cell and sees the change in its template."""
    contrast = evidence.contrast
    if contrast is None or np.isnan(contrast.moved[cell[1]]) or not _reference_has(evidence, cell):
        return None
    return contrast


def _reference_has(evidence: Evidence, cell: tuple[int, int]) -> bool:
    """Return whether there is a reference, and it has vectors for the cell's texts."""
    if evidence.contrast is None:
        return False
    reference, made = evidence.contrast.reference, evidence.measurement
    return made.items[cell[0]] in reference.items and made.conditions[cell[1]] in reference.conditions


def _shift_q(contrast: Contrast, i: int, j: int) -> float | None:
    """Of the single cell or of its label, the smaller; ``None`` where neither could be tested."""
    shifts = contrast.shifts
    cell = shifts.q[i, j] if shifts.cells is None else shifts.cells.q[i, j]
    known = [float(q) for q in (cell, shifts.label_q[i]) if not np.isnan(q)]
    return min(known, default=None)


def _verdict(found: Outlier, cell: tuple[int, int], evidence: Evidence) -> tuple[Verdict | None, list[str]]:
    i, j = cell
    reasons: list[str] = []
    if evidence.scale.d[i, j] < BLIND_FLOORS * evidence.scale.floor:
        return "numeric", ["its distance is below three noise floors"]
    if found.control is not None:
        manner = "far" if found.control >= FRAGILE else "not far"
        reasons.append(f"{manner} under changes that mean nothing (mean z {found.control:.1f})")
    if evidence.contrast is not None and _contrast_in(evidence, cell) is None:
        lacks = "see the change in this sentence" if _reference_has(evidence, cell) else "know its texts"
        reasons.append(f"{evidence.contrast.reference.subject.name} does not {lacks}")
    if evidence.structure is None:
        return _from_one_template(found, evidence, i, reasons)
    is_cell = found.q is not None and found.q <= evidence.level
    is_word = found.word is not None and found.word >= FAR
    certain = f", {small(found.q)}" if found.q is not None else ""
    reasons.append(
        f"word effect over all {len(evidence.measurement.conditions)} sentences z {found.word:.1f}"
    )
    reasons.append(f"this sentence beyond its others z {found.cell:.1f}{certain}")
    if _contrast_in(evidence, cell) is not None:
        return _against_reference(found, cell, evidence, is_cell, is_word, reasons)
    if is_cell:
        return _cell_alone(found, is_word, reasons)
    return _word(found, is_word, reasons)


def _from_one_template(
    found: Outlier, evidence: Evidence, i: int, reasons: list[str]
) -> tuple[Verdict | None, list[str]]:
    """Without four templates a cell cannot be told from its word; controls and a reference still help."""
    if found.z < FAR:
        return None, []
    j = evidence.measurement.conditions.index(found.template)
    contrast = _contrast_in(evidence, (i, j))
    if contrast is not None:
        name, q = contrast.reference.subject.name, contrast.shifts.q[i, j]
        if q <= evidence.level:
            reasons.append(f"{name} does not have it ({small(q)})")
            return ("fragile word" if _fragile(found) else "leaky suspect"), reasons
        reasons.append(_shared(contrast))
    if _fragile(found):
        return "fragile word", reasons
    reasons.append("one sentence cannot tell an odd word from a memorised one: use four templates or more")
    return "unexplained", reasons


def _against_reference(
    found: Outlier,
    cell: tuple[int, int],
    evidence: Evidence,
    is_cell: bool,
    is_word: bool,
    reasons: list[str],
) -> tuple[Verdict | None, list[str]]:
    contrast = evidence.contrast
    assert contrast is not None
    name = contrast.reference.subject.name
    moved = _moved(cell, contrast, evidence.measurement.items)
    if moved is not None:
        return moved[0], [*reasons, moved[1]]
    if is_cell:
        reasons.append(_shared(contrast))
        return "semantic or memorised cell", reasons
    factor = float(contrast.moved[cell[1]])
    if factor >= RULE and not is_word:
        reasons.append(f"this sentence moves all labels {factor:.1f} times as far as in {name}")
        return "rule", reasons
    if is_word:
        reasons.append(_shared(contrast))
    return _word(found, is_word, reasons)


def _shared(contrast: Contrast) -> str:
    """What an effect that did not move against the reference says of it."""
    name = contrast.reference.subject.name
    if contrast.tested:
        return f"{name} has the effect, too"
    return f"whether {name} has the effect, too, was {untested(len(contrast.suspects))}"


def _moved(cell: tuple[int, int], contrast: Contrast, labels: tuple[str, ...]) -> tuple[Verdict, str] | None:
    """A move against the reference, of one sentence or of all the label's; ``None`` if this cell has none."""
    i, j = cell
    name, shifts = contrast.reference.subject.name, contrast.shifts
    here = float(shifts.shift[i, j])
    if here <= 0:
        return None
    there = (float(shifts.shift[i].sum()) - here) / max(1, int(np.isfinite(contrast.moved).sum()) - 1)
    q = _shift_q(contrast, i, j)
    certain = "" if q is None else f" ({small(q)}{'' if q <= contrast.level else ', not certified'})"
    reason = f"against {name} its distance is x{np.exp(here):.1f} in this sentence, "
    reason += f"x{np.exp(there):.1f} in its others{certain}"
    whole = bool(contrast.suspects[i]) and contrast.label_leaders[i] < 0
    single, leaky = bool(contrast.cells[i, j]), bool(shifts.leak[i] > LEAKED)
    if leaky and (single or whole):
        return "leaky suspect", reason
    if single or (contrast.labels[i] and j == shifts.shift[i].argmax()):
        return "memorisation-like", reason
    of_cell, of_label = int(contrast.cell_leaders[i, j]), int(contrast.label_leaders[i])
    leader = of_cell if of_cell >= 0 else of_label
    if leader >= 0:
        return "spill-over", f"{reason}, behind {labels[leader]!r}, which is spelled alike and moved farther"
    return None


def _cell_alone(found: Outlier, is_word: bool, reasons: list[str]) -> tuple[Verdict, list[str]]:
    """A cell effect without a reference: controls must exclude the rest before memory is suspected."""
    if found.control is not None and not _fragile(found) and not is_word:
        reasons.append("neither the word nor other changes explain it; a reference model would settle it")
        return "memorisation-like", reasons
    reasons.append("a reference model, or controls, would tell meaning from memory")
    return "semantic or memorised cell", reasons


def _word(found: Outlier, is_word: bool, reasons: list[str]) -> tuple[Verdict | None, list[str]]:
    if _fragile(found):
        return "fragile word", reasons
    if is_word:
        return "odd word", reasons
    if found.z < FAR:
        return None, []
    return "unexplained", reasons


def small(q: float) -> str:
    """An adjusted p-value in words: ``q 0.031``, ``q < 0.001``."""
    return "q < 0.001" if q < 1e-3 else f"q {q:.3f}"


def _fragile(found: Outlier) -> bool:
    return found.control is not None and found.control >= FRAGILE
