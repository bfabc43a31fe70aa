"""Results as lines of text (Markdown tables)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from benchmarks.planted.evaluate import Finding, Result

COLUMNS: tuple[tuple[str, Callable[[Result], float | None]], ...] = (
    ("factor", lambda r: r.factor),
    ("leak", lambda r: r.leak),
    ("AP alone", lambda r: r.alone.precision),
    ("recall alone", lambda r: r.alone.recall),
    ("FDP alone", lambda r: r.alone.fdp),
    ("AP cells", lambda r: r.cells.precision),
    ("recall cells", lambda r: r.cells.recall),
    ("FDP cells", lambda r: r.cells.fdp),
    ("AUC shift", lambda r: r.shift.auc),
    ("AUC labels", lambda r: r.labels.auc),
    ("recall labels", lambda r: r.labels.recall),
    ("FDP labels", lambda r: r.labels.fdp),
)
"""alone: the model alone; cells, shift, labels: against the reference."""


def line(result: Result) -> str:
    """One model."""
    shown = ", ".join(f"{name} {_figure(read(result))}" for name, read in COLUMNS)
    counts = "/".join(str(one.found) for one in _lists(result))
    return (
        f"{result.truth.name}: {counts} found; {shown}; Phi {result.phi[1]:.3f} -> {result.phi[0]:.3f}; "
        f"band {result.band[1]:.4f} -> {result.band[0]:.4f}; detectable {_figure(result.detectable)}; "
        f"verdicts {result.verdicts}, alone {result.verdicts_alone}, wrong {result.wrong_verdicts}"
    )


def summarise(results: Sequence[Result]) -> list[str]:
    """Averages over seeds with the range, the negative controls, and the mean false-discovery proportion."""
    head = ["kind", "delta", "seeds", *(name for name, _ in COLUMNS)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    ordered = sorted(results, key=_group)
    for (kind, delta), group in groupby(ordered, key=_group):
        members = list(group)
        cells = [_spread([read(member) for member in members]) for _, read in COLUMNS]
        lines.append("| " + " | ".join([kind, f"{delta:.2f}", str(len(members)), *cells]) + " |")
    lines += ["", "Found (alone / cells / labels against the reference), Phi and band of each model:"]
    lines += [_verdicts(result) for result in results]
    mean = [float(np.mean([one.fdp for one in group])) for group in zip(*map(_lists, results), strict=True)]
    lines += [
        "",
        f"Mean false-discovery proportion: alone {mean[0]:.3f}, cells {mean[1]:.3f}, labels {mean[2]:.3f}",
    ]
    return lines


def _verdicts(result: Result) -> str:
    counts = "/".join(str(one.found) for one in _lists(result))
    return (
        f"* {result.truth.name}: {counts}; Phi {result.phi[1]:.3f} -> {result.phi[0]:.3f}; "
        f"band {result.band[1]:.4f} -> {result.band[0]:.4f}; verdicts {result.verdicts or 'none'}, "
        f"without the reference {result.verdicts_alone or 'none'}; others accused: {result.wrong_verdicts}"
    )


def _lists(result: Result) -> tuple[Finding, Finding, Finding]:
    return result.alone, result.cells, result.labels


def _group(result: Result) -> tuple[str, float]:
    truth = result.truth
    kind = truth.kind if truth.words == "random" else f"{truth.kind}, {truth.words}"
    return f"{kind}, {truth.together} together" if truth.together else kind, truth.delta


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    mean = _figure(float(np.mean(known)))
    return mean if len(known) == 1 else f"{mean} ({_figure(min(known))} to {_figure(max(known))})"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
