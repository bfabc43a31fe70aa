"""How an explanation is printed: the sentences, then the tables they rest on."""

from __future__ import annotations

from rich.text import Text

from evenband.analysis import Explanation
from evenband.analysis.limits import LABELS_FOR_REGRESSION, TEMPLATES_FOR_CELLS
from evenband.cli.printing.console import NONE, console_of, number, table_of
from evenband.narrative.pairs.reasons import sentences_of

OTHERS = 6
"""So many other measurements of the label are named."""


def print_explanation(found: Explanation, looked: bool = True) -> None:
    """All parts that are known, in 80 columns; of a blind model only that it is.

    Args:
        found: the explanation.
        looked: whether the model was to be looked into.
    """
    console = console_of()
    made = found.measurement
    console.print(Text(f"{found.label} · {made.probe.name} on {made.subject.name}", style="bold"))
    _print_elsewhere(found)
    for sentence in sentences_of(found):
        console.print(Text(f"\n{sentence}"))
    if found.blind:
        return
    _print_row(found)
    _print_controls(found)
    _print_matches(found)
    _print_inside(found, looked)


def _print_elsewhere(found: Explanation) -> None:
    """Where else the label was measured."""
    if not found.elsewhere:
        return
    names = [f"{probe} on {model}" for model, probe in found.elsewhere[:OTHERS]]
    rest = len(found.elsewhere) - len(names)
    more = f" and {rest} more" if rest else ""
    console_of().print(Text(f"also measured: {', '.join(names)}{more} (choose with -p and -m)"))


def _print_row(found: Explanation) -> None:
    reference = [f"s in {found.reference}"] if found.reference else []
    known = any(cell.expected is not None for cell in found.row)
    table = table_of("in each sentence")
    for name in ("sentence", "s", "z", "d", *(["d expected"] if known else []), *reference):
        table.add_column(name, justify="left" if name == "sentence" else "right")
    for cell in found.row:
        numbers = [number(cell.score), f"{cell.z:.2f}", number(cell.d)]
        numbers += [number(cell.expected)] if known else []
        table.add_row(Text(cell.template), *numbers, *([number(cell.reference)] if reference else []))
    console_of().print(table)
    if not known:
        console_of().print(Text(f"no d is expected of a single cell: {_lack(found)}\n"))


def _lack(found: Explanation) -> str:
    """Why no distance could be expected of a cell from its label's other ones."""
    labels, templates = len(found.measurement.items), len(found.row)
    if templates < TEMPLATES_FOR_CELLS:
        return f"that takes {TEMPLATES_FOR_CELLS} sentences, the probe has {templates}"
    if labels < LABELS_FOR_REGRESSION:
        return f"that takes {LABELS_FOR_REGRESSION} labels, the probe has {labels}"
    if found.measurement.probe.type == "ORDER":
        return "an ORDER probe compares two distances, and has no band of one"
    return "the model is blind in one of the sentences"


def _print_controls(found: Explanation) -> None:
    if not found.controls:
        return
    table = table_of("control perturbations")
    table.add_column("change: sentence")
    table.add_column("z", justify="right")
    for cell in found.controls:
        table.add_row(Text(cell.name), f"{cell.z:.2f}")
    console_of().print(table)


def _print_matches(found: Explanation) -> None:
    table = table_of("words most like it: mean distance, and what they have that differs")
    table.add_column("word")
    table.add_column("d", justify="right")
    table.add_column("differs by")
    for match in found.matches:
        gaps = [_gap(name, gap) for name, gap in match.gaps.items() if round(gap, 2)]
        table.add_row(Text(match.label), number(match.d), ", ".join(gaps) or "nothing that was matched")
    console_of().print(table)


def _gap(name: str, gap: float) -> str:
    """A difference with its unit; a frequency, known as its logarithm to base 10, as a ratio."""
    if name == "frequency":
        return f"{10**gap:.2g} times as frequent"
    if name == "sense":
        return f"sense number {gap:+.3g}"
    return f"{gap:+.3g} {name.removesuffix('s') if abs(gap) == 1 else name}"


def _print_inside(found: Explanation, looked: bool) -> None:
    if found.insight is None:
        why = "a remote model, or none that can be loaded here" if looked else "--no-model was given"
        console_of().print(f"inside the model: not looked ({why})")
        return
    inspection, divergence = found.insight.inspection, found.insight.divergence
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
            NONE if ratio is None else f"{ratio:.2f}",
            NONE if shares is None else f"{shares[layer.index]:.0%}",
        )
    console_of().print(table)
    for side in (inspection.a, inspection.b):
        console_of().print(Text("tokens: " + " ".join(side.pieces)))
