"""An explanation in the terminal: its sentences, then the tables behind them."""

from __future__ import annotations

from rich.text import Text

from evenband.analysis import Explanation
from evenband.analysis.limits import LABELS_FOR_REGRESSION, TEMPLATES_FOR_CELLS
from evenband.cli.printing.console import console_of, table_of
from evenband.narrative.formats import MISSING, fixed, number, percent
from evenband.narrative.pairs.reasons import sentences_of
from evenband.narrative.reticence import is_shown
from evenband.wording import listed, signed_as_read

MOST_ELSEWHERE = 6
"""Other measurements of the label that are named, at most."""


def print_explanation(explanation: Explanation, look_inside: bool = True) -> None:
    """Print all known parts in 80 columns; for a blind model only that it is blind.

    Args:
        explanation: to print.
        look_inside: whether the user asked to look inside the model.
    """
    console = console_of()
    probe, subject = explanation.measurement.probe, explanation.measurement.subject
    console.print(Text(f"{explanation.label} · {probe.name} on {subject.name}", style="bold"))
    _print_elsewhere(explanation)
    for sentence in sentences_of(explanation):
        console.print(Text(f"\n{sentence}"))
    if explanation.blind:
        return
    _print_row(explanation)
    _print_controls(explanation)
    _print_matches(explanation)
    _print_inside(explanation, look_inside)


def _print_elsewhere(explanation: Explanation) -> None:
    """Print where else the label was measured."""
    if not explanation.elsewhere:
        return
    names = listed((f"{probe} on {model}" for model, probe in explanation.elsewhere), MOST_ELSEWHERE)
    console_of().print(Text(f"also measured: {names} (choose with -p and -m)"))


def _print_row(explanation: Explanation) -> None:
    reference = [f"s in {explanation.reference}"] if explanation.reference else []
    is_expected = any(cell.expected is not None for cell in explanation.row)
    table = table_of("in each sentence")
    for name in ("sentence", "s", "z", "d", *(["d expected"] if is_expected else []), *reference):
        table.add_column(name, justify="left" if name == "sentence" else "right")
    for cell in explanation.row:
        numbers = [number(cell.score), fixed(cell.z, 2), number(cell.d)]
        numbers += [number(cell.expected)] if is_expected else []
        table.add_row(Text(cell.template), *numbers, *([number(cell.reference)] if reference else []))
    console_of().print(table)
    if not is_expected:
        console_of().print(Text(f"no expected d of single cells: {_lack(explanation)}\n"))


def _lack(explanation: Explanation) -> str:
    """Say why there is no expected distance of a cell, predicted from the label's other cells."""
    labels, templates = len(explanation.measurement.items), len(explanation.row)
    if templates < TEMPLATES_FOR_CELLS:
        return f"that takes {TEMPLATES_FOR_CELLS} sentences, the probe has {templates}"
    if labels < LABELS_FOR_REGRESSION:
        return f"that takes {LABELS_FOR_REGRESSION} labels, the probe has {labels}"
    if explanation.measurement.probe.type == "ORDER":
        return "an ORDER probe compares two distances, it has no band of one"
    return "the model is blind in one of the sentences"


def _print_controls(explanation: Explanation) -> None:
    if not explanation.controls:
        return
    table = table_of("control perturbations")
    table.add_column("change: sentence")
    table.add_column("z", justify="right")
    for cell in explanation.controls:
        table.add_row(Text(cell.name), fixed(cell.z, 2))
    console_of().print(table)


def _print_matches(explanation: Explanation) -> None:
    table = table_of("labels most like it: mean distance, and how they differ from it")
    table.add_column("label")
    table.add_column("d", justify="right")
    table.add_column("differs by")
    for match in explanation.matches:
        if not is_shown(explanation.measurement, match.label):
            continue
        gaps = [_gap(name, gap) for name, gap in match.gaps.items() if round(gap, 2)]
        table.add_row(Text(match.label), number(match.d), ", ".join(gaps) or "nothing that was matched")
    console_of().print(table)


def _gap(name: str, gap: float) -> str:
    """Format a difference with its unit; one of frequencies, which are in log10, as a ratio."""
    if name == "frequency":
        return f"{10**gap:.2g} times as frequent"
    if name == "sense":
        return signed_as_read(f"sense number {gap:+.3g}")
    return f"{signed_as_read(f'{gap:+.3g}')} {name.removesuffix('s') if abs(gap) == 1 else name}"


def _print_inside(explanation: Explanation, look_inside: bool) -> None:
    if explanation.insight is None:
        why = (
            "this model shows no layers, or cannot be loaded here" if look_inside else "--no-model was given"
        )
        console_of().print(f"inside the model: not looked ({why})")
        return
    inspection, divergence = explanation.insight.inspection, explanation.insight.divergence
    table = table_of("layer by layer: distance of this pair, and of ordinary pairs")
    for name in ("layer", "d", "ordinary d", "ratio", "adds to the excess"):
        table.add_column(name, justify="right")
    for layer in inspection.layers:
        typical = None if divergence is None else divergence.typical[layer.index]
        ratio = None if divergence is None else divergence.ratios[layer.index]
        shares = None if divergence is None else divergence.shares
        name = "embeddings" if layer.index == 0 else str(layer.index)
        table.add_row(
            name,
            number(layer.distance),
            number(typical),
            MISSING if ratio is None else f"{ratio:.2f}",
            MISSING if shares is None else percent(shares[layer.index]),
        )
    console_of().print(table)
    for side in (inspection.a, inspection.b):
        console_of().print(Text("tokens: " + " ".join(side.pieces)))
