"""What a training did, on stdout."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.text import Text

from evenband import encoders
from evenband.analysis.pairs.transfer_verdicts import judge_transfer
from evenband.cli.printing.console import console_of, table_of
from evenband.encoders.references import parse
from evenband.narrative.formats import MISSING, bracketed, short, signed
from evenband.narrative.pairs.transfers import transfer_sentence
from evenband.running.status import duration
from evenband.wording import counted

if TYPE_CHECKING:
    from evenband.train.step_watch import StepWatch
    from evenband.train.transfer_runs import Taught
    from evenband.train.tuned_models import Tuned
    from evenband.types.transfers import TransferLine

ROWS_SHOWN = 10
"""Points of the curves that the terminal shows."""


@dataclass(frozen=True)
class Watched:
    """What a command watched.

    Attributes:
        watch: what was measured; ``None`` where the training had ended before.
        report: its page; ``None`` where there is none.
    """

    watch: StepWatch | None
    report: Path | None


def print_tuned(tuned: Tuned, taught: Taught | None, as_json: bool, watched: Watched | None = None) -> None:
    """Print what a fine-tuning did, as lines and tables, or as JSON.

    Args:
        tuned: steps and losses.
        taught: whether what was taught transfers; ``None`` for examples of the user's own alone.
        as_json: print JSON.
        watched: what was watched; ``None`` where nothing was to be.
    """
    if as_json:
        transfer = None if taught is None else [line.to_dict() for line in taught.transfer.lines]
        fields = {**_fields(tuned), "transfer": transfer, "watched": _watched(tuned, watched)}
        print(json.dumps(fields, ensure_ascii=False, indent=1))
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
    if taught is not None:
        print_transfer(taught)
    if watched is not None and tuned.watch_failure is None:
        print_watched(watched)
    print(f"next: evenband audit {as_reference(tuned.out)}")


def as_reference(out: Path | None) -> str:
    """Return how a command names a folder, also one that is called like a model: ``./minilm``."""
    text = str(out)
    is_other = parse(text, encoders.REGISTRY).scheme or "=" in text.split("/")[0]
    return f"./{text}" if is_other and not text.startswith(("/", ".")) else text


def print_watched(watched: Watched) -> None:
    """Print what a watched training taught, and where its report is."""
    from evenband.narrative.watched_trainings import alarm_sentence, late_start

    watch = watched.watch
    for one in () if watch is None else watch.trained:
        style = "bold yellow" if one.lesson == "cherry-picked" else ""
        console_of().print(Text(alarm_sentence(one), style=style))
    if watch is not None and watch.steps and (late := late_start(watch.steps[0].step)):
        print(f"note: {late}")
    if watched.report is not None:
        print(f"watched: {watched.report}")
    elif watch is None:
        print(
            "note: the training had ended before, so that nothing was watched; an audit tells how it is now"
        )


def _watched(tuned: Tuned, watched: Watched | None) -> dict[str, Any] | None:
    """Return what was watched as plain data; ``None`` where nothing was to be."""
    if watched is None:
        return None
    watch = watched.watch
    trained = () if watch is None else watch.trained
    return {
        "report": None if watched.report is None else str(watched.report),
        "steps": [] if watch is None else [one.step for one in watch.steps],
        "alarms": [one.probe for one in trained if one.lesson == "cherry-picked"],
        "trained": {one.probe: one.lesson for one in trained},
        "failure": tuned.watch_failure,
    }


FAMILIES_SHOWN = 6
"""Other families that the table of a transfer shows: those that changed most."""

GROUPS = {
    "trained": "sentences and fillers of the training",
    "new fillers": "its sentences, new fillers",
    "new templates": "new sentences, its fillers",
    "new both": "new sentences, new fillers",
}


def print_transfer(taught: Taught) -> None:
    """Print pass rates before and after a training on a family, and whether the gain transfers."""
    transfer = taught.transfer
    judgement = judge_transfer(transfer, np.random.default_rng(0))
    table = table_of(f"{transfer.family}: pass rate before and after the training")
    table.add_column("measured on", overflow="fold")
    for name in ("before", "after", "change [90%]"):
        table.add_column(name, justify="right")
    for group, words in GROUPS.items():
        for line in (one for one in transfer.lines if one.group == group):
            table.add_row(words, *_cells(line))
    others = sorted(transfer.of("other family"), key=lambda line: -abs(line.change.value or 0.0))
    for line in others[:FAMILIES_SHOWN]:
        table.add_row(line.name, *_cells(line))
    if len(others) > FAMILIES_SHOWN:
        table.add_row(f"{len(others) - FAMILIES_SHOWN} more families, each changed less", "", "", "")
    for line in transfer.of("retrieval"):
        table.add_row(line.name, *_cells(line))
    console = console_of()
    console.print(table)
    own = f", mixed with {counted(taught.own, 'example')} of your own" if taught.own else ""
    print(f"{counted(taught.generated, 'triplet')} made from {transfer.family}{own}")
    console.print(Text(transfer_sentence(transfer.family, judgement, transfer.of("retrieval"))))


def _cells(line: TransferLine) -> tuple[Text, Text, Text]:
    change = bracketed(line.change, signed)
    return Text(short(line.before)), Text(short(line.after)), Text(change)


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
        table.add_column("held out", justify="right")
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
