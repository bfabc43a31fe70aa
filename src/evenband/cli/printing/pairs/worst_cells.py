"""The worst cells of a DIFF or ORDER probe, which break its ordering, with all their texts."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from evenband.report.blocks.pairs.failing_cells import worst_cases
from evenband.types import PairsMeasurement


def failures_of(measurement: PairsMeasurement) -> Iterator[Text]:
    """Yield the cells that fail by most, each with its texts and their similarities to the first."""
    title = f"{measurement.subject.name} on {measurement.probe.name}"
    cases = list(worst_cases(measurement))
    if not cases:
        yield Text(f"no cell breaks the ordering: {title}")
        return
    yield Text(f"worst violations: {title}")
    for case in cases:
        yield Text(f"\n {case.title}: {case.sentence}")
        for name, text, similarity in case.texts:
            symbol = "s" if case.similarity == "cosine" else case.similarity
            yield Text(f"   {name}{f', {symbol} {similarity}' if similarity else ''}: {text}")
    yield Text("")
