"""What a watched training taught, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from evenband.analysis.watched_trainings.training_values import (
    CellStep,
    FamilyCurve,
    Lesson,
    TrainedProbe,
    Training,
)
from evenband.narrative.formats import counted, fixed, interval, percent, significant
from evenband.types import Estimate
from evenband.wording import listed

LESSONS: dict[Lesson, str] = {
    "cherry-picked": "cherry-picked",
    "sentences": "these sentences only",
    "rule": "rule learned",
    "unclear": "unclear",
    "still": "not moved",
    "untested": "nothing to compare",
}
"""What a step says, in two words."""

CELLS_READ = (
    "Each line is the mean move of log d since the first step, upwards where training asked for it: d is "
    "1 - s, the distance of a pair's texts.",
    "Trained cells are pairs of which a text occurs in the training data; same-word cells have their nouns "
    "in other sentences; matched cells have other nouns, alike in frequency, length, tokens and distance "
    "before training, in the same sentences.",
    "A rule that was learned moves all of them. Bars are 90% intervals over nouns.",
)
"""How to read the chart of trained cells."""

CURVES_READ = (
    "Families: each thin line is one family of probes, the thick one their mean.",
    "Steps are those of the optimiser; step 0 is the model before training.",
)
"""How to read the chart of curves."""


def alarm_sentence(trained: TrainedProbe) -> str:
    """Return what the last step says of the trained cells, with the figures that it rests on."""
    if not trained.steps:
        return (
            f"{trained.probe}: {counted(trained.cells, 'cell')} of it {_occur(trained.cells)} in the "
            "training data; there are no other labels to compare with."
        )
    last = trained.steps[-1]
    return f"{trained.probe}, step {last.step:,}: {_verdict(last)} {_figures(trained, last)}"


def _verdict(last: CellStep) -> str:
    if last.lesson == "cherry-picked":
        alike = "the trained words moved, wherever they stand" if last.words else "the trained texts moved"
        return f"cherry-picked: {alike}, and texts like them did not follow."
    return {
        "sentences": "texts like the trained ones moved with them, but the same words in other sentences did "
        "not: the rule was learned for these sentences only.",
        "rule": "the rule was learned: texts like the trained ones moved with them.",
        "unclear": "the trained texts moved, and it is not clear whether texts like them follow.",
        "still": "the trained texts have not moved much.",
        "untested": "there is nothing to compare with.",
    }[last.lesson]


def _figures(trained: TrainedProbe, last: CellStep) -> str:
    transfer = "" if last.transfer is None else f" ({percent(last.transfer)} of it)"
    same = "" if last.same_word.value is None else f", same words elsewhere {_move(last.same_word)}"
    return (
        f"Move of log d{_asked(trained)}: trained {_move(last.trained)} "
        f"({counted(trained.cells, 'cell')} of {counted(trained.labels, 'noun')}), "
        f"matched {_move(last.matched)}{transfer}{same}; difference {fixed(last.z, 1)} standard deviations, "
        f"p {_p(last.p)} over all evaluations so far."
    )


def _asked(trained: TrainedProbe) -> str:
    """Return the direction that counts as positive."""
    return {True: " (nearer)", False: " (apart)", None: ""}[trained.together]


def _move(value: Estimate) -> str:
    bounds = interval(value, 2)
    return fixed(value.value, 2) + (f" [{bounds}]" if bounds else "")


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {significant(p, 2)}"


def _occur(number: int) -> str:
    return "occurs" if number == 1 else "occur"


def training_sentences(training: Training) -> Iterator[str]:
    """Yield what a training did to the families, and what it taught."""
    yield f"{training.model} was evaluated at {counted(len(training.steps), 'step')}{_span(training)}."
    changed = list(filter(None, (_change(one, training) for one in training.families)))
    if len(training.steps) > 1 and changed:
        mean = fmean(after - before for _, before, after in changed)
        rising = [name for name, before, after in changed if after - before >= NOTABLE_CHANGE]
        falling = [name for name, before, after in changed if before - after >= NOTABLE_CHANGE]
        yield (
            f"Pass rates moved by {100 * mean:+.1f} points on average over "
            f"{counted(len(changed), 'family', 'families')}"
            f"{_named('up by ten points or more', rising)}{_named('down by ten points or more', falling)}."
        )
    if training.texts is not None:
        yield from _on_cells(training)


def _on_cells(training: Training) -> Iterator[str]:
    for one in sorted(training.trained, key=lambda one: one.lesson != "cherry-picked"):
        yield alarm_sentence(one)
    if not training.trained:
        yield (
            f"No cell of the probes is among the {counted(training.texts or 0, 'text')} of the training "
            "data, so nothing can be said on whether training was cherry-picked."
        )
    if training.unaligned:
        yield (
            f"{counted(training.unaligned, 'minimal pair')} of the training data "
            f"{'has' if training.unaligned == 1 else 'have'} no noun that both texts share once, and "
            f"{'was' if training.unaligned == 1 else 'were'} compared with nothing."
        )


NOTABLE_CHANGE = 0.1
"""Change of a pass rate that is named."""


def _change(family: FamilyCurve, training: Training) -> tuple[str, float, float] | None:
    """Return a family's pass rate at the first and the last step, if it has both."""
    first, last = family.points[0], family.points[-1]
    if (first.step, last.step) != (training.steps[0], training.steps[-1]):
        return None
    if first.pass_rate.value is None or last.pass_rate.value is None:
        return None
    return family.probe, first.pass_rate.value, last.pass_rate.value


def _named(what: str, names: list[str]) -> str:
    return f"; {what}: {listed(names)}" if names else ""


def _span(training: Training) -> str:
    if len(training.steps) < 2:
        return ""
    return f", from {training.steps[0]:,} to {training.steps[-1]:,}"
