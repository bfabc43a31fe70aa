"""The figures of one evaluation as flat numbers, for the trainer's log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from evenband.analysis.pairs.scorecard import score
from evenband.analysis.pairs.values import PairsAudit
from evenband.analysis.watched_trainings.training_analysis import point_of
from evenband.analysis.watched_trainings.training_values import TrainedProbe

PRIMARY = "pass_rate"
"""Name of the figure by which the best checkpoint is chosen: the mean pass rate over all families."""

POINT_FIGURES = ("phi", "consistency", "pass_rate", "uniformity", "guard")


def metrics_of(audits: Sequence[PairsAudit], trained: Sequence[TrainedProbe]) -> dict[str, float]:
    """Return the figures over all families, of each family, and of the trained cells; what exists of them.

    ``phi`` and ``consistency`` over all families are those of the scorecard (three families or more), the
    other figures are means.
    """
    figures = dict(_overall(audits))
    for audit in audits:
        point = point_of(0, audit)
        name = audit.measurement.probe.name
        values = {figure: getattr(point, figure).value for figure in POINT_FIGURES}
        figures |= {f"{name}_{figure}": value for figure, value in values.items() if value is not None}
    return {**figures, **dict(_alarms(trained))}


def _overall(audits: Sequence[PairsAudit]) -> Iterator[tuple[str, float]]:
    points = [point_of(0, audit) for audit in audits]
    for figure in POINT_FIGURES:
        values = [value for point in points if (value := getattr(point, figure).value) is not None]
        if figure in ("phi", "consistency"):
            consistency = next((card.consistency.value for card in score(list(audits))), None)
            if consistency is not None:
                yield figure, consistency if figure == "consistency" else 1 / consistency
            elif len(values) == 1:
                yield figure, values[0]
        elif values:
            yield figure, fmean(values)
    for kind in ("INV", "DIFF", "ORDER"):
        rates = [
            audit.summary.pass_rate.value
            for audit in audits
            if audit.measurement.probe.type == kind and audit.summary.pass_rate.value is not None
        ]
        if rates:
            yield f"{kind.lower()}_pass_rate", fmean(rates)


def _alarms(trained: Sequence[TrainedProbe]) -> Iterator[tuple[str, float]]:
    """Yield whether there is an alarm, and the figures of each probe's trained cells."""
    judged = [one for one in trained if one.steps]
    if judged:
        yield "cherry_picked", float(any(one.lesson == "cherry-picked" for one in judged))
    for one in judged:
        last = one.steps[-1]
        moves = {"trained_move": last.trained, "same_word_move": last.same_word, "matched_move": last.matched}
        for name, move in moves.items():
            if move.value is not None:
                yield f"{one.probe}_{name}", move.value
        yield f"{one.probe}_cherry_p", last.p
