"""Audits a planted model with the public commands, and holds what they say against the truth."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.planted import scores
from benchmarks.planted.scores import Mask
from evenband import api
from evenband.analysis import PairsAudit
from evenband.train.planted_texts import PLANTED_PROBE
from evenband.train.planted_truth import Truth, read_truth

REFERENCE = "minilm"


@dataclass(frozen=True)
class Finding:
    """One list of discoveries, against the truth.

    Attributes:
        found: how many.
        recall: share of what was planted, ``None`` where nothing was.
        fdp: share of it that was not planted, 0 where nothing was found.
        precision: average precision of the ranking behind it, ``None`` where nothing was planted.
        auc: its area under the curve, ``None`` likewise.
    """

    found: int
    recall: float | None
    fdp: float
    precision: float | None
    auc: float | None


@dataclass(frozen=True)
class Result:
    """What the commands said of one model.

    Attributes:
        truth: what was planted.
        alone: single cells, from the model alone.
        cells: single cells, against the reference.
        labels: labels that moved as a whole, against the reference.
        shift: ranking of cells by their shift against the reference.
        verdicts: of the listed outliers at planted labels, with the reference.
        wrong_verdicts: memorisation-like or leaky suspects at other labels, with the reference.
        verdicts_alone: of the listed outliers at planted labels, without it.
        factor: by how much the planted distances grew, median; 1 for none.
        leak: how much of the log effect the same labels show in the other templates, median.
        phi: disparity of the model, and of the reference.
        band: q95 - q05 of s, likewise.
        detectable: smallest factor that the report says it could have certified.
    """

    truth: Truth
    alone: Finding
    cells: Finding
    labels: Finding
    shift: Finding
    verdicts: dict[str, int]
    wrong_verdicts: int
    verdicts_alone: dict[str, int]
    factor: float
    leak: float | None
    phi: tuple[float, float]
    band: tuple[float, float]
    detectable: float | None
    discoveries_in_reference: int = field(default=0)


def evaluate(model: Path, out: Path, sample: int, seed: int) -> Result:
    """Run ``evenband audit`` on a planted model, with and without the reference, and score the outcome."""
    known = read_truth(model)
    common = ["-p", PLANTED_PROBE, "--sample", str(sample), "--seed", str(seed), "-o"]
    with_reference, without = out / f"{model.name}-against-{REFERENCE}", out / model.name
    _command("audit", str(model), "--reference", REFERENCE, *common, str(with_reference))
    _command("audit", str(model), *common, str(without))
    base, held_against = _in_order(_audits_in(with_reference))
    [alone] = _audits_in(without)
    return score(known, alone, held_against, base)


def score(known: Truth, alone: PairsAudit, audit: PairsAudit, base: PairsAudit) -> Result:
    """What was found, against what was planted.

    Args:
        known: the truth.
        alone: the model without a reference.
        audit: the model with it.
        base: the reference itself.
    """
    planted = _mask(known, audit)
    rows: Mask = np.asarray(planted.any(axis=1))
    if audit.contrast is None or alone.structure is None:
        raise RuntimeError(f"{known.name}: the audit has no contrast or no structure; is the probe blind?")
    shifts, level = audit.contrast.shifts, audit.level
    cells = shifts.cells
    if cells is None:
        raise RuntimeError(f"{known.name}: fewer than three templates")
    return Result(
        truth=known,
        alone=_finding(planted, alone.claimed, alone.structure.cells.rank),
        cells=_finding(planted, audit.contrast.cells, cells.rank),
        labels=_finding(rows, audit.contrast.labels, shifts.label_z),
        shift=_finding(planted, shifts.q <= level, shifts.z),
        verdicts=_verdicts(planted, audit),
        wrong_verdicts=_wrong(known, audit),
        verdicts_alone=_verdicts(planted, alone),
        factor=float(np.median([cell.factor for cell in known.cells])) if known.cells else 1.0,
        leak=_leak(planted, shifts.shift),
        phi=(_value(audit.summary.phi.value), _value(base.summary.phi.value)),
        band=(_width(audit), _width(base)),
        detectable=alone.structure.power.minimum if alone.structure.power else None,
        discoveries_in_reference=base.discoveries or 0,
    )


def _command(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "evenband", *arguments], check=True, stdout=subprocess.DEVNULL)


def _audits_in(run: Path) -> list[PairsAudit]:
    return [audit for audit in api.read_audits(run) if isinstance(audit, PairsAudit)]


def _in_order(audits: list[PairsAudit]) -> tuple[PairsAudit, PairsAudit]:
    """The reference's audit, and the one that is held against it."""
    [base] = [one for one in audits if one.contrast is None]
    [other] = [one for one in audits if one.contrast is not None]
    return base, other


def _mask(known: Truth, audit: PairsAudit) -> Mask:
    made = audit.measurement
    planted = np.zeros(made.scores.shape, dtype=bool)
    for cell in known.cells:
        planted[made.items.index(cell.label), made.conditions.index(cell.template)] = True
    return planted


def _finding(planted: Mask, found: Mask, rank: scores.Float) -> Finding:
    any_planted = bool(planted.any())
    return Finding(
        found=int(found.sum()),
        recall=scores.recall(planted, found),
        fdp=scores.false_discovery_proportion(planted, found),
        precision=scores.average_precision(planted, rank) if any_planted else None,
        auc=scores.auc(planted, rank) if any_planted else None,
    )


def _verdicts(planted: Mask, audit: PairsAudit) -> dict[str, int]:
    """Verdicts of the listed cells that were planted; ``not listed`` for the others."""
    made = audit.measurement
    said = {(one.label, one.template): one.verdict or "none" for one in audit.outliers}
    cells = [(made.items[i], made.conditions[j]) for i, j in np.argwhere(planted)]
    return dict(Counter(said.get(cell, "not listed") for cell in cells))


def _wrong(known: Truth, audit: PairsAudit) -> int:
    """Labels that nothing was planted at, and that are called memorised or leaky all the same."""
    labels = {cell.label for cell in known.cells}
    accused = ("memorisation-like", "leaky suspect")
    return len({one.label for one in audit.outliers if one.verdict in accused} - labels)


def _leak(planted: Mask, shift: scores.Float) -> float | None:
    """Shift of the planted labels elsewhere over their planted shift, the median over labels."""
    rows = planted.any(axis=1)
    if not rows.any():
        return None
    here, there = (np.where(mask, shift, np.nan)[rows] for mask in (planted, ~planted))
    return float(np.median(np.nanmean(there, axis=1) / np.nanmean(here, axis=1)))


def _width(audit: PairsAudit) -> float:
    return audit.summary.quantiles["q95"] - audit.summary.quantiles["q05"]


def _value(number: float | None) -> float:
    return float("nan") if number is None else number
