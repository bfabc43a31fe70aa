"""How an explanation is printed: the sentences, then the tables they rest on."""

from __future__ import annotations

from rich.text import Text

from evenband.analysis import Explanation
from evenband.cli.tables import NONE, console_of, number, table_of


def print_explanation(found: Explanation) -> None:
    """All parts that are known, in 80 columns."""
    console = console_of()
    made = found.measurement
    console.print(Text(f"{found.label} · {made.probe.name} on {made.model.name}", style="bold"))
    for sentence in found.sentences:
        console.print(Text(f"\n{sentence}"))
    _print_row(found)
    _print_controls(found)
    _print_matches(found)
    _print_inside(found)


def _print_row(found: Explanation) -> None:
    reference = [f"s in {found.reference}"] if found.reference else []
    table = table_of("in each sentence")
    for name in ("sentence", "s", "z", "d", "d expected", *reference):
        table.add_column(name, justify="left" if name == "sentence" else "right")
    for cell in found.row:
        last = [number(cell.reference)] if found.reference else []
        numbers = (number(cell.score), f"{cell.z:.2f}", number(cell.d), number(cell.expected), *last)
        table.add_row(Text(cell.template), *numbers)
    console_of().print(table)


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
    table = table_of("words most like it: mean distance, and how they differ from it")
    table.add_column("word")
    table.add_column("d", justify="right")
    table.add_column("differs by")
    for match in found.matches:
        gaps = ", ".join(f"{name} {gap:+.3g}" for name, gap in match.gaps.items())
        table.add_row(Text(match.label), number(match.d), gaps or NONE)
    console_of().print(table)


def _print_inside(found: Explanation) -> None:
    if found.insight is None:
        console_of().print("inside the model: not looked (a remote model, or none that can be loaded here)")
        return
    inspection, divergence = found.insight.inspection, found.insight.divergence
    table = table_of("layer by layer: distance of this pair, and of ordinary pairs")
    for name in ("layer", "d", "ordinary d", "ratio"):
        table.add_column(name, justify="right")
    for layer in inspection.layers:
        typical = None if divergence is None else divergence.typical[layer.index]
        ratio = None if divergence is None else divergence.ratios[layer.index]
        name = "embeddings" if layer.index == 0 else str(layer.index)
        table.add_row(
            name, number(layer.distance), number(typical), NONE if ratio is None else f"{ratio:.2f}"
        )
    console_of().print(table)
    for side in (inspection.a, inspection.b):
        console_of().print(Text("tokens: " + " ".join(side.pieces)))
