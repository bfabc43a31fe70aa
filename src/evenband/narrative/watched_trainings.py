"""What a watched training taught, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    "followed": "others follow",
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
    "A rule that was learned moves all of them, and as far. Bars are 90% intervals over nouns.",
)
"""How to read the chart of trained cells."""

CURVES_READ = (
    "Families: each thin line is one family of probes, the thick one their mean. Those that changed most are "
    "named at the right; every point names its family.",
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
    return f"{plain_sentence(trained)} {_figures(trained, trained.steps[-1])}"


def plain_sentence(trained: TrainedProbe) -> str:
    """Return the verdict of the last step in plain words: how far trained texts moved, and how far others.

    The probe must have a step.
    """
    last = trained.steps[-1]
    return f"{trained.probe}, step {last.step:,}: {_verdict(last)} {_factors(trained, last)}"


def _factors(trained: TrainedProbe, last: CellStep) -> str:
    """Return by which factor the pairs came nearer or went apart."""
    mine, others = significant(last.trained_factor, 3), significant(last.matched_factor, 3)
    is_one = trained.labels == 1
    whose = "Pairs of the trained noun" if is_one else f"Pairs of the {trained.labels:,} trained nouns"
    like = "it" if is_one else "them"
    if trained.together is None:
        return (
            f"{whose} changed their distance by a factor of {mine}, those of nouns like {like} by {others}."
        )
    way = "as near" if trained.together else "as far apart"
    return f"{whose} are now {mine} times {way} as before, those of nouns like {like} {others} times."


def _verdict(last: CellStep) -> str:
    share = "" if last.transfer is None else f", {percent(last.transfer)} as far"
    if last.lesson == "cherry-picked":
        alike = "the trained words moved, wherever they stand" if last.words else "the trained texts moved"
        return f"cherry-picked: {alike}, and texts like them did not follow."
    return {
        "sentences": f"other nouns move with the trained ones{share}, but in these sentences only: the same "
        "words in other sentences do not.",
        "rule": "the rule was learned: other nouns move as far as the trained ones, within the interval.",
        "followed": f"other nouns move with the trained ones{share}: less than a rule would have them.",
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
    if late := late_start(training.steps[0] if training.steps else 0):
        yield f"{late[:1].upper()}{late[1:]}."
    yield from _on_families(training.families)
    if training.texts is not None:
        yield from _on_cells(training)


SURE_CHANGE = 0.05
"""P-value over all families up to which a change is named."""


def _on_families(families: Sequence[FamilyCurve]) -> Iterator[str]:
    """Yield how pass rates changed on average, and which families changed for sure."""
    changed = [one for one in families if one.change.value is not None]
    if not changed:
        return
    mean = fmean(one.change.value or 0.0 for one in changed)
    sure = [one for one in changed if one.p <= SURE_CHANGE]
    rising = [_changed(one) for one in sure if (one.change.value or 0.0) > 0]
    falling = [_changed(one) for one in sure if (one.change.value or 0.0) < 0]
    named = f"{_named('surely up', rising)}{_named('surely down', falling)}"
    yield (
        f"Pass rates moved by {100 * mean:+.1f} points on average over "
        f"{counted(len(changed), 'family', 'families')}"
        f"{named or '; no family changed for sure'}."
    )


def _changed(one: FamilyCurve) -> str:
    """Return a family with the change of its pass rate in points."""
    low, high = one.change.low, one.change.high
    bounds = "" if low is None or high is None else f" [{_points(low)} to {_points(high)}]"
    return f"{one.probe} {_points(one.change.value or 0.0)}{bounds}"


def _points(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−")


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


def _named(what: str, names: list[str]) -> str:
    return f"; {what}: {listed(names)}" if names else ""


def late_start(first: int) -> str:
    """Return what a reader must know of a watch that did not see the model before training; else nothing."""
    if not first:
        return ""
    return (
        f"the first step that was watched is {first:,}: moves and changes are counted from there, not from "
        "before the training"
    )


def _span(training: Training) -> str:
    if len(training.steps) < 2:
        return ""
    return f", from {training.steps[0]:,} to {training.steps[-1]:,}"
