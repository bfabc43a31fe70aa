"""The worst cells of a DIFF or ORDER probe, which break its ordering, with all their texts."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from evenband.analysis.pairs.violations import count_failing
from evenband.report.blocks.pairs.failing_cells import worst_cases
from evenband.types import PairsMeasurement
from evenband.wording import counted


def failures_of(measurement: PairsMeasurement) -> Iterator[Text]:
    """Yield the cells that fail by most, each with its texts and their similarities to the first."""
    title = f"{measurement.subject.name} on {measurement.probe.name}"
    cases = list(worst_cases(measurement))
    if not cases:
        yield Text(f"{_without_cases(count_failing(measurement))}: {title}")
        return
    yield Text(f"worst violations: {title}")
    if any(any(case.whole) for case in cases):
        yield Text("long texts are cut short here, around what differs; the report has them whole")
    for case in cases:
        yield Text(f"\n {case.title}: {case.sentence}")
        for name, text, similarity in case.texts:
            symbol = "s" if case.similarity == "cosine" else case.similarity
            yield Text(f"   {name}{f', {symbol} {similarity}' if similarity else ''}: {text}")
    yield Text("")


def _without_cases(failing: int) -> str:
    """Say why no cell is shown: none fails, or only such whose words are no examples."""
    if not failing:
        return "no cell breaks the ordering"
    breaks = "breaks" if failing == 1 else "break"
    return f"{counted(failing, 'cell')} {breaks} the ordering, with words not shown (--all-words shows them)"
