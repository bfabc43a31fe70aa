"""What a training did, on stdout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.text import Text

from evenband.cli.printing.console import console_of, table_of
from evenband.narrative.formats import MISSING
from evenband.running.status import duration
from evenband.wording import counted

if TYPE_CHECKING:
    from evenband.train.step_watch import StepWatch
    from evenband.train.tuning import Tuned

ROWS_SHOWN = 10
"""Points of the curves that the terminal shows."""


def print_tuned(tuned: Tuned, as_json: bool) -> None:
    """Print what a fine-tuning did, as lines and a table, or as JSON."""
    if as_json:
        print(json.dumps(_fields(tuned), ensure_ascii=False, indent=1))
        return
    for remark in tuned.remarks:
        print(f"note: {remark}")
    _print_curves(tuned)
    how = f"{counted(tuned.steps, 'step')} of {tuned.loss} on {counted(tuned.examples, 'example')}"
    if tuned.was_finished:
        print(f"{tuned.out}: this training has ended before ({how})")
    else:
        from_ = f", from step {tuned.resumed_at:,} on" if tuned.resumed_at else ""
        print(f"{tuned.out}: {how}{from_}, {duration(tuned.seconds)}")
    print(f"next: evenband audit {tuned.out}")


def print_watched(watch: StepWatch) -> None:
    """Print what a watched training taught, and where its report is; nothing where none was measured."""
    from evenband.narrative.watched_trainings import alarm_sentence

    for one in watch.trained:
        style = "bold yellow" if one.lesson == "cherry-picked" else ""
        console_of().print(Text(alarm_sentence(one), style=style))
    if watch.records is not None and watch.steps:
        print(f"watched: {watch.records.directory.path / 'report.html'}")


def _print_curves(tuned: Tuned) -> None:
    """Print losses over steps as a table of a few rows; nothing where no loss was logged."""
    held_out = dict(tuned.held_out_losses)
    points = _thinned(sorted({step for step, _ in tuned.losses} | set(held_out)))
    if not points:
        return
    table = table_of("loss over steps")
    table.add_column("step", justify="right")
    table.add_column("training", justify="right")
    if held_out:
        table.add_column("kept apart", justify="right")
    for before, step in zip([-1, *points], points, strict=False):
        between = [loss for at, loss in tuned.losses if before < at <= step]
        apart = [loss for at, loss in tuned.held_out_losses if before < at <= step]
        cells = [_shown(sum(between) / len(between) if between else None)]
        cells += [_shown(apart[-1] if apart else None)] if held_out else []
        table.add_row(f"{step:,}", *cells)
    console_of().print(table)


def _thinned(steps: list[int]) -> list[int]:
    """Return evenly many of some steps, with the first and the last."""
    if len(steps) <= ROWS_SHOWN:
        return steps
    return [steps[round(k * (len(steps) - 1) / (ROWS_SHOWN - 1))] for k in range(ROWS_SHOWN)]


def _shown(loss: float | None) -> Text:
    return Text(MISSING if loss is None else f"{loss:.4f}")


def _fields(tuned: Tuned) -> dict[str, Any]:
    """Return what a program wants to know, as plain data."""
    names = (
        *("steps", "resumed_at", "was_finished", "losses", "held_out_losses"),
        *("seconds", "examples", "loss", "remarks"),
    )
    return {
        "out": None if tuned.out is None else str(tuned.out),
        **{name: vars(tuned)[name] for name in names},
    }
