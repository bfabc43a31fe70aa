"""Gates: a run's figures held against those of an earlier run, or against a limit that the user sets.

The intervals of all figures that are held against the earlier run are widened by Bonferroni's rule, so that
they hold at once with 90%: a run with many probes is not refused for the one in twenty that looks worse by
chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from evenband.analysis.alignment import aligned
from evenband.analysis.audits import analysis_of
from evenband.analysis.gated import GatedFigure, Terms
from evenband.errors import InputError
from evenband.registry import nearest
from evenband.stats.intervals import INTERVAL_LEVEL
from evenband.stats.query_means import bootstrap_means
from evenband.stats.share_changes import share_change
from evenband.stats.shares import mean_of_cells
from evenband.types import Estimate, Measurement

REPLICATES_OF_ONE = 1000
"""Bootstrap replicates for each of the gates that intervals hold for at once."""

MOST_REPLICATES = 8000

EQUAL = 1e-12
"""Difference of two means that is rounding only."""

GateVerdict: TypeAlias = Literal["holds", "worse", "uncertain", "limit", "missing"]

Pairing: TypeAlias = tuple[Measurement | None, Measurement | None]
"""A measurement of the earlier run and the one of this run, where there is one."""


@dataclass(frozen=True)
class Gate:
    """One figure and whether it keeps to the terms.

    Attributes:
        probe: name of the probe or dataset.
        model: name of the subject in this run, or in the earlier one where this run lacks it.
        condition: pipeline, operator or convention; empty for all conditions together.
        metric: name of the figure.
        better: its better direction.
        before: value in the earlier run; ``None`` without one, or where nothing is held against it.
        after: value in this run, over the items that both runs have; ``None`` where it has none.
        change: after less before, with an interval that holds for all gates of the check at once.
        allowed: loss that is accepted.
        limit: least value that is accepted, or largest where less is better; ``None`` if none was set.
        verdict: ``holds``; ``worse``: surely by more than is accepted; ``uncertain``: more than that is not
            excluded, under strict terms; ``limit``: beyond the limit; ``missing``: this run lacks it.
    """

    probe: str
    model: str
    condition: str
    metric: str
    better: Literal["higher", "lower"]
    before: float | None
    after: float | None
    change: Estimate
    allowed: float
    limit: float | None
    verdict: GateVerdict

    @property
    def holds(self) -> bool:
        """Whether the figure keeps to the terms."""
        return self.verdict == "holds"


def judge_gates(pairings: Sequence[Pairing], terms: Terms, rng: np.random.Generator) -> list[Gate]:
    """Hold every figure of some measurements against the terms.

    Args:
        pairings: the earlier measurement, if any, and this run's, if any; one of the two is there.
        terms: what to keep to.
        rng: draws the items.

    Raises:
        InputError: if two measurements did not ask the same, or the terms name a figure that none has.
    """
    listed = [(pairing, *_figures_of(*pairing)) for pairing in pairings]
    _check_names(terms, [figure for _, figures, gone in listed for figure in (*figures, *gone)])
    count = sum(
        terms.holds_against_earlier(figure)
        for (before, _), figures, _ in listed
        for figure in figures
        if before is not None
    )
    return [
        gate
        for pairing, figures, gone in listed
        for gate in (
            *_judged(pairing, figures, terms, rng, count),
            *_missing(pairing, gone, terms),
        )
    ]


def _figures_of(
    before: Measurement | None, after: Measurement | None
) -> tuple[list[GatedFigure], list[GatedFigure]]:
    """Return the figures that can be judged, and those that only the earlier measurement has."""
    if before is None or after is None:
        alone = before if before is not None else after
        assert alone is not None
        figures = _gated(alone, alone)
        return ([], figures) if after is None else (figures, [])
    figures = _gated(*_paired(before, after))
    there = {(one.metric, one.condition) for one in figures}
    gone = [one for one in _gated(before, before) if (one.metric, one.condition) not in there]
    return figures, gone


def _paired(before: Measurement, after: Measurement) -> tuple[Measurement, Measurement]:
    """Return two measurements with the items that both have.

    Raises:
        InputError: if their kinds or questions differ.
    """
    if before.kind != after.kind:
        raise InputError(
            f"{before.probe.name} is of the kind {before.kind} in the earlier run and {after.kind} in this "
            "one, expected the same"
        )
    if before.probe.digest == after.probe.digest:
        return aligned(before, after)
    return analysis_of(before.kind).made_comparable(before, after)


def _gated(before: Measurement, after: Measurement) -> list[GatedFigure]:
    """Return the figures that have a value in both measurements."""
    found = analysis_of(before.kind).gated(before, after)
    return [one for one in found if not (np.isnan(one.before).all() or np.isnan(one.after).all())]


def _check_names(terms: Terms, figures: Iterable[GatedFigure]) -> None:
    """Refuse a name that no figure has.

    Raises:
        InputError: naming those that there are.
    """
    known = list(dict.fromkeys(figure.metric for figure in figures))
    folded = {name.casefold() for name in known}
    for name in terms.names:
        if name.casefold() not in folded:
            raise InputError(
                f"no figure of these measurements is called {name!r}{nearest(name, known)}; expected "
                f"{', '.join(known) or 'nothing: no measurement has a figure that a gate can hold'}"
            )


def _judged(
    pairing: Pairing, figures: Sequence[GatedFigure], terms: Terms, rng: np.random.Generator, count: int
) -> Iterator[Gate]:
    """Yield the gates of the figures that this run has."""
    before, after = pairing
    if after is None:
        return
    held = [figure for figure in figures if before is not None and terms.holds_against_earlier(figure)]
    changes = dict(zip(map(_key, held), _changes(held, rng, count), strict=True))
    for figure in figures:
        limit = terms.limit_for(figure.metric)
        is_held = _key(figure) in changes
        if not is_held and limit is None:
            continue
        allowed = terms.allowed_for(figure.metric)
        value = mean_of_cells(figure.after)
        change = changes.get(_key(figure), Estimate(None))
        yield Gate(
            after.probe.name,
            after.subject.name,
            figure.condition,
            figure.metric,
            figure.better,
            mean_of_cells(figure.before) if is_held else None,
            value,
            change,
            allowed,
            limit,
            _verdict(figure.better, value, change, allowed, limit, strict=terms.strict),
        )


def _missing(pairing: Pairing, gone: Iterable[GatedFigure], terms: Terms) -> Iterator[Gate]:
    """Yield a gate that is not kept for each figure that only the earlier run has."""
    before, after = pairing
    for figure in gone:
        limit = terms.limit_for(figure.metric)
        if before is None or not (terms.holds_against_earlier(figure) or limit is not None):
            continue
        name = before.subject.name if after is None else after.subject.name
        value, allowed = mean_of_cells(figure.before), terms.allowed_for(figure.metric)
        yield Gate(
            before.probe.name,
            name,
            figure.condition,
            figure.metric,
            figure.better,
            value,
            None,
            Estimate(None),
            allowed,
            limit,
            "missing",
        )


def _key(figure: GatedFigure) -> tuple[str, str]:
    return figure.metric, figure.condition


def _changes(figures: Sequence[GatedFigure], rng: np.random.Generator, count: int) -> list[Estimate]:
    """Return the paired change of each mean, with Bonferroni's interval over so many figures.

    Figures of single conditions over independent items are resampled with the same items.
    """
    level = 1 - (1 - INTERVAL_LEVEL) / max(count, 1)
    replicates = min(REPLICATES_OF_ONE * max(count, 1), MOST_REPLICATES)
    is_single = [one.clusters is None and one.before.shape[1] == 1 for one in figures]
    columns = [one.after - one.before for one, single in zip(figures, is_single, strict=True) if single]
    table = np.concatenate(columns, axis=1) if columns else None
    means = iter([] if table is None else bootstrap_means(table, rng, replicates=replicates, level=level))
    return [
        next(means)
        if single
        else share_change(one.before, one.after, rng, one.clusters, replicates=replicates, level=level)
        for one, single in zip(figures, is_single, strict=True)
    ]


def _verdict(
    better: Literal["higher", "lower"],
    value: float,
    change: Estimate,
    allowed: float,
    limit: float | None,
    *,
    strict: bool,
) -> GateVerdict:
    """Return whether a figure is surely worse by more than is accepted, or beyond its limit."""
    sign = -1.0 if better == "higher" else 1.0
    if limit is not None and sign * (value - limit) > EQUAL:
        return "limit"
    if change.value is None:
        return "holds"
    ends = [sign * (change.value if one is None else one) for one in (change.low, change.high)]
    if min(ends) > allowed + EQUAL:
        return "worse"
    return "uncertain" if strict and max(ends) > allowed + EQUAL else "holds"
